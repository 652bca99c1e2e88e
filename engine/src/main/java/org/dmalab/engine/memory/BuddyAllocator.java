package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/**
 * The free memory of one zone in blocks of {@code 2^order} pages, each a multiple of its own size, split and merged in
 * pairs ({@code mm/page_alloc.c} of Linux 3.14).
 *
 * <p>Without per-CPU lists and watermarks: what is asked for comes from the lists at once, down to the last page.
 */
public final class BuddyAllocator {
    /** The largest order; {@code MAX_ORDER - 1} in the kernel of the time. */
    public static final int MAX_ORDER = 10;
    /** The order of a pageblock, the unit that has a migrate type. */
    public static final int PAGEBLOCK_ORDER = 10;
    /** The pages of a pageblock: 4 MiB. */
    public static final int PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

    private static final long MOST_PAGES = 1L << 30;

    /** Per wanted type, the types to borrow from, best first ({@code fallbacks[]}); RESERVE comes after all of them. */
    private static final MigrateType[][] FALLBACKS = {
        {MigrateType.RECLAIMABLE, MigrateType.MOVABLE},
        {MigrateType.UNMOVABLE, MigrateType.MOVABLE},
        {MigrateType.CMA, MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE},
    };

    private final long startPfn;
    private final long pages;
    /** The pfn of page 0 in {@link #lists}: {@link #startPfn} rounded down to a pageblock. */
    private final long basePfn;

    private final TraceSink trace;
    private final FallbackSink fallbacks;
    private final FreeLists lists;
    private final PageBits inUse;
    private final PageBits reserved;
    private final byte[] pageblockTypes;
    private long freePages;
    private long pagesInUse;

    /**
     * The allocator after boot: all pages free, all pageblocks MOVABLE.
     *
     * @param startPfn the zone's first page frame
     * @param pages how many page frames follow, at least 1
     */
    public BuddyAllocator(long startPfn, long pages, TraceSink trace) {
        this(startPfn, pages, trace, FallbackSink.NONE);
    }

    /** The same, which tells {@code fallbacks} what it served from other types. */
    public BuddyAllocator(long startPfn, long pages, TraceSink trace, FallbackSink fallbacks) {
        if (startPfn < 0 || pages < 1 || pages > MOST_PAGES || startPfn > Long.MAX_VALUE >> PageSize.PAGE_SHIFT) {
            throw new IllegalArgumentException("zone must have 1.." + MOST_PAGES + " pages [start pfn="
                    + Addresses.hex(startPfn) + "] [pages=" + pages + "]");
        }
        this.startPfn = startPfn;
        this.pages = pages;
        this.trace = trace;
        this.fallbacks = fallbacks;
        basePfn = startPfn & -PAGEBLOCK_PAGES;
        int pageblocks = (int) ((startPfn + pages - basePfn + PAGEBLOCK_PAGES - 1) >>> PAGEBLOCK_ORDER);
        lists = new FreeLists(pageblocks);
        inUse = new PageBits(pageblocks);
        reserved = new PageBits(pageblocks);
        pageblockTypes = new byte[pageblocks];
        Arrays.fill(pageblockTypes, (byte) MigrateType.MOVABLE.number());
        releaseAtBoot();
    }

    /** The zone's first page frame. */
    public long startPfn() {
        return startPfn;
    }

    /** How many page frames the zone spans. */
    public long pages() {
        return pages;
    }

    /** Pages on the free lists. */
    public long freePages() {
        return freePages;
    }

    /** Free blocks of exactly {@code order}, of all types. */
    public long freeBlocks(int order) {
        checkOrder(order);
        long blocks = 0;
        for (int type = 0; type <= MigrateType.ISOLATE.number(); type++) {
            blocks += lists.blocks(order, type);
        }
        return blocks;
    }

    /** Free blocks of exactly {@code order} on the list of {@code type}. */
    public long freeBlocks(int order, MigrateType type) {
        checkOrder(order);
        return lists.blocks(order, type.number());
    }

