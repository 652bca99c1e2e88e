package org.dmalab.engine.memory;

import java.util.List;

/** Whether a zone may serve a request ({@code gfp_to_alloc_flags}, {@code zone_watermark_ok}), and if not, why. */
final class WatermarkChecks {
    private final List<PageAllocator.Zone> zones;
    private final List<Watermarks> watermarks;

    /** Checks nothing if {@code watermarks} is empty. */
    WatermarkChecks(List<PageAllocator.Zone> zones, List<Watermarks> watermarks) {
        this.zones = zones;
        this.watermarks = watermarks;
    }

    /** False for a request that may take the last page ({@code ALLOC_NO_WATERMARKS}). */
    boolean apply(Gfp gfp) {
        boolean ignored = gfp.has(GfpFlag.MEMALLOC) && !gfp.has(GfpFlag.NOMEMALLOC);
        return !watermarks.isEmpty() && !ignored;
    }

    /** Whether the zone keeps its low watermark. */
    boolean passesLow(int zone, int order, Gfp gfp, int highest) {
        return shortfall(zone, order, gfp, highest, watermarks.get(zone).lowPages()) < 0;
    }

    /** Whether the zone keeps its minimum watermark. */
    boolean passesMin(int zone, int order, Gfp gfp, int highest) {
        return shortfall(zone, order, gfp, highest, minimum(zone, gfp)) < 0;
    }

    /** The minimum watermark, lowered by ALLOC_HIGH and ALLOC_HARDER. */
    private long minimum(int zone, Gfp gfp) {
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

    private int shortfall(int zone, int order, Gfp gfp, int highest, long mark) {
        long reserve = watermarks.get(zone).lowmemReservePages().get(highest);
        boolean movable = gfp.migrateType() == MigrateType.MOVABLE;
        BuddyAllocator buddy = zones.get(zone).buddy();
        return order > buddy.rules().maxOrder() ? 0 : Watermarks.shortfall(buddy, order, mark, reserve, movable);
    }

    /** Why the zone did not serve the request: no block of its size, else the watermark that stopped it. */
    ZoneRefusal refusal(int index, int order, Gfp gfp, int highest) {
        ZoneKind kind = zones.get(index).kind();
        BuddyAllocator buddy = zones.get(index).buddy();
        FragmentationSnapshot.ZoneOrders orders = buddy.orders(kind.text());
        int largest = buddy.rules().maxOrder();
        while (largest >= 0 && buddy.freeBlocks(largest) == 0) {
            largest--;
        }
        long free = buddy.freePages();
        int fragmentation = orders.fragmentationIndex(order);
        if (largest >= order && apply(gfp)) {
            long mark = minimum(index, gfp);
            int failed = shortfall(index, order, gfp, highest, mark);
            long usable = free - (1L << order) + 1;
            if (failed == 0) {
                boolean movable = gfp.migrateType() == MigrateType.MOVABLE;
                usable -= movable ? 0 : buddy.freeCmaPages();
                long limit = mark + watermarks.get(index).lowmemReservePages().get(highest);
                return new ZoneRefusal(kind, ZoneRefusal.Cause.WATERMARK, free, usable, limit, largest, fragmentation);
            }
            if (failed > 0) {
                for (int smaller = 0; smaller < failed; smaller++) {
                    usable -= buddy.freeBlocks(smaller) << smaller;
                }
                return new ZoneRefusal(
                        kind, ZoneRefusal.Cause.ORDER_WATERMARK, free, usable, mark >> failed, largest, fragmentation);
            }
        }
        ZoneRefusal.Cause cause = free < 1L << order ? ZoneRefusal.Cause.SHORT : ZoneRefusal.Cause.FRAGMENTED;
        return new ZoneRefusal(kind, cause, free, free, 1L << order, largest, fragmentation);
    }
}
