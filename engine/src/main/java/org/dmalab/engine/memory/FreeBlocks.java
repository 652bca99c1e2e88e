package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import org.dmalab.engine.base.Addresses;

/** The free blocks of a zone: how they are split and merged ({@code __rmqueue_smallest}, {@code __free_one_page}). */
final class FreeBlocks {
    private final ZonePages zone;
    private final Pageblocks pageblocks;
    private final FreeLists lists;
    private final int maxOrder;
    private long freePages;

    FreeBlocks(ZonePages zone, Pageblocks pageblocks, int maxOrder) {
        this.zone = zone;
        this.pageblocks = pageblocks;
        this.maxOrder = maxOrder;
        lists = new FreeLists(zone.groups());
    }

    /** The lists, to be looked at. */
    FreeLists lists() {
        return lists;
    }

    long freePages() {
        return freePages;
    }

    /** Pages on the lists of {@code type}. */
    long freePages(MigrateType type) {
        long free = 0;
        for (int order = 0; order <= maxOrder; order++) {
            free += (long) lists.blocks(order, type.number()) << order;
        }
        return free;
    }

    /** The head of the first list that has a large enough block of exactly this type, split; or {@link FreeLists#NONE}. */
    int takeSmallest(int order, int type) {
        int found = lists.smallestOrder(order, type);
        if (found == FreeLists.NONE) {
            return FreeLists.NONE;
        }
        int page = lists.first(found, type);
        take(page, order, found, type);
        return page;
    }

    /** Takes the free block of order {@code found} at {@code page} and gives all but {@code order} back to {@code type}. */
    void take(int page, int order, int found, int type) {
        lists.remove(page, found);
        if (found > order) {
            lists.addUpperHalves(page, order, found, type);
        }
        freePages -= 1L << order;
    }

    /** {@code __free_one_page}: merges with free buddies, then lists what came out of it. */
    void putBack(int page, int order) {
        freePages += 1L << order;
        int type = pageblocks.type(page);
        int size = lists.removeBuddies(page, order, maxOrder);
        int at = page & (-1 << size);
        if (mayMergeTwice(at, size)) {
            lists.addLast(at, size, type);
        } else {
            lists.addFirst(at, size, type);
        }
    }

    /** Puts pages in a row back in the largest blocks that alignment allows. */
    void putBackRange(int page, int end) {
        for (int at = page; at < end; ) {
            int order = largestOrder(at, end);
            putBack(at, order);
            at += 1 << order;
        }
    }

    /** The order of the largest block that begins at {@code page} and ends by {@code end}. */
    int largestOrder(int page, int end) {
        int fits = 31 - Integer.numberOfLeadingZeros(end - page);
        return Math.min(maxOrder, Math.min(fits, Integer.numberOfTrailingZeros(page)));
    }

    /**
     * Whether the block would merge twice if its buddy came back: it goes to the tail, where it is taken last. A pair that
     * begins below the zone never forms.
     */
    private boolean mayMergeTwice(int page, int order) {
        int pair = page & -(2 << order);
        return order < maxOrder - 1 && pair >= zone.first() && lists.isFree(pair ^ (2 << order), order + 1);
    }

    /** The first page of the free block that {@code page} lies in, or {@link FreeLists#NONE}. */
    int start(int page) {
        for (int order = 0; order <= maxOrder; order++) {
            int start = page & -(1 << order);
            if (lists.isFree(start, order)) {
                return start;
            }
        }
        return FreeLists.NONE;
    }

    /**
     * {@code move_freepages_block}: puts every free block of the pageblock at the head of a list of {@code type},
     * ascending. A zone that begins inside the pageblock is searched from {@code page} on; one that ends inside, not at all.
     *
     * @return how many pages were moved
     */
    @CanIgnoreReturnValue
    int movePageblock(int page, MigrateType type) {
        int start = page & -(1 << pageblocks.order());
        int end = start + (1 << pageblocks.order());
        if (end > zone.end()) {
            return 0;
        }
        if (start < zone.first()) {
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

    /** Forgets all blocks. */
    void clear() {
        lists.clear();
        freePages = 0;
    }

    /** Lists a block that has no free buddy. */
    void addLast(int page, int order, int type) {
        lists.addLast(page, order, type);
        freePages += 1L << order;
    }

    /**
     * Walks the blocks on the lists.
     *
     * @return the pages in them
     * @throws AssertionError if a block is misplaced or overlaps another, or two free buddies lie unmerged
     */
    PageBits checkedPages() {
        PageBits free = new PageBits(zone.groups());
        for (int order = 0; order <= maxOrder; order++) {
            for (int type = 0; type < FreeLists.TYPES; type++) {
                for (int page = lists.first(order, type); page != FreeLists.NONE; page = lists.next(page, order)) {
                    checkBlock(page, order, free);
                }
            }
        }
        return free;
    }

    private void checkBlock(int page, int order, PageBits free) {
        String block = "free block of order " + order + " at pfn " + Addresses.hex(zone.pfn(page));
        int end = page + (1 << order);
        if (page < zone.first() || end > zone.end() || (page & ((1 << order) - 1)) != 0) {
            throw new AssertionError(block + " is misaligned or leaves the zone");
        }
        int overlap = free.nextSet(page, end);
        if (overlap < end) {
            throw new AssertionError(block + " overlaps another at pfn " + Addresses.hex(zone.pfn(overlap)));
        }
        free.set(page, 1 << order);
        if (order < maxOrder && lists.isFree(page ^ (1 << order), order)) {
            throw new AssertionError(block + " has a free buddy and was not merged");
        }
    }
}
