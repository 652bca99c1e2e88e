package org.dmalab.engine.memory;

import java.util.Arrays;

/** One bit per page, stored in groups of 1024: a group whose bits were always equal shares its words with its like. */
final class PageBits {
    private static final int BLOCK_WORDS = BuddyAllocator.PAGEBLOCK_PAGES / Long.SIZE;
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;
    /** The order of the pages that share a word. */
    private static final int WORD_ORDER = 6;

    private static final long[] NONE = new long[BLOCK_WORDS];
    private static final long[] ALL = new long[BLOCK_WORDS];

    static {
        Arrays.fill(ALL, -1L);
    }

    /** {@link #NONE} or {@link #ALL} until a block becomes mixed, its own words from then on. */
    private final long[][] blocks;

    PageBits(int groups) {
        blocks = new long[groups][];
        Arrays.fill(blocks, NONE);
    }

    void set(int page, int count) {
        int end = page + count;
        for (int at = page; at < end; ) {
            int part = Math.min(end - at, PAGE_MASK + 1 - (at & PAGE_MASK));
            setInGroup(at, part);
            at += part;
        }
    }

    void clear(int page, int count) {
        int end = page + count;
        for (int at = page; at < end; ) {
            int part = Math.min(end - at, PAGE_MASK + 1 - (at & PAGE_MASK));
            clearInGroup(at, part);
            at += part;
        }
    }

    boolean allSet(int page, int count) {
        int end = page + count;
        boolean all = true;
        for (int at = page; all && at < end; ) {
            int part = Math.min(end - at, PAGE_MASK + 1 - (at & PAGE_MASK));
            all = allSetInGroup(at, part);
            at += part;
        }
        return all;
    }

    /** Sets the bits of an aligned block of {@code 2^order} pages. */
    void setBlock(int page, int order) {
        long[] words = blocks[page >>> BuddyAllocator.PAGEBLOCK_ORDER];
        if (order > WORD_ORDER || words == NONE || words == ALL) {
            set(page, 1 << order);
        } else {
            words[(page & PAGE_MASK) >>> WORD_ORDER] |= mask(page, order);
        }
    }

    /**
     * Clears the bits of an aligned block of {@code 2^order} pages if all of them are set.
     *
     * @return whether they were; if not, nothing has changed
     */
    boolean clearBlock(int page, int order) {
        long[] words = blocks[page >>> BuddyAllocator.PAGEBLOCK_ORDER];
        if (order > WORD_ORDER || words == NONE || words == ALL) {
            boolean all = allSet(page, 1 << order);
            if (all) {
                clear(page, 1 << order);
            }
            return all;
        }
        long mask = mask(page, order);
        int word = (page & PAGE_MASK) >>> WORD_ORDER;
        long bits = words[word];
        if ((bits & mask) != mask) {
            return false;
        }
        words[word] = bits & ~mask;
        return true;
    }

    private static long mask(int page, int order) {
        return (-1L >>> (Long.SIZE - (1 << order))) << page;
    }

    private void setInGroup(int page, int count) {
        int block = page >>> BuddyAllocator.PAGEBLOCK_ORDER;
        long[] words = blocks[block];
        if (words == ALL) {
            return;
        }
        if (words == NONE) {
            if (count == BuddyAllocator.PAGEBLOCK_PAGES) {
                blocks[block] = ALL;
                return;
            }
            words = NONE.clone();
            blocks[block] = words;
        }
        int start = page & PAGE_MASK;
        int last = start + count - 1;
        int from = start >>> 6;
        int to = last >>> 6;
        if (from == to) {
            words[from] |= low(start) & high(last);
            return;
        }
        words[from] |= low(start);
        Arrays.fill(words, from + 1, to, -1L);
        words[to] |= high(last);
    }

    private void clearInGroup(int page, int count) {
        int block = page >>> BuddyAllocator.PAGEBLOCK_ORDER;
        long[] words = blocks[block];
        if (words == NONE) {
            return;
        }
        if (words == ALL) {
            if (count == BuddyAllocator.PAGEBLOCK_PAGES) {
                blocks[block] = NONE;
                return;
            }
            words = ALL.clone();
            blocks[block] = words;
        }
        int start = page & PAGE_MASK;
        int last = start + count - 1;
        int from = start >>> 6;
        int to = last >>> 6;
        if (from == to) {
            words[from] &= ~(low(start) & high(last));
            return;
        }
        words[from] &= ~low(start);
        Arrays.fill(words, from + 1, to, 0L);
        words[to] &= ~high(last);
    }

    private boolean allSetInGroup(int page, int count) {
        long[] words = blocks[page >>> BuddyAllocator.PAGEBLOCK_ORDER];
        int start = page & PAGE_MASK;
        int last = start + count - 1;
        int to = last >>> 6;
        long missing = ~words[start >>> 6] & low(start);
        for (int word = start >>> 6; word < to; word++) {
            if (missing != 0) {
                return false;
            }
            missing = ~words[word + 1];
        }
        return (missing & high(last)) == 0;
    }

    boolean get(int page) {
        long[] words = blocks[page >>> BuddyAllocator.PAGEBLOCK_ORDER];
        return ((words[(page & PAGE_MASK) >>> 6] >>> page) & 1) != 0;
    }

    /** The bits of the 64 pages that {@code page} is among. */
    long word(int page) {
        return blocks[page >>> BuddyAllocator.PAGEBLOCK_ORDER][(page & PAGE_MASK) >>> 6];
    }

    /** The first page from {@code page} on whose bit is set, {@code end} if there is none below. */
    int nextSet(int page, int end) {
        int at = page;
        while (at < end && !get(at)) {
            boolean none = blocks[at >>> BuddyAllocator.PAGEBLOCK_ORDER] == NONE;
            at = none ? (at | PAGE_MASK) + 1 : at + 1;
        }
        return Math.min(at, end);
    }

    /** The ones from bit {@code start % 64} up. */
    private static long low(int start) {
        return -1L << start;
    }

    /** The ones up to and including bit {@code last % 64}. */
    private static long high(int last) {
        return -1L >>> ~last;
    }
}
