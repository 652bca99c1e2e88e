package org.dmalab.engine.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Places for given numbers of free blocks in a zone, such that no two of them could be merged.
 *
 * <p>Pages are numbered as in {@link FreeLists}. Blocks are placed from the largest order down. A block of order n takes one
 * half of a gap of order n + 1, so that its buddy is never free as a whole; the other half stays a gap for smaller blocks.
 * Whatever gap is chosen, the room left for smaller orders is the same, so that a layout is found if there is one. Reserved
 * pages and those in use are no gaps.
 */
final class FreeLayout {
    /** A block on the list of {@code type}. */
    record Block(int page, int order, int type) {}

    /** At most so many users are named where there is no room. */
    private static final int NAMED_USERS = 4;

    private final String zoneName;
    private final ZonePages zone;
    private final Pageblocks pageblocks;
    private final FrameUse use;
    private final PageBits kept;
    private final int maxOrder;
    private final List<Block> blocks = new ArrayList<>();

    /** Per order and type: gaps whose buddy cannot be a free block of their order. */
    private final List<ArrayDeque<Integer>> whole = new ArrayList<>();
    /** Per order and type: gaps beside a free block of their order, which only smaller blocks may use. */
    private final List<ArrayDeque<Integer>> halves = new ArrayList<>();

    /**
     * No block yet.
     *
     * @param pageblocks the zone's types, to be changed here
     * @param use who has which page: what is in use stays where it is
     */
    FreeLayout(String zoneName, BuddyRules rules, ZonePages zone, Pageblocks pageblocks, FrameUse use) {
        this.zoneName = zoneName;
        this.zone = zone;
        this.pageblocks = pageblocks;
        this.use = use;
        kept = zone.kept(use);
        maxOrder = rules.maxOrder();
    }

    List<Block> blocks() {
        return blocks;
    }

    Pageblocks pageblocks() {
        return pageblocks;
    }

    /** The pages that are reserved or stay in use. */
    PageBits kept() {
        return kept;
    }

    /** Gives the pageblocks the types that are counted. */
    void setPageblocks(PageTypeInfo.ZoneTypes counts) {
        long[] wanted = new long[FreeLists.TYPES];
        for (MigrateType type : MigrateType.values()) {
            wanted[type.number()] = counts.pageblocks(type);
            if (wanted[type.number()] < 0) {
                throw new IllegalArgumentException("pageblocks must not be negative: zone " + zoneName + ", " + type
                        + ": " + wanted[type.number()]);
            }
        }
        long there = Arrays.stream(pageblocks.count()).sum();
        boolean fits = Arrays.stream(wanted).allMatch(count -> count <= there);
        if (!fits || Arrays.stream(wanted).sum() != there) {
            throw new IllegalArgumentException("zone " + zoneName + " has " + there + " pageblocks: "
                    + Arrays.stream(wanted).sum() + " are given; Soc.like(types) makes a machine that fits");
        }
        pageblocks.setCounts(zoneName, wanted);
    }

    /** Places blocks of all orders on the lists of their pageblocks' types. */
    void placeAll(List<Long> freeBlocks) {
        findGaps();
        for (int order = freeBlocks.size() - 1; order >= 0; order--) {
            place(order, -1, freeBlocks.get(order));
        }
    }

    /** Places blocks of all orders and types. */
    void placeAll(PageTypeInfo.ZoneTypes types) {
        findGaps();
        for (int order = types.orders() - 1; order >= 0; order--) {
            for (MigrateType type : MigrateType.values()) {
                place(order, type.number(), types.freeBlocks(type, order));
            }
        }
    }

    private void place(int order, int type, long count) {
        if (count < 0) {
            throw new IllegalArgumentException(
                    "free blocks must not be negative: zone " + zoneName + ", order " + order + ": " + count);
        }
        for (long left = count; left > 0; left--) {
            int page = order > maxOrder ? FreeLists.NONE : takeGap(order, type);
            if (page == FreeLists.NONE) {
                String what = type < 0 ? "" : " of type " + MigrateType.of(type);
                throw new IllegalArgumentException("zone " + zoneName + " has no room for " + left + " of " + count
                        + " free blocks of order " + order + what + usersInTheWay());
            }
            blocks.add(new Block(page, order, type < 0 ? pageblocks.type(page) : type));
        }
    }

    private void findGaps() {
        for (int i = 0; i < (maxOrder + 1) * FreeLists.TYPES; i++) {
            whole.add(new ArrayDeque<>());
            halves.add(new ArrayDeque<>());
        }
        int page = zone.first();
        while (page < zone.end()) {
            if (kept.get(page)) {
                page++;
            } else {
                int end = kept.nextSet(page, zone.end());
                while (page < end) {
                    int fits = 31 - Integer.numberOfLeadingZeros(end - page);
                    int order = Math.min(maxOrder, Math.min(fits, Integer.numberOfTrailingZeros(page)));
                    whole.get(gaps(page, order)).add(page);
                    page += 1 << order;
                }
            }
        }
    }

    /** Who keeps pages in use, most pages first; empty if nobody does. */
    private String usersInTheWay() {
        Map<String, Long> pagesOf = new TreeMap<>();
        long all = 0;
        for (int page = zone.first(); page < zone.end(); page++) {
            if (kept.get(page) && zone.inUse().get(page)) {
                pagesOf.merge(use.user(zone.pfn(page)), 1L, Long::sum);
                all++;
            }
        }
        if (all == 0) {
            return "";
        }
        List<String> users = pagesOf.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(NAMED_USERS)
                .map(user -> user.getKey() + ": " + PageRange.count(user.getValue()))
                .toList();
        String more = pagesOf.size() > NAMED_USERS ? ", and " + (pagesOf.size() - NAMED_USERS) + " more" : "";
        return " beside what is in use, free that first or restore a machine that has just booted ["
                + PageRange.count(all) + " in use] [" + String.join(", ", users) + more + "]";
    }

    private int gaps(int page, int order) {
        return order * FreeLists.TYPES + pageblocks.type(page);
    }

    /** The smallest gap in a pageblock of {@code type} or else of any, and what is not needed of it back. */
    private int takeGap(int order, int type) {
        int page = type < 0 ? FreeLists.NONE : takeGapOf(order, type);
        for (int any = 0; page == FreeLists.NONE && any < FreeLists.TYPES; any++) {
            page = takeGapOf(order, any);
        }
        return page;
    }

    private int takeGapOf(int order, int type) {
        Integer page = whole.get(order * FreeLists.TYPES + type).poll();
        if (page != null) {
            return page;
        }
        for (int larger = order + 1; larger <= maxOrder; larger++) {
            page = halves.get(larger * FreeLists.TYPES + type).poll();
            if (page == null) {
                page = whole.get(larger * FreeLists.TYPES + type).poll();
            }
            if (page != null) {
                for (int half = larger - 1; half > order; half--) {
                    int high = page + (1 << half);
                    whole.get(gaps(high, half)).add(high);
                }
                int buddy = page + (1 << order);
                halves.get(gaps(buddy, order)).add(buddy);
                return page;
            }
        }
        return FreeLists.NONE;
    }
}
