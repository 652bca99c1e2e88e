package org.dmalab.engine.base;

/**
 * A run of addresses of one kind: {@code bytes} of them from {@code start}.
 *
 * @param start the first address
 * @param bytes the length, at least 1; the range does not wrap
 */
public record AddrRange<A extends Addr>(A start, long bytes) {
    public AddrRange {
        if (bytes <= 0) {
            throw new IllegalArgumentException("range must have at least 1 byte: " + bytes);
        }
        if (Long.compareUnsigned(start.value() + (bytes - 1), start.value()) < 0) {
            throw new IllegalArgumentException("range leaves the 64-bit space: " + start + " + " + bytes);
        }
    }

    /** The last address inside, as an unsigned number. */
    public long last() {
        return start.value() + bytes - 1;
    }

    /** Whether {@code address} lies inside. */
    public boolean contains(A address) {
        return Long.compareUnsigned(address.value() - start.value(), bytes) < 0
                && Long.compareUnsigned(address.value(), start.value()) >= 0;
    }

    /** Whether the two ranges share an address. */
    public boolean overlaps(AddrRange<A> other) {
        return Long.compareUnsigned(start.value(), other.last()) <= 0
                && Long.compareUnsigned(other.start.value(), last()) <= 0;
    }

    /** First and last address, both inside: {@code [0x20000000-0x207fffff]}. */
    @Override
    public String toString() {
        return "[" + start + "-" + Addresses.hex(last()) + "]";
    }
}
