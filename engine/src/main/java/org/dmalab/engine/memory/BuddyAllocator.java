package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/**
 * The free memory of one zone in blocks of {@code 2^order} pages, each a multiple of its own size, split and merged in
 * pairs ({@code mm/page_alloc.c} of Linux 3.14).
 *
 * <p>A zone may span holes in RAM; their pages are never free and never merged over. Without per-CPU lists: what is asked
 * for comes from the lists at once, down to the last page. Watermarks are {@link PageAllocator}'s.
 */
public final class BuddyAllocator {
    /** The usual largest order; {@code MAX_ORDER - 1} in the kernel of the time. */
    public static final int MAX_ORDER = 10;
    /** The usual order of a pageblock, the unit that has a migrate type. */
    public static final int PAGEBLOCK_ORDER = 10;
    /** The pages of a usual pageblock: 4 MiB. */
    public static final int PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

    private final BuddyRules rules;
    private final int maxOrder;
    private final TraceSink trace;
    private final ZonePages zone;
    private final Pageblocks pageblocks;
    private final FreeBlocks blocks;
    private final BuddyFallback fallback;
    private final BuddyBoot boot;

    /**
     * The allocator of Linux 3.14 after boot: all pages free, all pageblocks MOVABLE.
     *
     * @param startPfn the zone's first page frame
     * @param pages how many page frames follow, at least 1
     */
    public BuddyAllocator(long startPfn, long pages, TraceSink trace) {
        this(startPfn, pages, trace, FallbackSink.NONE);
    }

    /** The same, which tells {@code fallbacks} what it served from other types. */
    public BuddyAllocator(long startPfn, long pages, TraceSink trace, FallbackSink fallbacks) {
        this(BuddyRules.of(Era.V3_14), List.of(new PageRange(startPfn, pages)), trace, fallbacks);
    }

    /**
     * The allocator of a zone after boot: all present pages free, all pageblocks MOVABLE.
     *
     * @param present the RAM in the zone, ascending and apart; the zone spans it all and what lies between is a hole
     */
    public BuddyAllocator(BuddyRules rules, List<PageRange> present, TraceSink trace) {
        this(rules, present, trace, FallbackSink.NONE);
    }

    BuddyAllocator(BuddyRules rules, List<PageRange> present, TraceSink trace, FallbackSink fallbacks) {
        this.rules = rules;
        this.trace = trace;
        maxOrder = rules.maxOrder();
        zone = new ZonePages(rules, present);
        pageblocks = new Pageblocks(zone, rules.pageblockOrder());
        blocks = new FreeBlocks(zone, pageblocks, maxOrder);
        fallback = new BuddyFallback(zone, pageblocks, blocks, rules, fallbacks, trace);
        boot = new BuddyBoot(zone, pageblocks, blocks);
        boot.releaseAll();
    }

    /** Whose decisions it takes. */
    public BuddyRules rules() {
        return rules;
    }

    /** The zone's first page frame. */
    public long startPfn() {
        return zone.startPfn();
    }

    /** How many page frames the zone spans, holes included. */
    public long pages() {
        return zone.pages();
    }

    /** How many of them are RAM. */
    public long presentPages() {
        return zone.presentPages();
    }

    /** How many of them this allocator hands out: RAM that is not reserved. */
    public long managedPages() {
        return zone.managedPages();
    }

    /** Pages on the free lists. */
    public long freePages() {
        return blocks.freePages();
    }

    /** Free blocks of exactly {@code order}, of all types. */
    public long freeBlocks(int order) {
        checkOrder(order);
        long free = 0;
        for (int type = 0; type < FreeLists.TYPES; type++) {
            free += blocks.lists().blocks(order, type);
        }
        return free;
    }

    /** Free blocks of exactly {@code order} on the list of {@code type}. */
    public long freeBlocks(int order, MigrateType type) {
        checkOrder(order);
        return blocks.lists().blocks(order, type.number());
    }

    /** The counts of all orders, as {@code /proc/buddyinfo} shows them for {@code zoneName}. */
    public FragmentationSnapshot.ZoneOrders orders(String zoneName) {
        List<Long> free = new ArrayList<>();
        for (int order = 0; order <= maxOrder; order++) {
            free.add(freeBlocks(order));
        }
        return new FragmentationSnapshot.ZoneOrders(0, zoneName, free);
    }