    /** The counts of all orders, as {@code /proc/buddyinfo} shows them for {@code zone}. */
    public FragmentationSnapshot.ZoneOrders orders(String zone) {
        List<Long> blocks = new ArrayList<>();
        for (int order = 0; order <= MAX_ORDER; order++) {
            blocks.add(freeBlocks(order));
        }
        return new FragmentationSnapshot.ZoneOrders(0, zone, blocks);
    }

    /** The type of the pageblock that {@code pfn} lies in. */
    public MigrateType pageblockType(long pfn) {
        return MigrateType.of(pageblockTypes[page(pfn, 1) >>> PAGEBLOCK_ORDER]);
    }

    /**
     * {@code set_pageblock_migratetype}: what is freed from now on in the pageblock of {@code pfn} goes to the lists of
     * {@code type}; what is on a list stays there.
     */
    public void setPageblockType(long pfn, MigrateType type) {
        pageblockTypes[page(pfn, 1) >>> PAGEBLOCK_ORDER] = (byte) type.number();
    }

    /**
     * Takes the first page frame of a block of {@code 2^order} pages, or nothing if no block is large enough.
     *
     * @param order 0..10
     * @param type UNMOVABLE, RECLAIMABLE or MOVABLE
     */
    public OptionalLong alloc(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? OptionalLong.empty() : OptionalLong.of(basePfn + page);
    }

    private int take(int order, MigrateType type) {
        checkOrder(order);
        if (!type.canBeAskedFor()) {
            throw new IllegalArgumentException("allocation must be UNMOVABLE, RECLAIMABLE or MOVABLE: " + type);
        }
        int page = takeSmallest(order, type.number());
        if (page == FreeLists.NONE) {
            page = takeFallback(order, type);
            if (page == FreeLists.NONE) {
                return page;
            }
        }
        inUse.set(page, 1 << order);
        freePages -= 1L << order;
        pagesInUse += 1L << order;
        trace.pageAllocated(basePfn + page, order, type.number());
        return page;
    }

    /** {@code __rmqueue_smallest}: the head of the first list that has a large enough block of exactly this type. */
    private int takeSmallest(int order, int type) {
        for (int found = order; found <= MAX_ORDER; found++) {
            int page = lists.first(found, type);
            if (page != FreeLists.NONE) {
                lists.remove(page, found);
                expand(page, order, found, type);
                return page;
            }
        }
        return FreeLists.NONE;
    }

    /** Gives the upper halves back until a block of {@code order} is left; the low half is kept each time. */
    private void expand(int page, int order, int found, int type) {
        for (int half = found - 1; half >= order; half--) {
            lists.addFirst(page + (1 << half), half, type);
        }
    }

