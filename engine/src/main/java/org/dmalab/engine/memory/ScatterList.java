package org.dmalab.engine.memory;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * One physically contiguous piece of a scattered buffer ({@code struct scatterlist}, the memory half).
 *
 * @param page the start of its first page
 * @param offset where in that page the piece begins, in bytes; may lie beyond the first page
 * @param bytes its length; 0 only for the unused tail of a table
 */
public record ScatterList(PhysAddr page, long offset, long bytes) {
    public ScatterList {
        if (!PageSize.SMALL_4K.isAligned(page.value())) {
            throw new IllegalArgumentException("page must be a multiple of 4096: " + page);
        }
        if (offset < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "offset and bytes must not be negative [offset=" + offset + "] [bytes=" + bytes + "]");
        }
    }

    /** {@code sg_phys}: the address of the first byte. */
    public PhysAddr start() {
        return page.plus(offset);
    }

    /**
     * The addresses covered.
     *
     * @throws IllegalArgumentException if the piece is empty
     */
    public AddrRange<PhysAddr> range() {
        return new AddrRange<>(start(), bytes);
    }

    /** {@code 0x40001200 + 3584 bytes}. */
    @Override
    public String toString() {
        return Addresses.hex(page.value() + offset) + " + " + bytes + " bytes";
    }
}
