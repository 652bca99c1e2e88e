package org.dmalab.engine.base;

/**
 * What the memory controller decodes ({@code phys_addr_t}).
 *
 * @param value the address, at most 52 bits: the most that ARM has (ARM DDI 0487, FEAT_LPA)
 */
public record PhysAddr(long value) implements Addr, Comparable<PhysAddr> {
    /** How many bits a physical address has at most. */
    public static final int MOST_BITS = 52;

    public PhysAddr {
        if (value >>> MOST_BITS != 0) {
            throw new IllegalArgumentException(
                    "physical address must have at most " + MOST_BITS + " bits: " + Addresses.hexWithHint(value));
        }
    }

    /**
     * The address {@code bytes} further on.
     *
     * @throws IllegalArgumentException if the sum has more than 52 bits
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

    /** The first address of page frame {@code pfn}, a number of at most 40 bits. */
    public static PhysAddr ofPfn(long pfn) {
        if (pfn >>> (MOST_BITS - PageSize.PAGE_SHIFT) != 0) {
            throw new IllegalArgumentException("page frame number must have at most "
                    + (MOST_BITS - PageSize.PAGE_SHIFT) + " bits: " + Addresses.hex(pfn));
        }
        return new PhysAddr(pfn << PageSize.PAGE_SHIFT);
    }
}
