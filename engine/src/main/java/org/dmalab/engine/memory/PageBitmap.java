package org.dmalab.engine.memory;

import java.util.Arrays;

/** A bit per page or group of pages, searched for runs of zeros as {@code lib/bitmap.c} searches. */
public final class PageBitmap {
    /** What {@link #takeFreeRegion} returns if there is none. */
    static final int NONE = -1;

    private final long[] words;
    private final int bits;
    private int setBits;

    public PageBitmap(int bits) {
        this.bits = bits;
        words = new long[(bits + Long.SIZE - 1) / Long.SIZE];
    }

    PageBitmap(PageBitmap other) {
        bits = other.bits;
        words = other.words.clone();
        setBits = other.setBits;
    }

    int bits() {
        return bits;
    }

    /** How many bits are set. */
    int weight() {
        return setBits;
    }

    /**
     * {@code bitmap_find_next_zero_area_off}: the first run of {@code count} zeros from {@code start} on whose index plus
     * {@code alignOffset} has none of the bits of {@code alignMask}.
     *
     * @return the run's first bit; if there is none, a number that plus {@code count} is beyond the bitmap: the end that
     *     the last run looked at would have had
     */
    public long findNextZeroArea(long start, long count, long alignMask, long alignOffset) {
        long from = start;
        while (true) {
            long zero = from >= bits ? bits : nextZero((int) from);
            long index = ((zero + alignOffset + alignMask) & ~alignMask) - alignOffset;
            long end = index + count;
            if (end > bits) {
                return end;
            }
            int set = nextSet((int) index, (int) end);
            if (set >= end) {
                return index;
            }
            from = set + 1L;
        }
    }

    /**
     * {@code bitmap_find_free_region}: finds and sets the first {@code 2^order} zeros that begin at a multiple of their
     * number.
     *
     * @return the first bit, or {@link #NONE}
     */
    int takeFreeRegion(int order) {
        long size = 1L << order;
        for (long at = 0; at + size <= bits; at += size) {
            if (nextSet((int) at, (int) (at + size)) == at + size) {
                set((int) at, (int) size);
                return (int) at;
            }
        }
        return NONE;
    }

    public void set(int start, int count) {
        int end = start + count;
        for (int at = start; at < end; at = (at | 63) + 1) {
            long mask = mask(at, end);
            setBits += Long.bitCount(mask & ~words[at >>> 6]);
            words[at >>> 6] |= mask;
        }
    }

    void clear(int start, int count) {
        int end = start + count;
        for (int at = start; at < end; at = (at | 63) + 1) {
            long mask = mask(at, end);
            setBits -= Long.bitCount(mask & words[at >>> 6]);
            words[at >>> 6] &= ~mask;
        }
    }

    boolean get(int bit) {
        return ((words[bit >>> 6] >>> bit) & 1) != 0;
    }

    boolean allSet(int start, int count) {
        return nextZero(start) >= start + count;
    }

    int longestZeroRun() {
        int longest = 0;
        for (int zero = nextZero(0); zero < bits; ) {
            int set = nextSet(zero, bits);
            longest = Math.max(longest, set - zero);
            zero = nextZero(set);
        }
        return longest;
    }

    /** The first zero from {@code from} on, or the length. */
    int nextZero(int from) {
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
    int nextSet(int from, int end) {
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

    /** The bits in words of 32, bit 0 of the first word first, as debugfs shows them. */
    long[] words32() {
        long[] halves = new long[(bits + 31) / 32];
        Arrays.setAll(halves, i -> (words[i >>> 1] >>> (32 * (i & 1))) & 0xffff_ffffL);
        return halves;
    }

    /** The bits from {@code at} to the end of its word, or to {@code end} if that comes first. */
    private static long mask(int at, int end) {
        long mask = -1L << at;
        return (at | 63) < end ? mask : mask & (-1L >>> -end);
    }
}
