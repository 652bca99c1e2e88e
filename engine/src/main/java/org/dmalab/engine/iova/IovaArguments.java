package org.dmalab.engine.iova;

import org.dmalab.engine.base.DmaAddr;

/** What an allocator's caller may ask for. */
final class IovaArguments {
    private IovaArguments() {}

    /** Throws what {@link FixedIova#allocAt} must throw. */
    static void allocAt(IovaDomain domain, DmaAddr iova, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        if ((iova.value() & (domain.granuleBytes() - 1)) != 0) {
            throw new IllegalArgumentException("iova must be a multiple of the granule [iova=" + iova + "] [granule="
                    + domain.granuleBytes() + " bytes]");
        }
        if (!domain.window().contains(iova) || bytes - 1 > domain.window().last() - iova.value()) {
            throw new IllegalArgumentException("range leaves the window [iova=" + iova + "] [bytes=" + bytes
                    + "] [window=" + domain.window() + "]");
        }
    }

    /** Throws what {@link IovaDomain#free} must throw. */
    static void free(IovaDomain domain, DmaAddr iova, long bytes) {
        if (bytes < 0
                || !domain.window().contains(iova)
                || bytes - 1 > domain.window().last() - iova.value()) {
            throw new IllegalArgumentException("free of a range that leaves the window [iova=" + iova + "] [bytes="
                    + bytes + "] [window=" + domain.window() + "]");
        }
    }

    /** How many granules hold {@code bytes}, which must be positive. */
    static long granules(IovaDomain domain, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        return (bytes - 1) / domain.granuleBytes() + 1;
    }

    /** {@code granules} of {@code 1 << shift} bytes, at most {@link Long#MAX_VALUE}. */
    static long bytes(long granules, int shift) {
        return granules > Long.MAX_VALUE >>> shift ? Long.MAX_VALUE : granules << shift;
    }
}
