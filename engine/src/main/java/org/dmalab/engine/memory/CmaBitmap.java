package org.dmalab.engine.memory;

import java.util.function.LongPredicate;
import org.dmalab.engine.base.Era;

/**
 * Which pages of a contiguous memory area are allocated: a bit for each {@code 2^order_per_bit} pages, and the searches in
 * it ({@code cma->bitmap}).
 */
final class CmaBitmap {
    private final PageBitmap bits;
    private final long basePfn;
    private final long pages;
    private final int orderPerBit;
    private final Era era;

    CmaBitmap(long basePfn, long pages, int orderPerBit, Era era) {
        this.basePfn = basePfn;
        this.pages = pages;
        this.orderPerBit = orderPerBit;
        this.era = era;
        bits = new PageBitmap(Math.toIntExact(pages >>> orderPerBit));
    }

    int orderPerBit() {
        return orderPerBit;
    }

    int length() {
        return bits.bits();
    }

    long usedPages() {
        return (long) bits.weight() << orderPerBit;
    }

    long longestFreeRun() {
        return (long) bits.longestZeroRun() << orderPerBit;
    }

    long[] words32() {
        return bits.words32();
    }

    /** The bit of the area's page {@code page}, counted from 0. */
    int bit(long page) {
        return (int) (page >>> orderPerBit);
    }

    /** Whether the area's page {@code page} is in an allocation. */
    boolean has(long page) {
        return bits.get(bit(page));
    }

    /** How many bits {@code count} pages take ({@code cma_bitmap_pages_to_bits}). */
    int bits(long count) {
        return (int) ((count + (1L << orderPerBit) - 1) >>> orderPerBit);
    }

    void set(int bit, int count) {
        bits.set(bit, count);
    }

    void clear(int bit, int count) {
        bits.clear(bit, count);
    }

    boolean allSet(int bit, int count) {
        return bits.allSet(bit, count);
    }

    /** The first aligned run of zeros for {@code count} pages from bit {@code from} on, or -1. */
    long find(long from, long count, int alignOrder) {
        return find(bits, from, count, alignOrder);
    }

    private long find(PageBitmap in, long from, long count, int alignOrder) {
        long bit = in.findNextZeroArea(from, bits(count), alignMask(alignOrder), alignOffset(alignOrder));
        return bit + bits(count) > in.bits() ? -1 : bit;
    }

    /** {@code cma_bitmap_aligned_mask}. */
    long alignMask(int alignOrder) {
        return alignOrder <= orderPerBit ? 0 : (1L << (alignOrder - orderPerBit)) - 1;
    }

    /** {@code cma_bitmap_aligned_offset}: until 3.14 places are counted from the area's start, in 6.x from address 0. */
    private long alignOffset(int alignOrder) {
        return era.atLeast(Era.V6_1) ? (basePfn & ((1L << alignOrder) - 1)) >>> orderPerBit : 0;
    }

    /** {@code cma_debug_show_areas}: runs of pages in no allocation, each as {@code pages@bit}. */
    String available() {
        StringBuilder runs = new StringBuilder();
        for (int zero = bits.nextZero(0); zero < bits.bits(); ) {
            int set = bits.nextSet(zero, bits.bits());
            runs.append(runs.length() == 0 ? "" : "+")
                    .append((long) (set - zero) << orderPerBit)
                    .append('@')
                    .append(zero);
            zero = bits.nextZero(set);
        }
        return runs + "=> " + (pages - usedPages()) + " free of " + pages + " total pages";
    }

    /**
     * By how many pages, in whole pageblocks, the area would have to be larger at its end for {@code count} pages to fit
     * behind the last allocation.
     */
    long missingPages(long count, int alignOrder) {
        int last = bits.bits();
        while (last > 0 && !bits.get(last - 1)) {
            last--;
        }
        long mask = alignMask(alignOrder);
        long offset = alignOffset(alignOrder);
        long start = ((last + offset + mask) & ~mask) - offset;
        long missing = ((start + bits(count)) << orderPerBit) - pages;
        return missing <= 0
                ? 0
                : (missing + BuddyAllocator.PAGEBLOCK_PAGES - 1) & -(long) BuddyAllocator.PAGEBLOCK_PAGES;
    }

    /**
     * The largest alignment below {@code alignOrder} at which {@code count} pages would fit beside allocations and what
     * {@code pinned} says of a pfn; -1 if none, or if {@code alignOrder} itself would do.
     */
    int fittingOrder(long count, int alignOrder, LongPredicate pinned) {
        if (count == 0 || count > pages) {
            return -1;
        }
        PageBitmap blocked = new PageBitmap(bits);
        for (long page = 0; page < pages; page++) {
            if (pinned.test(basePfn + page)) {
                blocked.set(bit(page), 1);
            }
        }
        for (int order = alignOrder; order >= 0; order--) {
            if (find(blocked, 0, count, order) >= 0) {
                return order == alignOrder ? -1 : order;
            }
        }
        return -1;
    }
}
