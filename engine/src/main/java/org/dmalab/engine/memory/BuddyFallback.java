package org.dmalab.engine.memory;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.trace.TraceSink;

/**
 * Serves a request from the lists of other migrate types, and decides how much more than the one block changes owner
 * ({@code __rmqueue_fallback}).
 */
final class BuddyFallback {
    /** Per wanted type, the types to borrow from, best first ({@code fallbacks[]}); RESERVE comes after all of them. */
    private static final MigrateType[][] FALLBACKS = {
        {MigrateType.RECLAIMABLE, MigrateType.MOVABLE},
        {MigrateType.UNMOVABLE, MigrateType.MOVABLE},
        {MigrateType.CMA, MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE},
    };

    private final ZonePages zone;
    private final Pageblocks pageblocks;
    private final FreeBlocks blocks;
    private final BuddyRules rules;
    private final FallbackSink fallbacks;
    private final TraceSink trace;

    BuddyFallback(
            ZonePages zone,
            Pageblocks pageblocks,
            FreeBlocks blocks,
            BuddyRules rules,
            FallbackSink fallbacks,
            TraceSink trace) {
        this.zone = zone;
        this.pageblocks = pageblocks;
        this.blocks = blocks;
        this.rules = rules;
        this.fallbacks = fallbacks;
        this.trace = trace;
    }

    /** From the largest order down, the first type of the table that has a block; then the reserve. */
    int take(int order, MigrateType wanted) {
        for (int found = rules.maxOrder(); found >= order; found--) {
            for (MigrateType fallback : FALLBACKS[wanted.number()]) {
                int page = blocks.lists().first(found, fallback.number());
                if (page != FreeLists.NONE) {
                    MigrateType remainder = steal(page, found, wanted, fallback);
                    blocks.take(page, order, found, remainder.number());
                    tell(page, order, found, wanted, fallback, remainder);
                    return page;
                }
            }
        }
        int page = blocks.takeSmallest(order, MigrateType.RESERVE.number());
        if (page != FreeLists.NONE) {
            fallbacks.tookReserve(zone.pfn(page));
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
        int pageblockOrder = pageblocks.order();
        if (found >= pageblockOrder) {
            int end = page + (1 << found);
            for (int at = page; at < end; at += 1 << pageblockOrder) {
                pageblocks.set(at, wanted);
            }
            return wanted;
        }
        if (movesAll(found, wanted)) {
            if (blocks.movePageblock(page, wanted) >= 1 << (pageblockOrder - 1)) {
                pageblocks.set(page, wanted);
            }
            return wanted;
        }
        // Linux 3.6 alone gives the rest of a small block to the requester.
        return rules.era() == Era.V3_6 ? wanted : fallback;
    }

    /** Whether a fallback to a block of order {@code found} moves the whole pageblock's free pages. */
    private boolean movesAll(int found, MigrateType wanted) {
        return found >= pageblocks.order() / 2 || wanted == MigrateType.RECLAIMABLE;
    }

    /**
     * {@code mm_page_alloc_extfrag}. Up to Linux 3.6 the event of a fallback that moved the pageblock's pages names the type
     * asked for as the fallback too, and tells a change of ownership from that.
     */
    private void tell(int page, int order, int found, MigrateType wanted, MigrateType fallback, MigrateType remainder) {
        MigrateType told = fallback;
        boolean changed = pageblocks.type(page) == wanted.number();
        if (!rules.era().atLeast(Era.V3_14)) {
            told = fallback != MigrateType.CMA && movesAll(found, wanted) ? wanted : fallback;
            changed = told == wanted;
        }
        fallbacks.fellBack(zone.pfn(page), order, found, wanted, told, remainder);
        trace.pageFellBack(zone.pfn(page), order, found, wanted.number(), told.number(), changed);
    }
}
