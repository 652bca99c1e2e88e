package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.PageSize;

/**
 * How far one zone may be emptied, in pages ({@code mm/page_alloc.c} of Linux 3.14).
 *
 * @param minPages below it only callers that cannot wait get pages
 * @param lowPages below it a request looks into the other zones first, and reclaim starts
 * @param highPages where reclaim stops
 * @param lowmemReservePages kept from requests that could have used a higher zone: per zone of the machine, from low to
 *     high, for requests whose highest zone it is ({@code lowmem_reserve})
 */
public record Watermarks(long minPages, long lowPages, long highPages, List<Long> lowmemReservePages) {
    private static final long LEAST_KBYTES = 128;
    private static final long MOST_KBYTES = 65536;
    /** {@code SWAP_CLUSTER_MAX} and the other end of what a HighMem zone keeps. */
    private static final long LEAST_HIGHMEM_PAGES = 32;

    private static final long MOST_HIGHMEM_PAGES = 128;

    public Watermarks {
        if (minPages < 0 || lowPages < minPages || highPages < lowPages) {
            throw new IllegalArgumentException("watermarks must ascend [min=" + minPages + " pages] [low=" + lowPages
                    + " pages] [high=" + highPages + " pages]");
        }
        lowmemReservePages = List.copyOf(lowmemReservePages);
    }

    /** {@code min_free_kbytes} by default: the square root of 16 times the managed lowmem in KiB, 128..65536. */
    public static long minFreeKbytes(List<PageAllocator.Zone> zones) {
        long kbytes = lowmemPages(zones) << (PageSize.PAGE_SHIFT - 10);
        long root = (long) Math.sqrt((double) (kbytes * 16));
        return Math.max(LEAST_KBYTES, Math.min(MOST_KBYTES, root));
    }

    /** The watermarks of {@code zones}, from low to high, by the default {@link #minFreeKbytes(List)}. */
    public static List<Watermarks> of(List<PageAllocator.Zone> zones) {
        return of(zones, minFreeKbytes(zones));
    }

    /**
     * {@code __setup_per_zone_wmarks} and {@code setup_per_zone_lowmem_reserve}: lowmem zones share {@code minFreeKbytes} by
     * their size; HighMem keeps a 1024th of itself, 32..128 pages.
     *
     * @param minFreeKbytes {@code vm.min_free_kbytes}, at least 0
     */
    public static List<Watermarks> of(List<PageAllocator.Zone> zones, long minFreeKbytes) {
        if (minFreeKbytes < 0 || minFreeKbytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("min_free_kbytes must be 0..2147483647: " + minFreeKbytes);
        }
        long pages = minFreeKbytes >>> (PageSize.PAGE_SHIFT - 10);
        long lowmem = Math.max(1, lowmemPages(zones));
        List<Watermarks> all = new ArrayList<>();
        for (int i = 0; i < zones.size(); i++) {
            long managed = zones.get(i).buddy().managedPages();
            long share = pages * managed / lowmem;
            long min = isHighmem(zones, i)
                    ? Math.max(LEAST_HIGHMEM_PAGES, Math.min(MOST_HIGHMEM_PAGES, managed / 1024))
                    : share;
            all.add(new Watermarks(min, min + share / 4, min + share / 2, reserves(zones, i)));
        }
        return all;
    }

    private static long lowmemPages(List<PageAllocator.Zone> zones) {
        long pages = 0;
        for (int i = 0; i < zones.size(); i++) {
            pages += isHighmem(zones, i) ? 0 : zones.get(i).buddy().managedPages();
        }
        return pages;
    }

    /** {@code is_highmem}: HighMem, and Movable if it was taken from HighMem. */
    private static boolean isHighmem(List<PageAllocator.Zone> zones, int zone) {
        ZoneKind kind = zones.get(zone).kind();
        boolean fromHighmem =
                kind == ZoneKind.MOVABLE && zones.stream().anyMatch(other -> other.kind() == ZoneKind.HIGHMEM);
        return kind == ZoneKind.HIGHMEM || fromHighmem;
    }

    /** What the zones above hold, up to the one a request starts at, divided by {@code lowmem_reserve_ratio}. */
    private static List<Long> reserves(List<PageAllocator.Zone> zones, int zone) {
        long above = 0;
        List<Long> reserves = new ArrayList<>();
        for (int start = 0; start < zones.size(); start++) {
            above += start > zone ? zones.get(start).buddy().managedPages() : 0;
            reserves.add(above / ratio(zones.get(zone).kind()));
        }
        return reserves;
    }

    /** {@code sysctl_lowmem_reserve_ratio}. */
    private static int ratio(ZoneKind kind) {
        return kind.compareTo(ZoneKind.NORMAL) < 0 ? 256 : 32;
    }

    /**
     * {@code __zone_watermark_ok}: whether taking {@code 2^order} pages leaves enough of them, and of larger blocks.
     *
     * @param mark the watermark in pages, already lowered for the caller
     * @param reserve what of {@link #lowmemReservePages} applies
     * @return -1 if it does; 0 if free pages are too few; else the order whose larger blocks hold too few
     */
    static int shortfall(BuddyAllocator zone, int order, long mark, long reserve, boolean mayUseCma) {
        long free = zone.freePages() - ((1L << order) - 1);
        long usable = mayUseCma ? free : free - zone.freeCmaPages();
        if (usable <= mark + reserve) {
            return 0;
        }
        long min = mark;
        for (int smaller = 0; smaller < order; smaller++) {
            free -= zone.freeBlocks(smaller) << smaller;
            min >>= 1;
            if (free <= min) {
                return smaller + 1;
            }
        }
        return -1;
    }
}
