package org.dmalab.engine.memory;

import java.util.Arrays;

/** A number per page frame, -1 where none was set; takes memory for the pageblocks in which one was. */
public final class PageInts {
    /** What was never set. */
    public static final int NONE = -1;

    private static final int[] EMPTY = new int[0];
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;

    private final long firstPageblock;
    private final int[][] blocks;

    /** For page frames {@code startPfn} up to and without {@code endPfn}. */
    public PageInts(long startPfn, long endPfn) {
        firstPageblock = startPfn >>> BuddyAllocator.PAGEBLOCK_ORDER;
        blocks = new int[Math.toIntExact(((endPfn - 1) >>> BuddyAllocator.PAGEBLOCK_ORDER) - firstPageblock + 1)][];
        Arrays.fill(blocks, EMPTY);
    }

    /** The number of {@code pfn}. */
    public int get(long pfn) {
        int[] block = blocks[block(pfn)];
        return block.length == 0 ? NONE : block[(int) pfn & PAGE_MASK];
    }

    /** Gives {@code pfn} a number. */
    public void set(long pfn, int value) {
        int index = block(pfn);
        if (blocks[index].length == 0) {
            blocks[index] = new int[BuddyAllocator.PAGEBLOCK_PAGES];
            Arrays.fill(blocks[index], NONE);
        }
        blocks[index][(int) pfn & PAGE_MASK] = value;
    }

    private int block(long pfn) {
        return (int) ((pfn >>> BuddyAllocator.PAGEBLOCK_ORDER) - firstPageblock);
    }
}
