package org.dmalab.engine.base;

/**
 * What a CPU dereferences ({@code void *}, {@code unsigned long}).
 *
 * @param value the address, unsigned
 */
public record VirtAddr(long value) implements Addr, Comparable<VirtAddr> {
    /**
     * The address {@code bytes} further on.
     *
     * @throws IllegalArgumentException if the sum leaves the 64-bit space
     */
    public VirtAddr plus(long bytes) {
        return new VirtAddr(Addresses.plus(value, bytes));
    }

    /** The distance in bytes from {@code other} to this address; negative if this lies below. */
    public long minus(VirtAddr other) {
        return value - other.value;
    }

    /** Orders as unsigned numbers. */
    @Override
    public int compareTo(VirtAddr other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Addresses.hex(value);
    }
}
