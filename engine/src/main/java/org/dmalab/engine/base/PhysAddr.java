package org.dmalab.engine.base;

/**
 * What the memory controller decodes ({@code phys_addr_t}).
 *
 * @param value the address, unsigned
 */
public record PhysAddr(long value) implements Addr, Comparable<PhysAddr> {
    /**
     * The address {@code bytes} further on.
     *
     * @throws IllegalArgumentException if the sum leaves the 64-bit space
     */
    public PhysAddr plus(long bytes) {
        return new PhysAddr(Addresses.plus(value, bytes));
    }

    /** The distance in bytes from {@code other} to this address; negative if this lies below. */
    public long minus(PhysAddr other) {
        return value - other.value;
    }

    /** Orders as unsigned numbers. */
    @Override
    public int compareTo(PhysAddr other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Addresses.hex(value);
    }

    /** The page frame this address lies in, for 4 KiB pages. */
    public long pfn() {
        return value >>> PageSize.PAGE_SHIFT;
    }

    /** The first address of page frame {@code pfn}. */
    public static PhysAddr ofPfn(long pfn) {
        return new PhysAddr(pfn << PageSize.PAGE_SHIFT);
    }
}
