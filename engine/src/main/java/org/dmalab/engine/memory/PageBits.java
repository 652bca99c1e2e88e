package org.dmalab.engine.memory;

import java.util.Arrays;

/** One bit per page, stored in groups of 1024: a group whose bits were always equal shares its words with its like. */
final class PageBits {
    private static final int BLOCK_WORDS = BuddyAllocator.PAGEBLOCK_PAGES / Long.SIZE;
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;
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

    private PageBits(PageBits other) {
        blocks = other.blocks.clone();
        for (int group = 0; group < blocks.length; group++) {
            if (blocks[group] != NONE && blocks[group] != ALL) {
                blocks[group] = blocks[group].clone();
            }
        }
    }

    PageBits copy() {
        return new PageBits(this);
    }

    /** The pages in {@code [start, end)} whose bit is not set here. */
    PageBits complement(int start, int end) {
        PageBits others = new PageBits(blocks.length);
        others.set(start, end - start);
        others.clearAll(this);
        return others;
    }

    /** Sets every bit that is set in {@code other}, which has as many groups. */
    void setAll(PageBits other) {
        for (int group = 0; group < blocks.length; group++) {
            long[] more = other.blocks[group];
            if (more == ALL || blocks[group] == NONE) {
                blocks[group] = more == ALL || more == NONE ? more : more.clone();
            } else if (more != NONE && blocks[group] != ALL) {
                for (int word = 0; word < BLOCK_WORDS; word++) {
                    blocks[group][word] |= more[word];
                }
            }
        }
    }

    /** Clears every bit that is set in {@code other}, which has as many groups. */
    void clearAll(PageBits other) {
        for (int group = 0; group < blocks.length; group++) {
            long[] less = other.blocks[group];
            if (less == ALL) {
                blocks[group] = NONE;
            } else if (less != NONE && blocks[group] != NONE) {
                long[] own = blocks[group] == ALL ? ALL.clone() : blocks[group];
                for (int word = 0; word < BLOCK_WORDS; word++) {
                    own[word] &= ~less[word];
                }
                blocks[group] = own;
            }
        }
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

    /** How many bits are set. */
    long count() {
        long count = 0;
        for (long[] words : blocks) {
            for (long word : words) {
                count += Long.bitCount(word);
            }
        }
        return count;
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
