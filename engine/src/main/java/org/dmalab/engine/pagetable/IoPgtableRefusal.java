package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/** Why an io-pgtable does not enter a page. */
public sealed interface IoPgtableRefusal extends Reason {
    /**
     * A page or block is mapped where one was to be entered.
     *
     * @param iova the page to be entered
     * @param asked its size
     * @param level of the word in the way
     * @param descriptorAddress where it stands
     * @param descriptor its content
     */
    record Exists(DmaAddr iova, PageSize asked, int level, PhysAddr descriptorAddress, long descriptor)
            implements IoPgtableRefusal {
        @Override
        public Errno errno() {
            return Errno.EEXIST;
        }

        @Override
        public String message() {
            return "io-pgtable: " + asked + " at " + iova + " is already mapped";
        }

        @Override
        public String explain() {
            return "asked to map " + asked + " at IOVA " + iova + "; memory is mapped there at level " + level
                    + " [descriptor at " + descriptorAddress + " = " + Addresses.hex(descriptor)
                    + "]: unmap it first, or take another IOVA";
        }
    }

    /**
     * A page is larger than what a word of the first table covers. The driver looks for its level downwards and gives up at the
     * last one; the tables that it made on its way stay.
     *
     * @param iova the page to be entered
     * @param asked its size
     * @param largest what a word of the first table covers
     */
    record TooLarge(DmaAddr iova, PageSize asked, PageSize largest) implements IoPgtableRefusal {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "io-pgtable: no level has pages of " + asked + " [iova=" + iova + "]";
        }

        @Override
        public String explain() {
            return "asked to map " + asked + " at IOVA " + iova + "; a word of this table's first level covers "
                    + largest + ": map smaller pages, or make the table for more input bits";
        }
    }

    /**
     * An address has more bits than the table was made for.
     *
     * @param iova the page to be entered
     * @param phys where it should lead
     * @param ias bits of the input
     * @param oas bits of the output
     */
    record OutOfRange(DmaAddr iova, PhysAddr phys, int ias, int oas) implements IoPgtableRefusal {
        @Override
        public Errno errno() {
            return Errno.ERANGE;
        }

        @Override
        public String message() {
            return "io-pgtable: iova " + iova + " or pa " + phys + " is out of range [ias=" + ias + "] [oas=" + oas
                    + "]";
        }

        @Override
        public String explain() {
            return "asked to map " + phys + " at IOVA " + iova + "; this table takes inputs of " + ias
                    + " bits and outputs of " + oas + ": choose addresses below";
        }
    }

    /**
     * A page would allow nothing.
     *
     * @param iova the page to be entered
     * @param prot what was asked for
     */
    record NoAccess(DmaAddr iova, IommuProt prot) implements IoPgtableRefusal {
        @Override
        public Errno errno() {
            return Errno.EINVAL;
        }

        @Override
        public String message() {
            return "io-pgtable: neither IOMMU_READ nor IOMMU_WRITE at " + iova;
        }

        @Override
        public String explain() {
            return "asked to map IOVA " + iova + " for " + prot
                    + "; a page must allow reading or writing. Up to Linux 5.10 this returned 0 and mapped nothing";
        }
    }
}
