package org.dmalab.engine.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A value for some page frames; takes memory for the pageblocks in which one was set. */
final class PageValues<T> {
    private static final @Nullable Object[] EMPTY = new Object[0];
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;

    private final long firstPageblock;
    private final @Nullable Object[][] blocks;

    /** For page frames {@code startPfn} up to and without {@code endPfn}. */
    PageValues(long startPfn, long endPfn) {
        firstPageblock = startPfn >>> BuddyAllocator.PAGEBLOCK_ORDER;
        blocks = new Object[Math.toIntExact(((endPfn - 1) >>> BuddyAllocator.PAGEBLOCK_ORDER) - firstPageblock + 1)][];
        Arrays.fill(blocks, EMPTY);
    }

    @SuppressWarnings("unchecked") // only set() stores
    @Nullable
    T get(long pfn) {
        @Nullable Object[] block = blocks[block(pfn)];
        return block.length == 0 ? null : (T) block[(int) pfn & PAGE_MASK];
    }

    void set(long pfn, @Nullable T value) {
        int index = block(pfn);
        if (blocks[index].length == 0) {
            blocks[index] = new Object[BuddyAllocator.PAGEBLOCK_PAGES];
        }
        blocks[index][(int) pfn & PAGE_MASK] = value;
    }

    private int block(long pfn) {
        return (int) ((pfn >>> BuddyAllocator.PAGEBLOCK_ORDER) - firstPageblock);
    }
}
