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
    private final BuddyZone zone;
    private final BuddyFallback fallback;
    private final TraceSink trace;

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
        zone = new BuddyZone(rules, present);
        fallback = new BuddyFallback(zone, rules.era(), trace, fallbacks);
        zone.releaseAtBoot();
    }

    /** Whose decisions it takes. */
    public BuddyRules rules() {
        return rules;
    }

    /** The zone's first page frame. */
    public long startPfn() {
        return zone.startPfn;
    }

    /** How many page frames the zone spans, holes included. */
    public long pages() {
        return zone.pages;
    }

    /** How many of them are RAM. */
    public long presentPages() {
        return zone.presentPages;
    }

    /** How many of them this allocator hands out: RAM that is not zone.reserved. */
    public long managedPages() {
        return zone.managedPages();
    }

    /** Pages on the free zone.lists. */
    public long freePages() {
        return zone.freePages;
    }

    /** Free blocks of exactly {@code order}, of all types. */
    public long freeBlocks(int order) {
        zone.checkOrder(order);
        long blocks = 0;
        for (int type = 0; type < FreeLists.TYPES; type++) {
            blocks += zone.lists.blocks(order, type);
        }
        return blocks;
    }

    /** Free blocks of exactly {@code order} on the list of {@code type}. */
    public long freeBlocks(int order, MigrateType type) {
        zone.checkOrder(order);
        return zone.lists.blocks(order, type.number());
    }

    /** The counts of all orders, as {@code /proc/buddyinfo} shows them for the zone {@code name}. */
    public FragmentationSnapshot.ZoneOrders orders(String name) {
        List<Long> blocks = new ArrayList<>();
        for (int order = 0; order <= zone.maxOrder; order++) {
            blocks.add(freeBlocks(order));
        }
        return new FragmentationSnapshot.ZoneOrders(0, name, blocks);
    }

    /** The counts of all types and orders, as {@code /proc/pagetypeinfo} shows them for the zone {@code name}. */
    public PageTypeInfo.ZoneTypes types(String name) {
        long[] pageblocks = FreeLayout.count(
                zone.pageblockTypes, zone.firstPage(), zone.endPage(), zone.pageblockOrder, zone.absent);
        List<PageTypeInfo.TypeOrders> types = new ArrayList<>();
        for (MigrateType type : MigrateType.values()) {
            List<Long> blocks = new ArrayList<>();
            for (int order = 0; order <= zone.maxOrder; order++) {
                blocks.add(freeBlocks(order, type));
            }
            types.add(new PageTypeInfo.TypeOrders(type, blocks, pageblocks[type.number()]));
        }
        return new PageTypeInfo.ZoneTypes(0, name, types);
    }

    /** The type of the pageblock that {@code pfn} lies in. */
    public MigrateType pageblockType(long pfn) {
        return MigrateType.of(zone.pageblockTypes[zone.page(pfn, 1) >>> zone.pageblockOrder]);
    }

    /**
     * {@code set_pageblock_migratetype}: what is freed from now on in the pageblock of {@code pfn} goes to the lists of
     * {@code type}; what is on a list stays there.
     */
    public void setPageblockType(long pfn, MigrateType type) {
        zone.pageblockTypes[zone.page(pfn, 1) >>> zone.pageblockOrder] = (byte) type.number();
    }

    /**
     * Takes the first page frame of a block of {@code 2^order} pages, or nothing if no block is large enough.
     *
     * @param order 0..10
     * @param type UNMOVABLE, RECLAIMABLE or MOVABLE
     */
    public OptionalLong alloc(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? OptionalLong.empty() : OptionalLong.of(zone.basePfn + page);
    }

    /** As {@link #alloc}, with -1 for nothing: the caller that runs often makes no garbage. */
    long allocPfn(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? FreeLists.NONE : zone.basePfn + page;
    }

    private int take(int order, MigrateType type) {
        zone.checkOrder(order);
        if (!type.canBeAskedFor()) {
            throw new IllegalArgumentException("allocation must be UNMOVABLE, RECLAIMABLE or MOVABLE: " + type);
        }
        int page = zone.lists.takeSmallest(order, zone.maxOrder, type.number());
        if (page == FreeLists.NONE) {
            page = fallback.take(order, type);
            if (page == FreeLists.NONE) {
                return page;
            }
        }
        zone.use(page, 1 << order);
        trace.pageAllocated(zone.basePfn + page, order, type.number());
        return page;
    }

    /**
     * Gives a block back: one that was allocated, or an aligned part of one ({@code split_page}).
     *
     * @throws IllegalArgumentException if any of its pages is not in use, or {@code pfn} is not a multiple of the block's
     *     size
     */
    public void free(long pfn, int order) {
        zone.checkOrder(order);
        int page = zone.page(pfn, 1 << order);
        BuddyZone.checkAligned(pfn, order);
        if (!zone.inUse.allSet(page, 1 << order)) {
            throw new IllegalArgumentException("free of pages that are not in use: " + zone.describe(page, order));
        }
        zone.unuse(page, 1 << order);
        zone.putBack(page, order);
        trace.pageFreed(pfn, order);
    }

    /**
     * Keeps pages from the allocator, as the kernel image, reserved memory and CMA areas are kept at boot. The lists are
     * then as if the pages had never been given to it.
     *
     * @throws IllegalArgumentException if a page was allocated before, or the range leaves the zone
     */
    public void reserve(long pfn, long count) {
        int page = zone.page(pfn, count);
        if (zone.pagesInUse != 0) {
            throw new IllegalArgumentException("memory is reserved at boot, before the first allocation [pfn="
                    + Addresses.hex(pfn) + "] [pages in use=" + zone.pagesInUse + "]");
        }
        int hole = zone.absent.nextSet(page, page + (int) count);
        if (hole < page + count) {
            throw new IllegalArgumentException("reserved pages must be RAM [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [hole at " + Addresses.hex(zone.basePfn + hole) + "]");
        }
        for (int at = page; at < page + count; at++) {
            zone.reservedPages += zone.reserved.get(at) ? 0 : 1;
        }
        zone.reserved.set(page, (int) count);
        zone.releaseAtBoot();
    }

    /**
     * Gives a reserved block to the allocator: memory of the initial ramdisk, or a pageblock of a CMA area
     * ({@code init_cma_reserved_pageblock}).
     *
     * @throws IllegalArgumentException if any of its pages is not reserved
     */
    public void release(long pfn, int order) {
        zone.checkOrder(order);
        int page = zone.page(pfn, 1 << order);
        BuddyZone.checkAligned(pfn, order);
        if (!zone.reserved.allSet(page, 1 << order)
                || zone.absent.nextSet(page, page + (1 << order)) < page + (1 << order)) {
            throw new IllegalArgumentException("release of pages that are not reserved: " + zone.describe(page, order));
        }
        zone.reserved.clear(page, 1 << order);
        zone.reservedPages -= 1L << order;
        zone.putBack(page, order);
    }

    /**
     * {@code setup_zone_migrate_reserve}: the first one or two wholly present, unreserved and movable pageblocks become
     * RESERVE, as many as hold {@code minPages}, with the free blocks in them.
     *
     * @param minPages the zone's minimum watermark
     */
    public void reservePageblocks(long minPages) {
        int pageblock = 1 << zone.pageblockOrder;
        long wanted = Math.min(2, (minPages + pageblock - 1) >>> zone.pageblockOrder);
        int end = zone.endPage();
        int page = (zone.firstPage() + pageblock - 1) & -pageblock;
        for (; wanted > 0 && page < end; page += pageblock) {
            boolean usable =
                    zone.reserved.nextSet(page, Math.min(page + pageblock, end)) >= Math.min(page + pageblock, end);
            int type = zone.pageblockTypes[page >>> zone.pageblockOrder];
            if (usable && type == MigrateType.MOVABLE.number()) {
                zone.pageblockTypes[page >>> zone.pageblockOrder] = (byte) MigrateType.RESERVE.number();
                zone.moveFreePages(page, MigrateType.RESERVE);
                wanted--;
            } else if (usable && type == MigrateType.RESERVE.number()) {
                wanted--;
            }
        }
    }

    /** Places for free blocks in the managed pages that nobody allocated, to be filled and given to {@link #adopt}. */
    FreeLayout layout(String name) {
        PageBits kept = zone.inUse.copy();
        kept.clearAll(zone.unclaimed);
        long claimed = kept.count();
        kept.setAll(zone.reserved);
        return new FreeLayout(
                name, rules, zone.firstPage(), zone.endPage(), kept, claimed, zone.absent, zone.pageblockTypes.clone());
    }

    /**
     * Takes over the free blocks and pageblock types of {@code layout}. What was allocated stays so; all other managed pages
     * are in use by somebody unknown.
     */
    void adopt(FreeLayout layout) {
        System.arraycopy(layout.pageblockTypes(), 0, zone.pageblockTypes, 0, zone.pageblockTypes.length);
        zone.lists.clear();
        PageBits managed = zone.reserved.complement(zone.firstPage(), zone.endPage());
        PageBits claimed = zone.inUse.copy();
        claimed.clearAll(zone.unclaimed);
        zone.inUse.setAll(managed);
        zone.unclaimed.setAll(managed);
        zone.unclaimed.clearAll(claimed);
        zone.freePages = 0;
        for (FreeLayout.Block block : layout.blocks()) {
            zone.inUse.clear(block.page(), 1 << block.order());
            zone.unclaimed.clear(block.page(), 1 << block.order());
            zone.lists.addLast(block.page(), block.order(), block.type());
            zone.freePages += 1L << block.order();
        }
        zone.pagesInUse = managedPages() - zone.freePages;
    }

    /** Whether {@code pfn} lies in a free block. */
    public boolean isFree(long pfn) {
        int page = zone.page(pfn, 1);
        return !zone.inUse.get(page) && !zone.reserved.get(page);
    }

    /** Whether {@code pfn} is kept from the allocator; so is a page of a hole. */
    public boolean isReserved(long pfn) {
        return zone.reserved.get(zone.page(pfn, 1));
    }

    /** Whether {@code pfn} is RAM. */
    public boolean isPresent(long pfn) {
        return !zone.absent.get(zone.page(pfn, 1));
    }

    /** Free pages in CMA pageblocks' lists, which only movable requests may take ({@code NR_FREE_CMA_PAGES}). */
    long freeCmaPages() {
        long free = 0;
        for (int order = 0; order <= zone.maxOrder; order++) {
            free += (long) zone.lists.blocks(order, MigrateType.CMA.number()) << order;
        }
        return free;
    }

    /**
     * Walks all lists and all pages.
     *
     * @throws AssertionError if a page is in two states or in none, a block is misplaced, or two free buddies lie unmerged
     */
    public void checkInvariants() {
        BuddyInvariants.check(zone);
    }

    /** {@code 512 MiB free of 744 MiB from pfn 0x00040000}. */
    @Override
    public String toString() {
        return Bytes.text(zone.freePages << PageSize.PAGE_SHIFT) + " free of "
                + Bytes.text(zone.pages << PageSize.PAGE_SHIFT) + " from pfn " + Addresses.hex(zone.startPfn);
    }

    /** Whether {@code pfn} is allocated. */
    boolean isInUse(long pfn) {
        return zone.inUse.get(zone.page(pfn, 1));
    }

    /** Whether {@code pfn} is in use and somebody allocated it; a restored state has pages in use that nobody did. */
    boolean isAllocated(long pfn) {
        int page = zone.page(pfn, 1);
        return zone.inUse.get(page) && !zone.unclaimed.get(page);
    }

    /** {@link #setPageblockType}, and the pageblock's free blocks go to the lists of {@code type} as well, ascending. */
    void convertPageblock(long pfn, MigrateType type) {
        int page = zone.page(pfn, 1);
        zone.pageblockTypes[page >>> PAGEBLOCK_ORDER] = (byte) type.number();
        zone.moveFreePages(page, type);
    }

    /** The first page of the free block that {@code pfn} lies in, or -1. */
    long freeBlockStart(long pfn) {
        int page = zone.page(pfn, 1);
        for (int order = 0; order <= MAX_ORDER; order++) {
            int start = page & -(1 << order);
            if (zone.lists.isFree(start, order)) {
                return zone.basePfn + start;
            }
        }
        return -1;
    }

    /** How many pages the free block that begins at {@code pfn} has. */
    int freeBlockPages(long pfn) {
        return 1 << zone.lists.orderAt(zone.page(pfn, 1));
    }

    /**
     * Takes the free block that begins at {@code pfn} off its list, whichever it is ({@code isolate_freepages_range}).
     *
     * @return how many pages it has
     */
    int takeFreeBlock(long pfn) {
        int page = zone.page(pfn, 1);
        int order = zone.lists.orderAt(page);
        zone.lists.remove(page, order);
        zone.use(page, 1 << order);
        return 1 << order;
    }

    /** Gives back pages in a row, in the largest blocks that alignment allows; an event for each unless {@code silently}. */
    void freeRange(long pfn, long count, boolean silently) {
        long end = pfn + count;
        for (long at = pfn; at < end; ) {
            int fits = 63 - Long.numberOfLeadingZeros(end - at);
            int order = Math.min(MAX_ORDER, Math.min(fits, Long.numberOfTrailingZeros(at)));
            if (silently) {
                int page = zone.page(at, 1 << order);
                zone.unuse(page, 1 << order);
                zone.putBack(page, order);
            } else {
                free(at, order);
            }
            at += 1L << order;
        }
    }
}
