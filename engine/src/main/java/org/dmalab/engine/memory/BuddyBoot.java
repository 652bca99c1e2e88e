package org.dmalab.engine.memory;

import org.dmalab.engine.base.Addresses;

/** What happens to the pages of a zone before the first allocation: which are kept from it, and how the others are listed. */
final class BuddyBoot {
    private final ZonePages zone;
    private final Pageblocks pageblocks;
    private final FreeBlocks blocks;

    BuddyBoot(ZonePages zone, Pageblocks pageblocks, FreeBlocks blocks) {
        this.zone = zone;
        this.pageblocks = pageblocks;
        this.blocks = blocks;
    }

    /** {@code __free_pages_memory}: what is not reserved, ascending, in the largest blocks that alignment allows. */
    void releaseAll() {
        blocks.clear();
        int page = zone.first();
        while (page < zone.end()) {
            if (zone.reserved().get(page)) {
                page++;
            } else {
                int end = zone.reserved().nextSet(page, zone.end());
                blocks.putBackRange(page, end);
                page = end;
            }
        }
    }

    void reserve(long pfn, long count) {
        int page = zone.number(pfn, count);
        if (zone.pagesInUse() != 0) {
            throw new IllegalArgumentException("memory is reserved at boot, before the first allocation [pfn="
                    + Addresses.hex(pfn) + "] [pages in use=" + zone.pagesInUse() + "]");
        }
        int hole = zone.absent().nextSet(page, page + (int) count);
        if (hole < page + count) {
            throw new IllegalArgumentException("reserved pages must be RAM [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [hole at " + Addresses.hex(zone.pfn(hole)) + "]");
        }
        zone.reserve(page, (int) count);
        releaseAll();
    }

    void release(int page, int order) {
        int end = page + (1 << order);
        if (!zone.reserved().allSet(page, 1 << order) || zone.absent().nextSet(page, end) < end) {
            throw new IllegalArgumentException("release of pages that are not reserved: " + zone.describe(page, order));
        }
        zone.release(page, 1 << order);
        blocks.putBack(page, order);
    }

    /** {@code setup_zone_migrate_reserve}. */
    void reservePageblocks(long minPages) {
        int pageblock = 1 << pageblocks.order();
        long wanted = Math.min(2, (minPages + pageblock - 1) >>> pageblocks.order());
        int end = zone.end();
        int page = (zone.first() + pageblock - 1) & -pageblock;
        for (; wanted > 0 && page < end; page += pageblock) {
            int stop = Math.min(page + pageblock, end);
            boolean usable = zone.reserved().nextSet(page, stop) >= stop;
            int type = pageblocks.type(page);
            if (usable && type == MigrateType.MOVABLE.number()) {
                pageblocks.set(page, MigrateType.RESERVE);
                blocks.movePageblock(page, MigrateType.RESERVE);
                wanted--;
            } else if (usable && type == MigrateType.RESERVE.number()) {
                wanted--;
            }
        }
    }
}
