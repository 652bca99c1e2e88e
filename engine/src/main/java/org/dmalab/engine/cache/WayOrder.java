package org.dmalab.engine.cache;

/**
 * The ways of a set in a row of 4-bit numbers, the newest lowest. Numbers that are no way of the set stand above all others,
 * so that every number is found somewhere.
 */
final class WayOrder {
    /** As many ways as a row holds. */
    static final int MOST_WAYS = 16;

    private static final long ONES = 0x1111111111111111L;
    private static final long HIGHS = 0x8888888888888888L;

    private WayOrder() {}

    /** The row of an empty set, whose ways are filled from 0 on. */
    static long empty(int ways) {
        long order = 0;
        for (int at = MOST_WAYS - 1; at >= 0; at--) {
            order = (order << 4) | (at < ways ? ways - 1 - at : at);
        }
        return order;
    }

    /** The way that {@code newer} others are newer than. */
    static int way(long order, int newer) {
        return (int) (order >>> (4 * newer)) & 0xF;
    }

    /** {@code order} after {@code way} became the newest. */
    static long toFront(long order, int way) {
        return toFrontFrom(order, bitsBefore(order, way), way);
    }

    /** {@link #toFront} of the oldest of {@code ways}. */
    static long turn(long order, int ways) {
        return toFrontFrom(order, 4 * (ways - 1), way(order, ways - 1));
    }

    private static long toFrontFrom(long order, int at, int way) {
        long newer = (1L << at) - 1;
        return (order & (-1L << at << 4)) | ((order & newer) << 4) | way;
    }

    /** {@code order} after {@code way} became the oldest of {@code ways}. */
    static long toEnd(long order, int way, int ways) {
        int at = bitsBefore(order, way);
        int end = 4 * (ways - 1);
        long newer = (1L << at) - 1;
        long older = -1L << at << 4;
        long beyond = -1L << end << 4;
        return (order & beyond) | ((long) way << end) | ((order & older & ~beyond) >>> 4) | (order & newer);
    }

    /** How many bits of {@code order} lie below the number {@code way}. */
    static int bitsBefore(long order, int way) {
        long differs = order ^ (way * ONES);
        return Long.numberOfTrailingZeros((differs - ONES) & ~differs & HIGHS) & ~3;
    }
}
