package org.dmalab.engine.iova;

/** Powers of two that hold a number of pages ({@code fls_long(size - 1)}). */
final class IovaOrder {
    private IovaOrder() {}

    /** The smallest order with {@code size <= 1 << order}. */
    static int of(long size) {
        return Long.SIZE - Long.numberOfLeadingZeros(size - 1);
    }
}
