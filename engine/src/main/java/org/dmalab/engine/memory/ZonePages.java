package org.dmalab.engine.memory;

import java.util.List;
import org.dmalab.engine.base.Addresses;

/**
 * The page frames of a zone and which of them are RAM, kept from the allocator, or in use; the others are free.
 *
 * <p>Pages are numbered from the start of the zone's first block of the largest order.
 */
final class ZonePages {
    private final long startPfn;
    private final long pages;
    private final long basePfn;
    private final int span;
    private final long presentPages;
    private final PageBits inUse;
    private final PageBits reserved;
    private final PageBits absent;
    /** Pages in use of which only that is known, since a restore. */
    private final PageBits unknown;

    private long reservedPages;
    private long pagesInUse;
    private long unknownPages;

    /** A zone that spans {@code present}; what lies between is a hole. */
    ZonePages(BuddyRules rules, List<PageRange> present) {
        PageRange.checkAscending(present);
        startPfn = present.get(0).startPfn();
        pages = present.get(present.size() - 1).endPfn() - startPfn;
        if (pages > FreeNodes.MOST_PAGES) {
            throw new IllegalArgumentException("zone must have 1.." + FreeNodes.MOST_PAGES + " pages [start pfn="
                    + Addresses.hex(startPfn) + "] [pages=" + pages + "]");
        }
        presentPages = present.stream().mapToLong(PageRange::pages).sum();
        int blockPages = Math.max(1 << rules.maxOrder(), BuddyAllocator.PAGEBLOCK_PAGES);
        basePfn = startPfn & -blockPages;
        span = (int) ((startPfn + pages - basePfn + blockPages - 1) & -blockPages);
        inUse = new PageBits(groups());
        reserved = new PageBits(groups());
        absent = new PageBits(groups());
        unknown = new PageBits(groups());
        for (int i = 1; i < present.size(); i++) {
            long hole = present.get(i - 1).endPfn();
            int holePages = (int) (present.get(i).startPfn() - hole);
            absent.set((int) (hole - basePfn), holePages);
            reserved.set((int) (hole - basePfn), holePages);
        }
    }

    long startPfn() {
        return startPfn;
    }

    long pages() {
        return pages;
    }

    long presentPages() {
        return presentPages;
    }

    long managedPages() {
        return presentPages - reservedPages;
    }

    long pagesInUse() {
        return pagesInUse;
    }

    /** The number of the first page. */
    int first() {
        return (int) (startPfn - basePfn);
    }

    /** The number behind the last page. */
    int end() {
        return (int) (startPfn + pages - basePfn);
    }

    /** The first number behind all blocks of the largest order that the zone has a page in. */
    int span() {
        return span;
    }

    /** How many groups of 1024 pages that is. */
    int groups() {
        return span >>> BuddyAllocator.PAGEBLOCK_ORDER;
    }

    /** The number of {@code pfn}, the first of {@code count} pages that must lie in the zone. */
    int number(long pfn, long count) {
        if (count < 1 || pfn < startPfn || pfn - startPfn >= pages || count > pages - (pfn - startPfn)) {
            throw new IllegalArgumentException("pages lie outside the zone [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [zone=" + Addresses.hex(startPfn) + " + " + pages + " pages]");
        }
        return (int) (pfn - basePfn);
    }

    /** The page frame of a number. */
    long pfn(int page) {
        return basePfn + page;
    }

    PageBits inUse() {
        return inUse;
    }

    /** Kept from the allocator; holes are. */
    PageBits reserved() {
        return reserved;
    }

    /** Holes. */
    PageBits absent() {
        return absent;
    }

    /** Whether somebody has the page of whom only a count was read. */
    boolean isUnknown(int page) {
        return unknownPages > 0 && unknown.get(page);
    }

    /** A page in use comes to somebody of whom nothing else is known. */
    void setUnknown(int page) {
        if (!inUse.get(page)) {
            throw new AssertionError("page must be in use: " + describe(page, 0));
        }
        unknownPages += unknown.get(page) ? 0 : 1;
        unknown.set(page, 1);
    }

    /** What a restore must leave as it is: reserved pages, and those in use that somebody known has or {@code use} keeps. */
    PageBits kept(FrameUse use) {
        PageBits kept = new PageBits(groups());
        for (int word = 0; word < span; word += Long.SIZE) {
            long known = inUse.word(word) & ~unknown.word(word);
            for (long left = unknown.word(word); left != 0; left &= left - 1) {
                int bit = Long.numberOfTrailingZeros(left);
                known |= use.keeps(pfn(word + bit)) ? 1L << bit : 0;
            }
            for (long left = known | reserved.word(word); left != 0; ) {
                int from = Long.numberOfTrailingZeros(left);
                int run = Long.numberOfTrailingZeros(~(left >>> from));
                kept.set(word + from, run);
                left = from + run == Long.SIZE ? 0 : left & (-1L << (from + run));
            }
        }
        return kept;
    }