    /** The counts of all types and orders, as {@code /proc/pagetypeinfo} shows them for {@code zoneName}. */
    public PageTypeInfo.ZoneTypes types(String zoneName) {
        long[] counts = pageblocks.count();
        List<PageTypeInfo.TypeOrders> types = new ArrayList<>();
        for (MigrateType type : MigrateType.values()) {
            List<Long> free = new ArrayList<>();
            for (int order = 0; order <= maxOrder; order++) {
                free.add(freeBlocks(order, type));
            }
            types.add(new PageTypeInfo.TypeOrders(type, free, counts[type.number()]));
        }
        return new PageTypeInfo.ZoneTypes(0, zoneName, types);
    }

    /** The type of the pageblock that {@code pfn} lies in. */
    public MigrateType pageblockType(long pfn) {
        return MigrateType.of(pageblocks.type(zone.number(pfn, 1)));
    }

    /**
     * {@code set_pageblock_migratetype}: what is freed from now on in the pageblock of {@code pfn} goes to the lists of
     * {@code type}; what is on a list stays there.
     */
    public void setPageblockType(long pfn, MigrateType type) {
        pageblocks.set(zone.number(pfn, 1), type);
    }

    /** The pageblock of {@code pfn} is CMA for good: it belongs to a contiguous memory area. */
    void setPageblockOfArea(long pfn) {
        pageblocks.setOfArea(zone.number(pfn, 1));
    }

    /**
     * Takes the first page frame of a block of {@code 2^order} pages, or nothing if no block is large enough.
     *
     * @param order 0..{@link BuddyRules#maxOrder}
     * @param type UNMOVABLE, RECLAIMABLE or MOVABLE
     */
    public OptionalLong alloc(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? OptionalLong.empty() : OptionalLong.of(zone.pfn(page));
    }

    /** As {@link #alloc}, with -1 for nothing: the caller that runs often makes no garbage. */
    long allocPfn(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? FreeLists.NONE : zone.pfn(page);
    }

    private int take(int order, MigrateType type) {
        checkOrder(order);
        if (!type.canBeAskedFor()) {
            throw new IllegalArgumentException("allocation must be UNMOVABLE, RECLAIMABLE or MOVABLE: " + type);
        }
        int page = blocks.takeSmallest(order, type.number());
        if (page == FreeLists.NONE) {
            page = fallback.take(order, type);
            if (page == FreeLists.NONE) {
                return page;
            }
        }
        zone.take(page, order);
        trace.pageAllocated(zone.pfn(page), order, type.number());
        return page;
    }

    /**
     * Gives a block back: one that was allocated, or an aligned part of one ({@code split_page}).
     *
     * @throws IllegalArgumentException if any of its pages is not in use, or {@code pfn} is not a multiple of the block's
     *     size
     */
    public void free(long pfn, int order) {
        checkOrder(order);
        int page = zone.number(pfn, 1 << order);
        checkAligned(pfn, order);
        if (!zone.giveBack(page, order)) {
            throw new IllegalArgumentException("free of pages that are not in use: " + zone.describe(page, order));
        }
        blocks.putBack(page, order);
        trace.pageFreed(pfn, order);
    }

    /**
     * Keeps pages from the allocator, as the kernel image, reserved memory and CMA areas are kept at boot. The lists are
     * then as if the pages had never been given to it.
     *
     * @throws IllegalArgumentException if a page was allocated before, or the range leaves the zone
     */
    public void reserve(long pfn, long count) {
        boot.reserve(pfn, count);
    }

    /**
     * Gives a reserved block to the allocator: memory of the initial ramdisk, or a pageblock of a CMA area
     * ({@code init_cma_reserved_pageblock}).
     *
     * @throws IllegalArgumentException if any of its pages is not reserved
     */
    public void release(long pfn, int order) {
        checkOrder(order);
        int page = zone.number(pfn, 1 << order);
        checkAligned(pfn, order);
        boot.release(page, order);
    }

    /**
     * {@code setup_zone_migrate_reserve}: the first one or two wholly present, unreserved and movable pageblocks become
     * RESERVE, as many as hold {@code minPages}, with the free blocks in them.
     *
     * @param minPages the zone's minimum watermark
     */
    public void reservePageblocks(long minPages) {
        boot.reservePageblocks(minPages);
    }

    /** Places for free blocks in the managed pages that nobody known has, to be filled and given to {@link #adopt}. */
    FreeLayout layout(String zoneName, FrameUse use) {
        return new FreeLayout(zoneName, rules, zone, pageblocks.copy(), use);
    }

