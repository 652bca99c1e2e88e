package org.dmalab.engine.pagetable;

import java.util.function.Function;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/** What a table walk came to: an address, or the fault and the descriptor at which it ended. */
public sealed interface Translation {
    /** The level of the last descriptor read: from 1, with long descriptors of up to 48 bits from 0. */
    int level();

    /** Where that descriptor stands in RAM. */
    PhysAddr descriptorAddress();

    /** The descriptor as read. */
    long descriptor();

    /** Handles both cases. */
    <R> R fold(Function<Mapped, ? extends R> mapped, Function<Fault, ? extends R> fault);

    /**
     * The walk ended in a page.
     *
     * @param address where the input address leads
     * @param size of the page
     */
    record Mapped(PhysAddr address, PageSize size, int level, PhysAddr descriptorAddress, long descriptor)
            implements Translation {
        @Override
        public <R> R fold(Function<Mapped, ? extends R> mapped, Function<Fault, ? extends R> fault) {
            return mapped.apply(this);
        }

        @Override
        public String toString() {
            return address + " (" + size + " page, level " + level + ", descriptor at " + descriptorAddress + " = "
                    + Addresses.hex(descriptor) + ")";
        }
    }

    /** The walk ended without an address. */
    record Fault(FaultKind kind, int level, PhysAddr descriptorAddress, long descriptor) implements Translation {
        @Override
        public <R> R fold(Function<Mapped, ? extends R> mapped, Function<Fault, ? extends R> fault) {
            return fault.apply(this);
        }

        @Override
        public String toString() {
            return kind + " fault (level " + level + ", descriptor at " + descriptorAddress + " = "
                    + Addresses.hex(descriptor) + ")";
        }
    }
}
