package org.dmalab.engine.memory;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.trace.TraceSink;

/**
 * Where a request goes when its own type's lists have nothing for it, and how much of a pageblock then changes owner
 * ({@code __rmqueue_fallback}, {@code try_to_steal_freepages}).
 */
final class BuddyFallback {
    /** Per wanted type, the types to borrow from, best first ({@code fallbacks[]}); RESERVE comes after all of them. */
    private static final MigrateType[][] FALLBACKS = {
        {MigrateType.RECLAIMABLE, MigrateType.MOVABLE},
        {MigrateType.UNMOVABLE, MigrateType.MOVABLE},
        {MigrateType.CMA, MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE},
    };

    private final BuddyZone zone;
    private final Era era;
    private final TraceSink trace;
    private final FallbackSink fallbacks;

    BuddyFallback(BuddyZone zone, Era era, TraceSink trace, FallbackSink fallbacks) {
        this.zone = zone;
        this.era = era;
        this.trace = trace;
        this.fallbacks = fallbacks;
    }

    /** From the largest order down, the first type of the table that has a block; then the reserve; or NONE. */
    int take(int order, MigrateType wanted) {
        FreeLists lists = zone.lists;
        for (int found = zone.maxOrder; found >= order; found--) {
            for (MigrateType fallback : FALLBACKS[wanted.number()]) {
                int page = lists.first(found, fallback.number());
                if (page != FreeLists.NONE) {
                    MigrateType remainder = steal(page, found, wanted, fallback);
                    lists.remove(page, found);
                    lists.expand(page, order, found, remainder.number());
                    tell(page, order, found, wanted, fallback, remainder);
                    return page;
                }
            }
        }
        int page = lists.takeSmallest(order, zone.maxOrder, MigrateType.RESERVE.number());
        if (page != FreeLists.NONE) {
            fallbacks.tookReserve(zone.basePfn + page);
        }
        return page;
    }

    /**
     * {@code try_to_steal_freepages}: how much more than the one block changes owner.
     *
     * @return the type whose lists get what the split leaves over
     */
    private MigrateType steal(int page, int found, MigrateType wanted, MigrateType fallback) {
        if (fallback == MigrateType.CMA) {
            return fallback;
        }
        if (found >= zone.pageblockOrder) {
            int end = page + (1 << found);
            for (int at = page; at < end; at += 1 << zone.pageblockOrder) {
                zone.pageblockTypes[at >>> zone.pageblockOrder] = (byte) wanted.number();
            }
            return wanted;
        }
        if (movesAll(found, wanted)) {
            if (zone.moveFreePages(page, wanted) >= 1 << (zone.pageblockOrder - 1)) {
                zone.pageblockTypes[page >>> zone.pageblockOrder] = (byte) wanted.number();
            }
            return wanted;
        }
        // Linux 3.6 alone gives the rest of a small block to the requester.
        return era == Era.V3_6 ? wanted : fallback;
    }

    /** Whether a fallback to a block of order {@code found} moves the whole pageblock's free pages. */
    private boolean movesAll(int found, MigrateType wanted) {
        return found >= zone.pageblockOrder / 2 || wanted == MigrateType.RECLAIMABLE;
    }

    /**
     * {@code mm_page_alloc_extfrag}. Up to Linux 3.6 the event of a fallback that moved the pageblock's pages names the type
     * asked for as the fallback too, and tells a change of ownership from that.
     */
    private void tell(int page, int order, int found, MigrateType wanted, MigrateType fallback, MigrateType remainder) {
        MigrateType told = fallback;
        boolean changed = zone.pageblockTypes[page >>> zone.pageblockOrder] == wanted.number();
        if (!era.atLeast(Era.V3_14)) {
            told = fallback != MigrateType.CMA && movesAll(found, wanted) ? wanted : fallback;
            changed = told == wanted;
        }
        fallbacks.fellBack(zone.basePfn + page, order, found, wanted, told, remainder);
        trace.pageFellBack(zone.basePfn + page, order, found, wanted.number(), told.number(), changed);
    }
}
