package org.dmalab.engine.iova;

/** A bitmap in which a run of zeros is searched as {@code bitmap_find_next_zero_area} does it, by words. */
final class IovaBitmap {
    /** The kernel's words on a 32-bit ARM; the length of a bitmap is a multiple. */
    static final int UNSIGNED_LONG_BITS = 32;

    private final long[] words;
    private final int bits;
    /** No bit below is zero: the search may begin here instead of at 0. */
    private int firstZero;

    private int wordsSearched;

    IovaBitmap(int bits) {
        this.bits = bits;
        words = new long[(bits + Long.SIZE - 1) / Long.SIZE];
    }

    /** How many of the kernel's 32-bit words the last {@link #findZeroRun} looked at. */
    int wordsSearched() {
        return wordsSearched;
    }

    /**
     * The lowest multiple of {@code alignment} at which {@code count} zeros begin, or -1. Counts of 0 are met by the first
     * place that is aligned, whatever its bit.
     */
    int findZeroRun(long count, int alignment) {
        int searched = 0;
        int from = 0;
        while (true) {
            int zero = nextZero(Math.max(from, firstZero));
            searched += wordsBetween(from, zero);
            int start = (zero + alignment - 1) & -alignment;
            if (start + count > bits) {
                start = -1;
            } else {
                int end = start + (int) count;
                int set = nextSet(start, end);
                searched += wordsBetween(start, set);
                if (set < end) {
                    from = set + 1;
                    continue;
                }
            }
            wordsSearched = searched;
            return start;
        }
    }

    private static int wordsBetween(int from, int found) {
        return Math.max(0, found / UNSIGNED_LONG_BITS - from / UNSIGNED_LONG_BITS + 1);
    }

    void set(int start, int count) {
        if (start <= firstZero) {
            firstZero = Math.max(firstZero, start + count);
        }
        int end = start + count;
        for (int at = start; at < end; at = (at | 63) + 1) {
            words[at >>> 6] |= mask(at, end);
        }
    }

    /** Clears a run and tells how many of its bits were set. */
    int clear(int start, int count) {
        if (count > 0) {
            firstZero = Math.min(firstZero, start);
        }
        int end = start + count;
        int cleared = 0;
        for (int at = start; at < end; at = (at | 63) + 1) {
            long mask = mask(at, end);
            cleared += Long.bitCount(words[at >>> 6] & mask);
            words[at >>> 6] &= ~mask;
        }
        return cleared;
    }

    boolean get(int bit) {
        return ((words[bit >>> 6] >>> bit) & 1) != 0;
    }

    int longestZeroRun() {
        int longest = 0;
        for (int zero = nextZero(firstZero); zero < bits; ) {
            int set = nextSet(zero, bits);
            longest = Math.max(longest, set - zero);
            zero = nextZero(set);
        }
        return longest;
    }

    /** The first zero from {@code from} on, or the length. */
    private int nextZero(int from) {
        if (from >= bits) {
            return bits;
        }
        int word = from >>> 6;
        long zeros = ~words[word] & (-1L << from);
        while (zeros == 0) {
            if (++word == words.length) {
                return bits;
            }
            zeros = ~words[word];
        }
        return Math.min(bits, (word << 6) + Long.numberOfTrailingZeros(zeros));
    }

    /** The first one from {@code from} on, or {@code end}. */
    private int nextSet(int from, int end) {
        if (from >= end) {
            return end;
        }
        int word = from >>> 6;
        int last = (end - 1) >>> 6;
        long ones = words[word] & (-1L << from);
        while (ones == 0) {
            if (++word > last) {
                return end;
            }
            ones = words[word];
        }
        return Math.min(end, (word << 6) + Long.numberOfTrailingZeros(ones));
    }

    /** The bits from {@code at} to the end of its word, or to {@code end} if that comes first. */
    private static long mask(int at, int end) {
        long mask = -1L << at;
        return (at | 63) < end ? mask : mask & (-1L >>> -end);
    }
}
