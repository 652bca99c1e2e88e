package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;

/** How far each zone may be emptied by a request ({@code zone_watermark_ok}), and which limit refused it. */
final class ZoneLimits {
    private final List<PageAllocator.Zone> zones;
    private final List<Watermarks> watermarks;

    /** The limits of {@code zones}; without watermarks memory is given to the last page. */
    ZoneLimits(List<PageAllocator.Zone> zones, List<Watermarks> watermarks) {
        this.zones = zones;
        this.watermarks = watermarks;
    }

    /** {@code ALLOC_NO_WATERMARKS}. */
    boolean ignored(Gfp gfp) {
        return watermarks.isEmpty() || (gfp.has(GfpFlag.MEMALLOC) && !gfp.has(GfpFlag.NOMEMALLOC));
    }

    long low(int zone) {
        return watermarks.get(zone).lowPages();
    }

    /** The minimum watermark, lowered by ALLOC_HIGH and ALLOC_HARDER ({@code gfp_to_alloc_flags}). */
    long minimum(int zone, Gfp gfp) {
        long min = watermarks.get(zone).minPages();
        if (gfp.has(GfpFlag.HIGH)) {
            min -= min / 2;
        }
        boolean atomic = !gfp.maySleep() && !gfp.has(GfpFlag.NO_KSWAPD);
        if (atomic && !gfp.has(GfpFlag.NOMEMALLOC)) {
            min -= min / 4;
        }
        return min;
    }

    /** What keeps {@code mark} pages from being left after the request: as {@link Watermarks#shortfall}. */
    int shortfall(int zone, int order, Gfp gfp, int highest, long mark) {
        long reserve = watermarks.get(zone).lowmemReservePages().get(highest);
        boolean movable = gfp.migrateType() == MigrateType.MOVABLE;
        BuddyAllocator buddy = zones.get(zone).buddy();
        return order > buddy.rules().maxOrder() ? 0 : Watermarks.shortfall(buddy, order, mark, reserve, movable);
    }

    /** Why no zone from {@code highest} down served the request. */
    PageAllocationFailure failure(int order, Gfp gfp, int highest) {
        List<ZoneRefusal> refusals = new ArrayList<>();
        for (int i = highest; i >= 0; i--) {
            if (order <= zones.get(i).buddy().rules().maxOrder()) {
                refusals.add(refusal(i, order, gfp, highest));
            }
        }
        return new PageAllocationFailure(order, gfp, refusals);
    }

    private ZoneRefusal refusal(int index, int order, Gfp gfp, int highest) {
        PageAllocator.Zone zone = zones.get(index);
        BuddyAllocator buddy = zone.buddy();
        int largest = buddy.rules().maxOrder();
        while (largest >= 0 && buddy.freeBlocks(largest) == 0) {
            largest--;
        }
        long free = buddy.freePages();
        if (largest < order && free >= 1L << order) {
            return new ZoneRefusal(zone.kind(), ZoneRefusal.Cause.FRAGMENTED, free, free, 1L << order, largest);
        }
        if (!ignored(gfp)) {
            long mark = minimum(index, gfp);
            int failed = shortfall(index, order, gfp, highest, mark);
            if (failed == 0) {
                boolean movable = gfp.migrateType() == MigrateType.MOVABLE;
                long usable = free - (1L << order) + 1 - (movable ? 0 : buddy.freeCmaPages());
                long limit = mark + watermarks.get(index).lowmemReservePages().get(highest);
                return new ZoneRefusal(zone.kind(), ZoneRefusal.Cause.WATERMARK, free, usable, limit, largest);
            }
            if (failed > 0) {
                long usable = free - (1L << order) + 1;
                for (int smaller = 0; smaller < failed; smaller++) {
                    usable -= buddy.freeBlocks(smaller) << smaller;
                }
                return new ZoneRefusal(
                        zone.kind(), ZoneRefusal.Cause.ORDER_WATERMARK, free, usable, mark >> failed, largest);
            }
        }
        ZoneRefusal.Cause cause = free < 1L << order ? ZoneRefusal.Cause.SHORT : ZoneRefusal.Cause.FRAGMENTED;
        return new ZoneRefusal(zone.kind(), cause, free, free, 1L << order, largest);
    }
}
