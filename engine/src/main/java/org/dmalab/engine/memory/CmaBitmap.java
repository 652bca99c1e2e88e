package org.dmalab.engine.memory;

import org.dmalab.engine.base.Era;

/**
 * Which pages of a contiguous memory area are allocated, a bit for {@code 2^orderPerBit} of them, and where a run of them
 * may begin.
 */
final class CmaBitmap {
    private final long basePfn;
    private final long pages;
    private final int orderPerBit;
    private final Era era;
    private final PageBitmap bitmap;

    CmaBitmap(long basePfn, long pages, int orderPerBit, Era era) {
        this.basePfn = basePfn;
        this.pages = pages;
        this.orderPerBit = orderPerBit;
        this.era = era;
        bitmap = new PageBitmap(Math.toIntExact(pages >>> orderPerBit));
    }

    int bits() {
        return bitmap.bits();
    }

    /** The bits of 32 pages each, as debugfs prints them. */
    long[] words() {
        return bitmap.words32();
    }

    long usedPages() {
        return (long) bitmap.weight() << orderPerBit;
    }

    /** The longest run of pages in no allocation. */
    long longestRun() {
        return (long) bitmap.longestZeroRun() << orderPerBit;
    }

    /** The first page of a bit. */
    long pfn(long bit) {
        return basePfn + (bit << orderPerBit);
    }

    /** Whether page {@code page} of the area is allocated. */
    boolean hasPage(long page) {
        return bitmap.get((int) (page >>> orderPerBit));
    }

    /** How many bits {@code count} pages take. */
    int bitsOf(long count) {
        return (int) ((count + (1L << orderPerBit) - 1) >>> orderPerBit);
    }

    void set(int bit, int count) {
        bitmap.set(bit, count);
    }

    void clear(int bit, int count) {
        bitmap.clear(bit, count);
    }

    boolean allSet(int bit, int count) {
        return bitmap.allSet(bit, count);
    }

    /** The first aligned bit from {@code from} on at which {@code count} pages are in no allocation, or NONE. */
    long findRun(long from, long count, int alignOrder) {
        return findRun(bitmap, from, count, alignOrder);
    }

    private long findRun(PageBitmap in, long from, long count, int alignOrder) {
        long bit = in.findNextZeroArea(from, bitsOf(count), mask(alignOrder), offset(alignOrder));
        return bit + bitsOf(count) > in.bits() ? PageBitmap.NONE : bit;
    }

    /** Where the search goes on behind {@code bit}. */
    long nextAligned(long bit, int alignOrder) {
        return bit + mask(alignOrder) + 1;
    }

    private long mask(int alignOrder) {
        return alignOrder <= orderPerBit ? 0 : (1L << (alignOrder - orderPerBit)) - 1;
    }

    /** Until 3.14 the alignment counts from the area's start, in 6.x from address 0. */
    private long offset(int alignOrder) {
        return era.atLeast(Era.V6_1) ? (basePfn & ((1L << alignOrder) - 1)) >>> orderPerBit : 0;
    }

    /** {@code cma_debug_show_areas}: runs of pages in no allocation, each as {@code pages@bit}. */
    String available() {
        StringBuilder runs = new StringBuilder();
        for (int zero = bitmap.nextZero(0); zero < bitmap.bits(); ) {
            int set = bitmap.nextSet(zero, bitmap.bits());
            runs.append(runs.length() == 0 ? "" : "+")
                    .append((long) (set - zero) << orderPerBit)
                    .append('@')
                    .append(zero);
            zero = bitmap.nextZero(set);
        }
        return runs + "=> " + (pages - usedPages()) + " free of " + pages + " total pages";
    }

    /** By how much the area would have to be larger at its end, in whole pageblocks, for a place behind all allocations. */
    long missingPages(long count, int alignOrder) {
        int last = bitmap.bits();
        while (last > 0 && !bitmap.get(last - 1)) {
            last--;
        }
        long mask = mask(alignOrder);
        long offset = offset(alignOrder);
        long start = ((last + offset + mask) & ~mask) - offset;
        long missing = ((start + bitsOf(count)) << orderPerBit) - pages;
        return missing <= 0
                ? 0
                : (missing + BuddyAllocator.PAGEBLOCK_PAGES - 1) & -(long) BuddyAllocator.PAGEBLOCK_PAGES;
    }

    /** The largest smaller alignment at which pages neither allocated nor pinned would do; -1 if there is none. */
    int fittingOrder(long count, int alignOrder, PageFrames frames) {
        if (count == 0 || count > pages) {
            return -1;
        }
        PageBitmap blocked = new PageBitmap(bitmap);
        for (long page = 0; page < pages; page++) {
            if (frames.isPinned(basePfn + page)) {
                blocked.set((int) (page >>> orderPerBit), 1);
            }
        }
        for (int order = alignOrder; order >= 0; order--) {
            if (findRun(blocked, 0, count, order) != PageBitmap.NONE) {
                return order == alignOrder ? -1 : order;
            }
        }
        return -1;
    }
}