    boolean isFree(int page) {
        return !inUse.get(page) && !reserved.get(page);
    }

    /** An aligned block that was free comes into use. */
    void take(int page, int order) {
        inUse.setBlock(page, order);
        pagesInUse += 1L << order;
    }

    /** An aligned block that was in use is free; false, and nothing has changed, if a page of it was not in use. */
    boolean giveBack(int page, int order) {
        if (!inUse.clearBlock(page, order)) {
            return false;
        }
        pagesInUse -= 1L << order;
        if (unknownPages > 0) {
            know(page, 1 << order);
        }
        return true;
    }

    private void know(int page, int count) {
        for (int at = page; at < page + count; at++) {
            unknownPages -= unknown.get(at) ? 1 : 0;
        }
        unknown.clear(page, count);
    }

    /** Keeps pages, RAM, from the allocator. */
    void reserve(int page, int count) {
        for (int at = page; at < page + count; at++) {
            reservedPages += reserved.get(at) ? 0 : 1;
        }
        reserved.set(page, count);
    }

    /** Reserved RAM becomes free. */
    void release(int page, int count) {
        reserved.clear(page, count);
        reservedPages -= count;
    }

    /** All managed pages that are not in {@code kept} come into use of somebody unknown. */
    void takeAllBut(PageBits kept) {
        int page = first();
        while (page < end()) {
            if (kept.get(page)) {
                page++;
            } else {
                int stop = kept.nextSet(page, end());
                inUse.set(page, stop - page);
                unknown.set(page, stop - page);
                page = stop;
            }
        }
        pagesInUse = 0;
        unknownPages = 0;
        for (int word = 0; word < span; word += Long.SIZE) {
            pagesInUse += Long.bitCount(inUse.word(word));
            unknownPages += Long.bitCount(unknown.word(word));
        }
    }

    /** What the first page of a block is that is not in use, in words. */
    String describe(int page, int order) {
        int at = page;
        while (inUse.get(at) && at < page + (1 << order) - 1) {
            at++;
        }
        String state = absent.get(at) ? "a hole" : reserved.get(at) ? "reserved" : inUse.get(at) ? "in use" : "free";
        return "[pfn=" + Addresses.hex(pfn(page)) + "] [order=" + order + "] [page " + Addresses.hex(pfn(at)) + " is "
                + state + "]";
    }

    /**
     * Compares the states with each other and with the pages of free blocks.
     *
     * @throws AssertionError if a page is in two states or in none, or a count is wrong
     */
    void checkInvariants(PageBits free, long freePages) {
        long counted = 0;
        long used = 0;
        long kept = 0;
        long guessed = 0;
        for (int word = first() & -Long.SIZE; word < end(); word += Long.SIZE) {
            long inside = (-1L << Math.max(0, first() - word)) & (-1L >>> Math.max(0, word + Long.SIZE - end()));
            long isFree = free.word(word);
            long isUsed = inUse.word(word);
            long isKept = reserved.word(word);
            long twice = (isFree & isUsed) | (isFree & isKept) | (isUsed & isKept);
            long wrong = ((isFree | isUsed | isKept) ^ inside) | twice | (absent.word(word) & ~isKept);
            if (wrong != 0) {
                throw new AssertionError("page must be free, in use or reserved, a hole reserved: "
                        + describe(word + Long.numberOfTrailingZeros(wrong), 0));
            }
            if ((unknown.word(word) & ~isUsed) != 0) {
                throw new AssertionError("page of somebody unknown must be in use: "
                        + describe(word + Long.numberOfTrailingZeros(unknown.word(word) & ~isUsed), 0));
            }
            counted += Long.bitCount(isFree);
            used += Long.bitCount(isUsed);
            kept += Long.bitCount(isKept);
            guessed += Long.bitCount(unknown.word(word));
        }
        if (counted != freePages
                || used != pagesInUse
                || guessed != unknownPages
                || kept != reservedPages + pages - presentPages) {
            throw new AssertionError("page counts disagree [free=" + counted + ", counted " + freePages + "] [in use="
                    + used + ", counted " + pagesInUse + "] [of somebody unknown=" + guessed + ", counted "
                    + unknownPages + "] [reserved and holes=" + kept + ", reserved counted " + reservedPages + "]");
        }
    }
}