    /** {@code __rmqueue_fallback}, then the reserve: from the largest order down, the first type of the table that has one. */
    private int takeFallback(int order, MigrateType wanted) {
        for (int found = MAX_ORDER; found >= order; found--) {
            for (MigrateType fallback : FALLBACKS[wanted.number()]) {
                int page = lists.first(found, fallback.number());
                if (page != FreeLists.NONE) {
                    MigrateType remainder = steal(page, found, wanted, fallback);
                    lists.remove(page, found);
                    expand(page, order, found, remainder.number());
                    fallbacks.fellBack(basePfn + page, order, found, wanted, fallback, remainder);
                    return page;
                }
            }
        }
        int page = takeSmallest(order, MigrateType.RESERVE.number());
        if (page != FreeLists.NONE) {
            fallbacks.tookReserve(basePfn + page);
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
        if (found >= PAGEBLOCK_ORDER) {
            pageblockTypes[page >>> PAGEBLOCK_ORDER] = (byte) wanted.number();
            return wanted;
        }
        if (found >= PAGEBLOCK_ORDER / 2 || wanted == MigrateType.RECLAIMABLE) {
            if (moveFreePages(page, wanted) >= PAGEBLOCK_PAGES / 2) {
                pageblockTypes[page >>> PAGEBLOCK_ORDER] = (byte) wanted.number();
            }
            return wanted;
        }
        return fallback;
    }

    /**
     * {@code move_freepages_block}: puts every free block of the pageblock at the head of a list of {@code type},
     * ascending. A zone that begins inside the pageblock is searched from {@code page} on; one that ends inside, not at all.
     *
     * @return how many pages were moved
     */
    private int moveFreePages(int page, MigrateType type) {
        int start = page & -PAGEBLOCK_PAGES;
        int end = start + PAGEBLOCK_PAGES;
        if (basePfn + end > startPfn + pages) {
            return 0;
        }
        if (basePfn + start < startPfn) {
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

    /**
     * Gives a block back: one that was allocated, or an aligned part of one ({@code split_page}).
     *
     * @throws IllegalArgumentException if any of its pages is not in use, or {@code pfn} is not a multiple of the block's
     *     size
     */
    public void free(long pfn, int order) {
        checkOrder(order);
        int page = page(pfn, 1 << order);
        checkAligned(pfn, order);
        if (!inUse.allSet(page, 1 << order)) {
            throw new IllegalArgumentException("free of pages that are not in use: " + describe(page, order));
        }
        inUse.clear(page, 1 << order);
        pagesInUse -= 1L << order;
        putBack(page, order);
        trace.pageFreed(pfn, order);
    }

    /** {@code __free_one_page}: merges with free buddies, then lists what came out of it. */
    private void putBack(int page, int order) {
        freePages += 1L << order;
        int type = pageblockTypes[page >>> PAGEBLOCK_ORDER];
        int at = page;
        int size = order;
        while (size < MAX_ORDER) {
            int buddy = at ^ (1 << size);
            if (!lists.isFree(buddy, size)) {
                break;
            }
            lists.remove(buddy, size);
            at &= buddy;
            size++;
        }
        if (mayMergeTwice(at, size)) {
            lists.addLast(at, size, type);
        } else {
            lists.addFirst(at, size, type);
        }
    }

    /**
     * Whether the block would merge twice if its buddy came back: it goes to the tail, where it is taken last. A pair that
     * begins below the zone never forms.
     */
    private boolean mayMergeTwice(int page, int order) {
        int pair = page & -(2 << order);
        return order < MAX_ORDER - 1 && basePfn + pair >= startPfn && lists.isFree(pair ^ (2 << order), order + 1);
    }

    /**
     * Keeps pages from the allocator, as the kernel image, reserved memory and CMA areas are kept at boot. The lists are
     * then as if the pages had never been given to it.
     *
     * @throws IllegalArgumentException if a page was allocated before, or the range leaves the zone
     */
    public void reserve(long pfn, long count) {
        int page = page(pfn, count);
        if (pagesInUse != 0) {
            throw new IllegalArgumentException("memory is reserved at boot, before the first allocation [pfn="
                    + Addresses.hex(pfn) + "] [pages in use=" + pagesInUse + "]");
        }
        for (long left = count; left > 0; ) {
            int part = (int) Math.min(left, PAGEBLOCK_PAGES - (page & (PAGEBLOCK_PAGES - 1)));
            reserved.set(page, part);
            page += part;
            left -= part;
        }
        releaseAtBoot();
    }

    /**
     * Gives a reserved block to the allocator: memory of the initial ramdisk, or a pageblock of a CMA area
     * ({@code init_cma_reserved_pageblock}).
     *
     * @throws IllegalArgumentException if any of its pages is not reserved
     */
    public void release(long pfn, int order) {
        checkOrder(order);
        int page = page(pfn, 1 << order);
        checkAligned(pfn, order);
        if (!reserved.allSet(page, 1 << order)) {
            throw new IllegalArgumentException("release of pages that are not reserved: " + describe(page, order));
        }
        reserved.clear(page, 1 << order);
        putBack(page, order);
    }

    /** {@code __free_pages_memory}: what is not reserved, ascending, in the largest blocks that alignment allows. */
    private void releaseAtBoot() {
        lists.clear();
        freePages = 0;
        int page = (int) (startPfn - basePfn);
        int zoneEnd = (int) (startPfn + pages - basePfn);
        while (page < zoneEnd) {
            if (reserved.get(page)) {
                page++;
            } else {
                int end = reserved.nextSet(page, zoneEnd);
                while (page < end) {
                    int fits = 31 - Integer.numberOfLeadingZeros(end - page);
                    int order = Math.min(MAX_ORDER, Math.min(fits, Integer.numberOfTrailingZeros(page)));
                    putBack(page, order);
                    page += 1 << order;
                }
            }
        }
    }

    /** Whether {@code pfn} lies in a free block. */
    public boolean isFree(long pfn) {
        int page = page(pfn, 1);
        return !inUse.get(page) && !reserved.get(page);
    }

    /** Whether {@code pfn} is kept from the allocator. */
    public boolean isReserved(long pfn) {
        return reserved.get(page(pfn, 1));
    }

    private static void checkOrder(int order) {
        if (order < 0 || order > MAX_ORDER) {
            throw new IllegalArgumentException("order must be 0..10: " + order);
        }
    }

    private static void checkAligned(long pfn, int order) {
        if ((pfn & ((1L << order) - 1)) != 0) {
            throw new IllegalArgumentException("block of order " + order + " must begin at a multiple of "
                    + (1 << order) + " pages: " + Addresses.hex(pfn));
        }
    }

    private int page(long pfn, long count) {
        if (count < 1 || pfn < startPfn || pfn - startPfn >= pages || count > pages - (pfn - startPfn)) {
            throw new IllegalArgumentException("pages lie outside the zone [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [zone=" + Addresses.hex(startPfn) + " + " + pages + " pages]");
        }
        return (int) (pfn - basePfn);
    }

    private String describe(int page, int order) {
        int at = page;
        while (inUse.get(at) && at < page + (1 << order) - 1) {
            at++;
        }
        String state = reserved.get(at) ? "reserved" : inUse.get(at) ? "in use" : "free";
        return "[pfn=" + Addresses.hex(basePfn + page) + "] [order=" + order + "] [page " + Addresses.hex(basePfn + at)
                + " is " + state + "]";
    }

    /**
     * Walks all lists and all pages.
     *
     * @throws AssertionError if a page is in two states or in none, a block is misplaced, or two free buddies lie unmerged
     */
    public void checkInvariants() {
        lists.checkInvariants();
        BitSet free = new BitSet();
        for (int order = 0; order <= MAX_ORDER; order++) {
            for (int type = 0; type <= MigrateType.ISOLATE.number(); type++) {
                for (int page = lists.first(order, type); page != FreeLists.NONE; page = lists.next(page, order)) {
                    checkBlock(page, order, free);
                }
            }
        }
        long used = 0;
        for (int page = (int) (startPfn - basePfn); page < startPfn + pages - basePfn; page++) {
            int states = (free.get(page) ? 1 : 0) + (inUse.get(page) ? 1 : 0) + (reserved.get(page) ? 1 : 0);
            if (states != 1) {
                throw new AssertionError("page must be free, in use or reserved: " + describe(page, 0));
            }
            used += inUse.get(page) ? 1 : 0;
        }
        if (free.cardinality() != freePages || used != pagesInUse) {
            throw new AssertionError("page counts disagree [free=" + free.cardinality() + ", counted " + freePages
                    + "] [in use=" + used + ", counted " + pagesInUse + "]");
        }
    }

    private void checkBlock(int page, int order, BitSet free) {
        String block = "free block of order " + order + " at pfn " + Addresses.hex(basePfn + page);
        long pfn = basePfn + page;
        if (pfn < startPfn || pfn + (1L << order) > startPfn + pages || (page & ((1 << order) - 1)) != 0) {
            throw new AssertionError(block + " is misaligned or leaves the zone");
        }
        int overlap = free.nextSetBit(page);
        if (overlap >= 0 && overlap < page + (1 << order)) {
            throw new AssertionError(block + " overlaps another at pfn " + Addresses.hex(basePfn + overlap));
        }
        free.set(page, page + (1 << order));
        if (order < MAX_ORDER && lists.isFree(page ^ (1 << order), order)) {
            throw new AssertionError(block + " has a free buddy and was not merged");
        }
    }

    /** {@code 512 MiB free of 744 MiB from pfn 0x00040000}. */
    @Override
    public String toString() {
        return Bytes.text(freePages << PageSize.PAGE_SHIFT) + " free of " + Bytes.text(pages << PageSize.PAGE_SHIFT)
                + " from pfn " + Addresses.hex(startPfn);
    }
}
