package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/** Why a driver of a system on a chip does not enter a page. */
public sealed interface MapRefusal extends Reason {
    /**
     * Something is mapped where a page was to be entered.
     *
     * @param driver who found it
     * @param iova where
     * @param asked the page to be entered
     * @param held the size of what is there
     * @param descriptorAddress the word in the way
     * @param descriptor its content
     */
    record Conflict(
            String driver, DmaAddr iova, PageSize asked, PageSize held, PhysAddr descriptorAddress, long descriptor)
            implements MapRefusal {
        @Override
        public Errno errno() {
            return Errno.EADDRINUSE;
        }

        @Override
        public String message() {
            return driver + ": " + asked + " at " + iova + " is already mapped";
        }

        @Override
        public String explain() {
            return "asked to map " + asked + " at IOVA " + iova + "; a page of " + held
                    + " is entered there [descriptor at " + descriptorAddress + " = " + Addresses.hex(descriptor)
                    + "]: unmap it first, or take another IOVA";
        }
    }

    /**
     * The driver follows a descriptor to where there is no RAM; the real one stops the machine.
     *
     * @param driver who follows it
     * @param iova the page to be entered
     * @param descriptorAddress the word followed
     * @param descriptor its content
     * @param table where it leads
     */
    record WildWalk(String driver, DmaAddr iova, PhysAddr descriptorAddress, long descriptor, PhysAddr table)
            implements MapRefusal {
        @Override
        public Errno errno() {
            return Errno.EFAULT;
        }

        @Override
        public String message() {
            return driver + ": Unable to handle kernel paging request at table " + table;
        }

        @Override
        public String explain() {
            return "asked to map a small page at IOVA " + iova + "; the descriptor at " + descriptorAddress + " = "
                    + Addresses.hex(descriptor) + " is followed as a table to " + table
                    + ", where there is no RAM: this driver does not see that a block is mapped there. Unmap the block first";
        }
    }

    /**
     * The driver's checks found an argument it does not enter.
     *
     * @param driver whose check
     * @param iova the page to be entered
     * @param phys where it should lead
     * @param errno what the driver returns
     * @param why the rule
     */
    record BadArgument(String driver, DmaAddr iova, PhysAddr phys, Errno errno, String why) implements MapRefusal {
        @Override
        public String message() {
            return driver + ": cannot map " + phys + " at " + iova + ": " + why;
        }

        @Override
        public String explain() {
            return "asked to map " + phys + " at IOVA " + iova + "; " + why;
        }
    }

    /**
     * A physical address has more bits than a descriptor takes.
     *
     * @param iova the page to be entered
     * @param phys where it should lead
     * @param bits how many address bits a descriptor has
     */
    record BeyondOutput(DmaAddr iova, PhysAddr phys, int bits) implements MapRefusal {
        @Override
        public Errno errno() {
            return Errno.ERANGE;
        }

        @Override
        public String message() {
            return "physical address " + phys + " has more than " + bits + " bits";
        }

        @Override
        public String explain() {
            return "asked to map " + phys + " at IOVA " + iova + "; a descriptor of this table has room for " + bits
                    + " address bits: take memory below, or bounce. (The driver cannot be asked: its kernel has no such address)";
        }
    }
}
