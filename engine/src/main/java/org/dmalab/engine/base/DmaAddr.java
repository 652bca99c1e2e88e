package org.dmalab.engine.base;

/**
 * What a device puts on its bus: an IOVA behind an IOMMU, a bus address otherwise ({@code dma_addr_t}).
 *
 * @param value the address, unsigned
 */
public record DmaAddr(long value) implements Addr, Comparable<DmaAddr> {
    /**
     * The address {@code bytes} further on.
     *
     * @throws IllegalArgumentException if the sum leaves the 64-bit space
     */
    public DmaAddr plus(long bytes) {
        return new DmaAddr(Addresses.plus(value, bytes));
    }

    /** The distance in bytes from {@code other} to this address; negative if this lies below. */
    public long minus(DmaAddr other) {
        return value - other.value;
    }

    /** Orders as unsigned numbers. */
    @Override
    public int compareTo(DmaAddr other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Addresses.hex(value);
    }
}
