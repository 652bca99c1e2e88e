package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.Addresses;

/**
 * The page frames of one zone: where they are, which are free, in use, reserved or a hole, and the migrate type of each
 * pageblock. What {@link BuddyAllocator} decides is done to one of these.
 *
 * <p>Pages are numbered from {@link #basePfn}. Every page of the zone is in exactly one state.
 */
final class BuddyZone {
    private static final long MOST_PAGES = 1L << 30;

    final int maxOrder;
    final int pageblockOrder;
    final long startPfn;
    final long pages;
    /** The pfn of page 0: {@link #startPfn} rounded down to a block of the largest order. */
    final long basePfn;

    final long presentPages;
    final FreeLists lists;
    final PageBits inUse;
    final PageBits reserved;
    final PageBits absent;
    /** Those in use that nobody allocated: a recorded state said so. */
    final PageBits unclaimed;

    final byte[] pageblockTypes;
    long reservedPages;
    long freePages;
    long pagesInUse;

    /** A zone over {@code present}, ascending and apart, with no page free yet and all pageblocks MOVABLE. */
    BuddyZone(BuddyRules rules, List<PageRange> present) {
        PageRange.checkAscending(present);
        maxOrder = rules.maxOrder();
        pageblockOrder = rules.pageblockOrder();
        startPfn = present.get(0).startPfn();
        pages = present.get(present.size() - 1).endPfn() - startPfn;
        if (pages > MOST_PAGES) {
            throw new IllegalArgumentException("zone must have 1.." + MOST_PAGES + " pages [start pfn="
                    + Addresses.hex(startPfn) + "] [pages=" + pages + "]");
        }
        presentPages = present.stream().mapToLong(PageRange::pages).sum();
        int blockPages = Math.max(1 << maxOrder, BuddyAllocator.PAGEBLOCK_PAGES);
        basePfn = startPfn & -blockPages;
        int span = (int) ((startPfn + pages - basePfn + blockPages - 1) & -blockPages);
        int groups = span >>> BuddyAllocator.PAGEBLOCK_ORDER;
        lists = new FreeLists(groups);
        inUse = new PageBits(groups);
        reserved = new PageBits(groups);
        absent = new PageBits(groups);
        unclaimed = new PageBits(groups);
        for (int i = 1; i < present.size(); i++) {
            long hole = present.get(i - 1).endPfn();
            int holePages = (int) (present.get(i).startPfn() - hole);
            absent.set((int) (hole - basePfn), holePages);
            reserved.set((int) (hole - basePfn), holePages);
        }
        pageblockTypes = new byte[span >>> pageblockOrder];
        Arrays.fill(pageblockTypes, (byte) MigrateType.MOVABLE.number());
    }

    /** The number of the zone's first page. */
    int firstPage() {
        return (int) (startPfn - basePfn);
    }

    /** The number after that of its last page. */
    int endPage() {
        return (int) (startPfn + pages - basePfn);
    }

    long managedPages() {
        return presentPages - reservedPages;
    }

    /**
     * The number of {@code pfn}.
     *
     * @throws IllegalArgumentException if {@code count} pages from there are not all in the zone
     */
    int page(long pfn, long count) {
        if (count < 1 || pfn < startPfn || pfn - startPfn >= pages || count > pages - (pfn - startPfn)) {
            throw new IllegalArgumentException("pages lie outside the zone [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [zone=" + Addresses.hex(startPfn) + " + " + pages + " pages]");
        }
        return (int) (pfn - basePfn);
    }

    void checkOrder(int order) {
        if (order < 0 || order > maxOrder) {
            throw new IllegalArgumentException("order must be 0.." + maxOrder + ": " + order);
        }
    }

    static void checkAligned(long pfn, int order) {
        if ((pfn & ((1L << order) - 1)) != 0) {
            throw new IllegalArgumentException("block of order " + order + " must begin at a multiple of "
                    + (1 << order) + " pages: " + Addresses.hex(pfn));
        }
    }

    /** A block for an error text, with the first of its pages that is not in use. */
    String describe(int page, int order) {
        int at = page;
        while (inUse.get(at) && at < page + (1 << order) - 1) {
            at++;
        }
        String state = absent.get(at) ? "a hole" : reserved.get(at) ? "reserved" : inUse.get(at) ? "in use" : "free";
        return "[pfn=" + Addresses.hex(basePfn + page) + "] [order=" + order + "] [page " + Addresses.hex(basePfn + at)
                + " is " + state + "]";
    }

    /** Pages off the lists are in use from now on. */
    void use(int page, int count) {
        inUse.set(page, count);
        freePages -= count;
        pagesInUse += count;
    }

    /** Pages in use are so no longer; {@link #putBack} lists them. */
    void unuse(int page, int count) {
        inUse.clear(page, count);
        unclaimed.clear(page, count);
        pagesInUse -= count;
    }

    /** {@code __free_one_page}: merges with free buddies, then lists what came out of it. */
    void putBack(int page, int order) {
        freePages += 1L << order;
        int type = pageblockTypes[page >>> pageblockOrder];
        int size = lists.merge(page, order, maxOrder);
        int at = page & -(1 << size);
        if (mayMergeTwice(at, size)) {
            lists.addLast(at, size, type);
        } else {
            lists.addFirst(at, size, type);
        }
    }

    /**
     * Whether the block would merge twice if its buddy came back: it goes to the tail, where it is taken last. A pair that
     * begins below the zone never forms.
     */
    private boolean mayMergeTwice(int page, int order) {
        int pair = page & -(2 << order);
        return order < maxOrder - 1 && basePfn + pair >= startPfn && lists.isFree(pair ^ (2 << order), order + 1);
    }

    /**
     * {@code move_freepages_block}: puts every free block of the pageblock at the head of a list of {@code type},
     * ascending. A zone that begins inside the pageblock is searched from {@code page} on; one that ends inside, not at all.
     *
     * @return how many pages were moved
     */
    @CanIgnoreReturnValue
    int moveFreePages(int page, MigrateType type) {
        int start = page & -(1 << pageblockOrder);
        int end = start + (1 << pageblockOrder);
        if (end > endPage()) {
            return 0;
        }
        if (start < firstPage()) {
            start = page;
        }
        int moved = 0;
        for (int at = start; at < end; ) {
            int order = lists.orderAt(at);
            if (order == FreeLists.NONE) {
                at++;
            } else {
                lists.remove(at, order);
                lists.addFirst(at, order, type.number());
                moved += 1 << order;
                at += 1 << order;
            }
        }
        return moved;
    }

    /** {@code __free_pages_memory}: what is not reserved, ascending, in the largest blocks that alignment allows. */
    void releaseAtBoot() {
        lists.clear();
        freePages = 0;
        int page = firstPage();
        while (page < endPage()) {
            if (reserved.get(page)) {
                page++;
            } else {
                int end = reserved.nextSet(page, endPage());
                while (page < end) {
                    int fits = 31 - Integer.numberOfLeadingZeros(end - page);
                    int order = Math.min(maxOrder, Math.min(fits, Integer.numberOfTrailingZeros(page)));
                    putBack(page, order);
                    page += 1 << order;
                }
            }
        }
    }
}
