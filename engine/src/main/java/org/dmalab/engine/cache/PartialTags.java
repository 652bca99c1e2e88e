package org.dmalab.engine.cache;

/**
 * A byte of each way's line number, so that one comparison of a word tells which of eight ways may hold a line. The byte is
 * hashed: lines that a stride puts into one set seldom share it. Whether the line is there the full number says.
 *
 * <pre>
 * word 0   ways 0..7, way 0 lowest
 * word 1   ways 8..15, in a cache of 16 ways
 * </pre>
 */
final class PartialTags {
    /** As many ways as two words describe. */
    static final int MOST_WAYS = 16;

    private static final int WAYS_IN_A_WORD = 8;
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private final int words;
    private final long inUse;

    /** Of sets of at most {@link #MOST_WAYS} ways. */
    PartialTags(int ways) {
        words = ways > WAYS_IN_A_WORD ? 2 : 1;
        inUse = ways < WAYS_IN_A_WORD ? (1L << (8 * ways)) - 1 : -1;
    }

    /** How many words describe a set. */
    int words() {
        return words;
    }

    /** The byte of {@code line}, eight times. */
    static long of(long line) {
        return ((line * GOLDEN_RATIO) >>> 56) * ONES;
    }

    /**
     * The ways that may hold a line of {@code tag}, a bit for each: the one that does is among them. {@link #way} says which
     * is the lowest, {@code candidates & (candidates - 1)} are the others.
     *
     * @param from where the words of the set begin in {@code array}
     */
    long candidates(long[] array, int from, long tag) {
        long candidates = (equal(array[from], tag) & inUse) >>> 1;
        return words == 1 ? candidates : candidates | equal(array[from + 1], tag);
    }

    /** Bit 7 of each byte that is the same in both, and perhaps of one above such a byte. */
    private static long equal(long word, long tag) {
        long differs = word ^ tag;
        return (differs - ONES) & ~differs & HIGHS;
    }

    /** The way of the lowest bit of {@code candidates}: bit 6 of byte n is way n, bit 7 is way n + 8. */
    static int way(long candidates) {
        int bit = Long.numberOfTrailingZeros(candidates);
        return (bit >>> 3) | ((bit & 1) << 3);
    }

    /** Notes that {@code way} of the set whose words begin at {@code from} holds a line of {@code tag}. */
    static void put(long[] array, int from, int way, long tag) {
        int word = from + (way >>> 3);
        long mask = 0xFFL << (8 * way);
        array[word] = (array[word] & ~mask) | (tag & mask);
    }
}
