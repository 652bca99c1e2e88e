package org.dmalab.engine.memory;

import org.dmalab.engine.base.Addresses;

/** The walk that compares a zone's lists, states and counts with each other. */
final class BuddyInvariants {
    private BuddyInvariants() {}

    /**
     * Walks all lists and all pages.
     *
     * @throws AssertionError if a page is in two states or in none, a block is misplaced, or two free buddies lie unmerged
     */
    static void check(BuddyZone zone) {
        FreeLists lists = zone.lists;
        lists.checkInvariants();
        int zoneStart = zone.firstPage();
        int zoneEnd = zone.endPage();
        PageBits free =
                new PageBits((zone.pageblockTypes.length << zone.pageblockOrder) >>> BuddyAllocator.PAGEBLOCK_ORDER);
        for (int order = 0; order <= zone.maxOrder; order++) {
            for (int type = 0; type < FreeLists.TYPES; type++) {
                for (int page = lists.first(order, type); page != FreeLists.NONE; page = lists.next(page, order)) {
                    checkBlock(zone, page, order, free);
                }
            }
        }
        long counted = 0;
        long used = 0;
        long kept = 0;
        for (int word = zoneStart & -Long.SIZE; word < zoneEnd; word += Long.SIZE) {
            long inside = (-1L << Math.max(0, zoneStart - word)) & (-1L >>> Math.max(0, word + Long.SIZE - zoneEnd));
            long isFree = free.word(word);
            long isUsed = zone.inUse.word(word);
            long isKept = zone.reserved.word(word);
            long unclaimed = zone.unclaimed.word(word) & ~isUsed;
            long twice = (isFree & isUsed) | (isFree & isKept) | (isUsed & isKept);
            long wrong = ((isFree | isUsed | isKept) ^ inside) | twice | (zone.absent.word(word) & ~isKept) | unclaimed;
            if (wrong != 0) {
                int page = word + Long.numberOfTrailingZeros(wrong);
                throw new AssertionError(
                        "page must be free, in use or reserved, a hole reserved: " + zone.describe(page, 0));
            }
            counted += Long.bitCount(isFree);
            used += Long.bitCount(isUsed);
            kept += Long.bitCount(isKept);
        }
        if (counted != zone.freePages
                || used != zone.pagesInUse
                || kept != zone.reservedPages + zone.pages - zone.presentPages) {
            throw new AssertionError("page counts disagree [free=" + counted + ", counted " + zone.freePages
                    + "] [in use="
                    + used + ", counted " + zone.pagesInUse + "] [reserved and holes=" + kept + ", reserved counted "
                    + zone.reservedPages + "]");
        }
    }

    private static void checkBlock(BuddyZone zone, int page, int order, PageBits free) {
        long pfn = zone.basePfn + page;
        if (pfn < zone.startPfn
                || pfn + (1L << order) > zone.startPfn + zone.pages
                || (page & ((1 << order) - 1)) != 0) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " is misaligned or leaves the zone");
        }
        int overlap = free.nextSet(page, page + (1 << order));
        if (overlap < page + (1 << order)) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " overlaps another at pfn "
                    + Addresses.hex(zone.basePfn + overlap));
        }
        free.set(page, 1 << order);
        if (order < zone.maxOrder && zone.lists.isFree(page ^ (1 << order), order)) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " has a free buddy and was not merged");
        }
    }

    private static String blockAt(int order) {
        return "free block of order " + order + " at pfn ";
    }
}