    /** Takes over the free blocks and pageblock types of {@code layout}; somebody unknown has what was free beside them. */
    void adopt(FreeLayout layout) {
        pageblocks.become(layout.pageblocks());
        zone.takeAllBut(layout.kept());
        blocks.clear();
        for (FreeLayout.Block block : layout.blocks()) {
            boolean wasTaken = zone.giveBack(block.page(), block.order());
            assert wasTaken;
            blocks.addLast(block.page(), block.order(), block.type());
        }
    }

    /** Whether {@code pfn} lies in a free block. */
    public boolean isFree(long pfn) {
        return zone.isFree(zone.number(pfn, 1));
    }

    /** Whether {@code pfn} is kept from the allocator; so is a page of a hole. */
    public boolean isReserved(long pfn) {
        return zone.reserved().get(zone.number(pfn, 1));
    }

    /** Whether {@code pfn} is RAM. */
    public boolean isPresent(long pfn) {
        return !zone.absent().get(zone.number(pfn, 1));
    }

    /** Whether {@code pfn} is allocated. */
    boolean isInUse(long pfn) {
        return zone.inUse().get(zone.number(pfn, 1));
    }

    /** Whether {@code pfn} is in use of somebody of whom only that is known, since a restore. */
    boolean isUnknown(long pfn) {
        return zone.isUnknown(zone.number(pfn, 1));
    }

    /** {@code pfn}, in use, takes the place of a page for which {@link #isUnknown} held. */
    void setUnknown(long pfn) {
        zone.setUnknown(zone.number(pfn, 1));
    }

    /** Free pages in CMA pageblocks' lists, which only movable requests may take ({@code NR_FREE_CMA_PAGES}). */
    long freeCmaPages() {
        return blocks.freePages(MigrateType.CMA);
    }

    private void checkOrder(int order) {
        if (order < 0 || order > maxOrder) {
            throw new IllegalArgumentException("order must be 0.." + maxOrder + ": " + order);
        }
    }

    private static void checkAligned(long pfn, int order) {
        if ((pfn & ((1L << order) - 1)) != 0) {
            throw new IllegalArgumentException("block of order " + order + " must begin at a multiple of "
                    + (1 << order) + " pages: " + Addresses.hex(pfn));
        }
    }

    /**
     * Walks all lists and all pages.
     *
     * @throws AssertionError if a page is in two states or in none, a block is misplaced, or two free buddies lie unmerged
     */
    public void checkInvariants() {
        blocks.lists().checkInvariants();
        zone.checkInvariants(blocks.checkedPages(), blocks.freePages());
    }

    /** {@link #setPageblockType}, and the pageblock's free blocks go to the lists of {@code type} as well, ascending. */
    void convertPageblock(long pfn, MigrateType type) {
        int page = zone.number(pfn, 1);
        pageblocks.set(page, type);
        blocks.movePageblock(page, type);
    }

    /** The first page of the free block that {@code pfn} lies in, or -1. */
    long freeBlockStart(long pfn) {
        int start = blocks.start(zone.number(pfn, 1));
        return start == FreeLists.NONE ? FreeLists.NONE : zone.pfn(start);
    }

    /** How many pages the free block that begins at {@code pfn} has. */
    int freeBlockPages(long pfn) {
        return 1 << blocks.lists().orderAt(zone.number(pfn, 1));
    }

    /**
     * Takes the free block that begins at {@code pfn} off its list, whichever it is ({@code isolate_freepages_range}).
     *
     * @return how many pages it has
     */
    int takeFreeBlock(long pfn) {
        int page = zone.number(pfn, 1);
        int order = blocks.lists().orderAt(page);
        blocks.take(page, order, order, MigrateType.ISOLATE.number());
        zone.take(page, order);
        return 1 << order;
    }

    /** Gives back pages in a row, in the largest blocks that alignment allows; an event for each unless {@code silently}. */
    void freeRange(long pfn, long count, boolean silently) {
        if (count == 0) {
            return;
        }
        int end = zone.number(pfn, count) + (int) count;
        for (int page = end - (int) count; page < end; ) {
            int order = blocks.largestOrder(page, end);
            if (!zone.giveBack(page, order)) {
                throw new IllegalArgumentException("free of pages that are not in use: " + zone.describe(page, order));
            }
            blocks.putBack(page, order);
            if (!silently) {
                trace.pageFreed(zone.pfn(page), order);
            }
            page += 1 << order;
        }
    }

    /** {@code 512 MiB free of 744 MiB from pfn 0x00040000}. */
    @Override
    public String toString() {
        return Bytes.text(freePages() << PageSize.PAGE_SHIFT) + " free of " + Bytes.text(pages() << PageSize.PAGE_SHIFT)
                + " from pfn " + Addresses.hex(startPfn());
    }
}
