package org.dmalab.engine.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Places for given numbers of free blocks in a zone, such that no two of them could be merged.
 *
 * <p>Pages are numbered as in {@link FreeLists}. Blocks are placed from the largest order down. A block of order n takes one
 * half of a gap of order n + 1, so that its buddy is never free as a whole; the other half stays a gap for smaller blocks.
 * Whatever gap is chosen, the room left for smaller orders is the same, so that a layout is found if there is one.
 */
final class FreeLayout {
    /** A block on the list of {@code type}. */
    record Block(int page, int order, int type) {}

    private final String zone;
    private final int firstPage;
    private final int endPage;
    private final int maxOrder;
    private final int pageblockOrder;
    private final PageBits absent;
    private final byte[] pageblockTypes;
    private final List<Block> blocks = new ArrayList<>();

    /** Per order: gaps whose buddy cannot be a free block of their order. */
    private final List<ArrayDeque<Integer>> whole = new ArrayList<>();
    /** Per order: gaps beside a free block of their order, which only smaller blocks may use. */
    private final List<ArrayDeque<Integer>> halves = new ArrayList<>();

    private final PageBits kept;
    private final long claimedPages;

    /**
     * A layout with no block yet.
     *
     * @param kept pages that no block may take
     * @param claimedPages how many of them were allocated, as opposed to reserved
     */
    FreeLayout(
            String zone,
            BuddyRules rules,
            int firstPage,
            int endPage,
            PageBits kept,
            long claimedPages,
            PageBits absent,
            byte[] pageblockTypes) {
        this.zone = zone;
        this.firstPage = firstPage;
        this.endPage = endPage;
        this.kept = kept;
        this.claimedPages = claimedPages;
        this.absent = absent;
        this.pageblockTypes = pageblockTypes;
        maxOrder = rules.maxOrder();
        pageblockOrder = rules.pageblockOrder();
    }

    List<Block> blocks() {
        return blocks;
    }

    byte[] pageblockTypes() {
        return pageblockTypes;
    }

    /** Counts pageblocks as {@code /proc/pagetypeinfo} does: from the zone's first page in steps of a pageblock. */
    static long[] count(byte[] types, int firstPage, int endPage, int pageblockOrder, PageBits absent) {
        long[] counts = new long[FreeLists.TYPES];
        for (int page = firstPage; page < endPage; page += 1 << pageblockOrder) {
            counts[types[page >>> pageblockOrder]] += absent.get(page) ? 0 : 1;
        }
        return counts;
    }

    /** Gives the pageblocks the types that are counted. */
    void setPageblocks(PageTypeInfo.ZoneTypes counts) {
        long[] left = new long[FreeLists.TYPES];
        for (MigrateType type : MigrateType.values()) {
            left[type.number()] = counts.pageblocks(type);
            if (left[type.number()] < 0) {
                throw new IllegalArgumentException(
                        "pageblocks must not be negative: zone " + zone + ", " + type + ": " + left[type.number()]);
            }
        }
        long there = Arrays.stream(count(pageblockTypes, firstPage, endPage, pageblockOrder, absent))
                .sum();
        if (Arrays.stream(left).sum() != there) {
            throw new IllegalArgumentException("zone " + zone + " has " + there + " pageblocks: "
                    + Arrays.stream(left).sum() + " are given");
        }
        int cma = MigrateType.CMA.number();
        boolean[] kept = new boolean[pageblockTypes.length];
        for (int page = firstPage; page < endPage; page += 1 << pageblockOrder) {
            int block = page >>> pageblockOrder;
            if (!absent.get(page) && pageblockTypes[block] == cma && left[cma] > 0) {
                kept[block] = true;
                left[cma]--;
            }
        }
        int type = 0;
        for (int page = firstPage; page < endPage; page += 1 << pageblockOrder) {
            int block = page >>> pageblockOrder;
            if (!absent.get(page) && !kept[block]) {
                while (left[type] == 0) {
                    type++;
                }
                pageblockTypes[block] = (byte) type;
                left[type]--;
            }
        }
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
                    "free blocks must not be negative: zone " + zone + ", order " + order + ": " + count);
        }
        for (long left = count; left > 0; left--) {
            int page = order > maxOrder ? FreeLists.NONE : takeGap(order, type);
            if (page == FreeLists.NONE) {
                String what = type < 0 ? "" : " of type " + MigrateType.of(type);
                String claimed = claimedPages == 0
                        ? ""
                        : ": " + claimedPages
                                + " pages of it are in use by the model; restore a state before buffers are"
                                + " allocated, or free them first";
                throw new IllegalArgumentException("zone " + zone + " has no room for " + left + " of " + count
                        + " free blocks of order " + order + what + claimed);
            }
            blocks.add(new Block(page, order, type < 0 ? pageblockTypes[page >>> pageblockOrder] : type));
        }
    }

    private void findGaps() {
        for (int i = 0; i < (maxOrder + 1) * FreeLists.TYPES; i++) {
            whole.add(new ArrayDeque<>());
            halves.add(new ArrayDeque<>());
        }
        int page = firstPage;
        while (page < endPage) {
            if (kept.get(page)) {
                page++;
            } else {
                int end = kept.nextSet(page, endPage);
                while (page < end) {
                    int fits = 31 - Integer.numberOfLeadingZeros(end - page);
                    int order = Math.min(maxOrder, Math.min(fits, Integer.numberOfTrailingZeros(page)));
                    whole.get(gaps(page, order)).add(page);
                    page += 1 << order;
                }
            }
        }
    }

    private int gaps(int page, int order) {
        return order * FreeLists.TYPES + pageblockTypes[page >>> pageblockOrder];
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
