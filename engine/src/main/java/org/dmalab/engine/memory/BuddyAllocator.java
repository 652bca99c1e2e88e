package org.dmalab.engine.memory;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.Arrays;
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

    private static final long MOST_PAGES = 1L << 30;

    /** Per wanted type, the types to borrow from, best first ({@code fallbacks[]}); RESERVE comes after all of them. */
    private static final MigrateType[][] FALLBACKS = {
        {MigrateType.RECLAIMABLE, MigrateType.MOVABLE},
        {MigrateType.UNMOVABLE, MigrateType.MOVABLE},
        {MigrateType.CMA, MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE},
    };

    private final BuddyRules rules;
    private final int maxOrder;
    private final int pageblockOrder;
    private final long startPfn;
    private final long pages;
    /** The pfn of page 0 in {@link #lists}: {@link #startPfn} rounded down to a block of the largest order. */
    private final long basePfn;

    private final TraceSink trace;
    private final FallbackSink fallbacks;
    private final FreeLists lists;
    private final PageBits inUse;
    private final PageBits reserved;
    private final PageBits absent;
    private final long presentPages;
    private final byte[] pageblockTypes;
    private long reservedPages;
    private long freePages;
    private long pagesInUse;

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
        PageRange.checkAscending(present);
        this.rules = rules;
        this.trace = trace;
        this.fallbacks = fallbacks;
        maxOrder = rules.maxOrder();
        pageblockOrder = rules.pageblockOrder();
        startPfn = present.get(0).startPfn();
        pages = present.get(present.size() - 1).endPfn() - startPfn;
        if (pages > MOST_PAGES) {
            throw new IllegalArgumentException("zone must have 1.." + MOST_PAGES + " pages [start pfn="
                    + Addresses.hex(startPfn) + "] [pages=" + pages + "]");
        }
        presentPages = present.stream().mapToLong(PageRange::pages).sum();
        int blockPages = Math.max(1 << maxOrder, PAGEBLOCK_PAGES);
        basePfn = startPfn & -blockPages;
        int span = (int) ((startPfn + pages - basePfn + blockPages - 1) & -blockPages);
        int groups = span >>> PAGEBLOCK_ORDER;
        lists = new FreeLists(groups);
        inUse = new PageBits(groups);
        reserved = new PageBits(groups);
        absent = new PageBits(groups);
        for (int i = 1; i < present.size(); i++) {
            long hole = present.get(i - 1).endPfn();
            int holePages = (int) (present.get(i).startPfn() - hole);
            absent.set((int) (hole - basePfn), holePages);
            reserved.set((int) (hole - basePfn), holePages);
        }
        pageblockTypes = new byte[span >>> pageblockOrder];
        Arrays.fill(pageblockTypes, (byte) MigrateType.MOVABLE.number());
        releaseAtBoot();
    }

    /** Whose decisions it takes. */
    public BuddyRules rules() {
        return rules;
    }

    /** The zone's first page frame. */
    public long startPfn() {
        return startPfn;
    }

    /** How many page frames the zone spans, holes included. */
    public long pages() {
        return pages;
    }

    /** How many of them are RAM. */
    public long presentPages() {
        return presentPages;
    }

    /** How many of them this allocator hands out: RAM that is not reserved. */
    public long managedPages() {
        return presentPages - reservedPages;
    }

    /** Pages on the free lists. */
    public long freePages() {
        return freePages;
    }

    /** Free blocks of exactly {@code order}, of all types. */
    public long freeBlocks(int order) {
        checkOrder(order);
        long blocks = 0;
        for (int type = 0; type < FreeLists.TYPES; type++) {
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
        for (int order = 0; order <= maxOrder; order++) {
            blocks.add(freeBlocks(order));
        }
        return new FragmentationSnapshot.ZoneOrders(0, zone, blocks);
    }

    /** The counts of all types and orders, as {@code /proc/pagetypeinfo} shows them for {@code zone}. */
    public PageTypeInfo.ZoneTypes types(String zone) {
        long[] pageblocks = FreeLayout.count(
                pageblockTypes, (int) (startPfn - basePfn), (int) (startPfn + pages - basePfn), pageblockOrder, absent);
        List<PageTypeInfo.TypeOrders> types = new ArrayList<>();
        for (MigrateType type : MigrateType.values()) {
            List<Long> blocks = new ArrayList<>();
            for (int order = 0; order <= maxOrder; order++) {
                blocks.add(freeBlocks(order, type));
            }
            types.add(new PageTypeInfo.TypeOrders(type, blocks, pageblocks[type.number()]));
        }
        return new PageTypeInfo.ZoneTypes(0, zone, types);
    }

    /** The type of the pageblock that {@code pfn} lies in. */
    public MigrateType pageblockType(long pfn) {
        return MigrateType.of(pageblockTypes[page(pfn, 1) >>> pageblockOrder]);
    }

    /**
     * {@code set_pageblock_migratetype}: what is freed from now on in the pageblock of {@code pfn} goes to the lists of
     * {@code type}; what is on a list stays there.
     */
    public void setPageblockType(long pfn, MigrateType type) {
        pageblockTypes[page(pfn, 1) >>> pageblockOrder] = (byte) type.number();
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

    /** As {@link #alloc}, with -1 for nothing: the caller that runs often makes no garbage. */
    long allocPfn(int order, MigrateType type) {
        int page = take(order, type);
        return page == FreeLists.NONE ? FreeLists.NONE : basePfn + page;
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
        for (int found = order; found <= maxOrder; found++) {
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
        for (int found = maxOrder; found >= order; found--) {
            for (MigrateType fallback : FALLBACKS[wanted.number()]) {
                int page = lists.first(found, fallback.number());
                if (page != FreeLists.NONE) {
                    MigrateType remainder = steal(page, found, wanted, fallback);
                    lists.remove(page, found);
                    expand(page, order, found, remainder.number());
                    tellFallback(page, order, found, wanted, fallback, remainder);
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
        if (found >= pageblockOrder) {
            int end = page + (1 << found);
            for (int at = page; at < end; at += 1 << pageblockOrder) {
                pageblockTypes[at >>> pageblockOrder] = (byte) wanted.number();
            }
            return wanted;
        }
        if (movesAll(found, wanted)) {
            if (moveFreePages(page, wanted) >= 1 << (pageblockOrder - 1)) {
                pageblockTypes[page >>> pageblockOrder] = (byte) wanted.number();
            }
            return wanted;
        }
        // Linux 3.6 alone gives the rest of a small block to the requester.
        return rules.era() == Era.V3_6 ? wanted : fallback;
    }

    /** Whether a fallback to a block of order {@code found} moves the whole pageblock's free pages. */
    private boolean movesAll(int found, MigrateType wanted) {
        return found >= pageblockOrder / 2 || wanted == MigrateType.RECLAIMABLE;
    }

    /**
     * {@code mm_page_alloc_extfrag}. Up to Linux 3.6 the event of a fallback that moved the pageblock's pages names the type
     * asked for as the fallback too, and tells a change of ownership from that.
     */
    private void tellFallback(
            int page, int order, int found, MigrateType wanted, MigrateType fallback, MigrateType remainder) {
        MigrateType told = fallback;
        boolean changed = pageblockTypes[page >>> pageblockOrder] == wanted.number();
        if (!rules.era().atLeast(Era.V3_14)) {
            told = fallback != MigrateType.CMA && movesAll(found, wanted) ? wanted : fallback;
            changed = told == wanted;
        }
        fallbacks.fellBack(basePfn + page, order, found, wanted, told, remainder);
        trace.pageFellBack(basePfn + page, order, found, wanted.number(), told.number(), changed);
    }

    /**
     * {@code move_freepages_block}: puts every free block of the pageblock at the head of a list of {@code type},
     * ascending. A zone that begins inside the pageblock is searched from {@code page} on; one that ends inside, not at all.
     *
     * @return how many pages were moved
     */
    @CanIgnoreReturnValue
    private int moveFreePages(int page, MigrateType type) {
        int start = page & -(1 << pageblockOrder);
        int end = start + (1 << pageblockOrder);
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
        int type = pageblockTypes[page >>> pageblockOrder];
        int at = page;
        int size = order;
        while (size < maxOrder) {
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
        return order < maxOrder - 1 && basePfn + pair >= startPfn && lists.isFree(pair ^ (2 << order), order + 1);
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
        int hole = absent.nextSet(page, page + (int) count);
        if (hole < page + count) {
            throw new IllegalArgumentException("reserved pages must be RAM [pfn=" + Addresses.hex(pfn) + "] [pages="
                    + count + "] [hole at " + Addresses.hex(basePfn + hole) + "]");
        }
        for (int at = page; at < page + count; at++) {
            reservedPages += reserved.get(at) ? 0 : 1;
        }
        reserved.set(page, (int) count);
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
        if (!reserved.allSet(page, 1 << order) || absent.nextSet(page, page + (1 << order)) < page + (1 << order)) {
            throw new IllegalArgumentException("release of pages that are not reserved: " + describe(page, order));
        }
        reserved.clear(page, 1 << order);
        reservedPages -= 1L << order;
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
                    int order = Math.min(maxOrder, Math.min(fits, Integer.numberOfTrailingZeros(page)));
                    putBack(page, order);
                    page += 1 << order;
                }
            }
        }
    }

    /**
     * {@code setup_zone_migrate_reserve}: the first one or two wholly present, unreserved and movable pageblocks become
     * RESERVE, as many as hold {@code minPages}, with the free blocks in them.
     *
     * @param minPages the zone's minimum watermark
     */
    public void reservePageblocks(long minPages) {
        int pageblock = 1 << pageblockOrder;
        long wanted = Math.min(2, (minPages + pageblock - 1) >>> pageblockOrder);
        int end = (int) (startPfn + pages - basePfn);
        int page = (int) (startPfn - basePfn + pageblock - 1) & -pageblock;
        for (; wanted > 0 && page < end; page += pageblock) {
            boolean usable = reserved.nextSet(page, Math.min(page + pageblock, end)) >= Math.min(page + pageblock, end);
            int type = pageblockTypes[page >>> pageblockOrder];
            if (usable && type == MigrateType.MOVABLE.number()) {
                pageblockTypes[page >>> pageblockOrder] = (byte) MigrateType.RESERVE.number();
                moveFreePages(page, MigrateType.RESERVE);
                wanted--;
            } else if (usable && type == MigrateType.RESERVE.number()) {
                wanted--;
            }
        }
    }

    /** Places for free blocks in the managed pages, to be filled and given to {@link #adopt}. */
    FreeLayout layout(String zone) {
        return new FreeLayout(
                zone,
                rules,
                (int) (startPfn - basePfn),
                (int) (startPfn + pages - basePfn),
                reserved,
                absent,
                pageblockTypes.clone());
    }

    /** Takes over the free blocks and pageblock types of {@code layout}; all other managed pages are in use. */
    void adopt(FreeLayout layout) {
        System.arraycopy(layout.pageblockTypes(), 0, pageblockTypes, 0, pageblockTypes.length);
        lists.clear();
        int end = (int) (startPfn + pages - basePfn);
        for (int page = (int) (startPfn - basePfn); page < end; ) {
            int stop = reserved.nextSet(page, end);
            inUse.set(page, stop - page);
            page = stop;
            while (page < end && reserved.get(page)) {
                page++;
            }
        }
        freePages = 0;
        for (FreeLayout.Block block : layout.blocks()) {
            inUse.clear(block.page(), 1 << block.order());
            lists.addLast(block.page(), block.order(), block.type());
            freePages += 1L << block.order();
        }
        pagesInUse = managedPages() - freePages;
    }

    /** Whether {@code pfn} lies in a free block. */
    public boolean isFree(long pfn) {
        int page = page(pfn, 1);
        return !inUse.get(page) && !reserved.get(page);
    }

    /** Whether {@code pfn} is kept from the allocator; so is a page of a hole. */
    public boolean isReserved(long pfn) {
        return reserved.get(page(pfn, 1));
    }

    /** Whether {@code pfn} is RAM. */
    public boolean isPresent(long pfn) {
        return !absent.get(page(pfn, 1));
    }

    /** Free pages in CMA pageblocks' lists, which only movable requests may take ({@code NR_FREE_CMA_PAGES}). */
    long freeCmaPages() {
        long free = 0;
        for (int order = 0; order <= maxOrder; order++) {
            free += (long) lists.blocks(order, MigrateType.CMA.number()) << order;
        }
        return free;
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
        String state = absent.get(at) ? "a hole" : reserved.get(at) ? "reserved" : inUse.get(at) ? "in use" : "free";
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
        int zoneStart = (int) (startPfn - basePfn);
        int zoneEnd = (int) (startPfn + pages - basePfn);
        PageBits free = new PageBits((pageblockTypes.length << pageblockOrder) >>> PAGEBLOCK_ORDER);
        for (int order = 0; order <= maxOrder; order++) {
            for (int type = 0; type < FreeLists.TYPES; type++) {
                for (int page = lists.first(order, type); page != FreeLists.NONE; page = lists.next(page, order)) {
                    checkBlock(page, order, free);
                }
            }
        }
        long counted = 0;
        long used = 0;
        long kept = 0;
        for (int word = zoneStart & -Long.SIZE; word < zoneEnd; word += Long.SIZE) {
            long inside = (-1L << Math.max(0, zoneStart - word)) & (-1L >>> Math.max(0, word + Long.SIZE - zoneEnd));
            long isFree = free.word(word);
            long isUsed = inUse.word(word);
            long isKept = reserved.word(word);
            long twice = (isFree & isUsed) | (isFree & isKept) | (isUsed & isKept);
            long wrong = ((isFree | isUsed | isKept) ^ inside) | twice | (absent.word(word) & ~isKept);
            if (wrong != 0) {
                int page = word + Long.numberOfTrailingZeros(wrong);
                throw new AssertionError(
                        "page must be free, in use or reserved, a hole reserved: " + describe(page, 0));
            }
            counted += Long.bitCount(isFree);
            used += Long.bitCount(isUsed);
            kept += Long.bitCount(isKept);
        }
        if (counted != freePages || used != pagesInUse || kept != reservedPages + pages - presentPages) {
            throw new AssertionError("page counts disagree [free=" + counted + ", counted " + freePages + "] [in use="
                    + used + ", counted " + pagesInUse + "] [reserved and holes=" + kept + ", reserved counted "
                    + reservedPages + "]");
        }
    }

    private void checkBlock(int page, int order, PageBits free) {
        long pfn = basePfn + page;
        if (pfn < startPfn || pfn + (1L << order) > startPfn + pages || (page & ((1 << order) - 1)) != 0) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " is misaligned or leaves the zone");
        }
        int overlap = free.nextSet(page, page + (1 << order));
        if (overlap < page + (1 << order)) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " overlaps another at pfn "
                    + Addresses.hex(basePfn + overlap));
        }
        free.set(page, 1 << order);
        if (order < maxOrder && lists.isFree(page ^ (1 << order), order)) {
            throw new AssertionError(blockAt(order) + Addresses.hex(pfn) + " has a free buddy and was not merged");
        }
    }

    private static String blockAt(int order) {
        return "free block of order " + order + " at pfn ";
    }

    /** {@code 512 MiB free of 744 MiB from pfn 0x00040000}. */
    @Override
    public String toString() {
        return Bytes.text(freePages << PageSize.PAGE_SHIFT) + " free of " + Bytes.text(pages << PageSize.PAGE_SHIFT)
                + " from pfn " + Addresses.hex(startPfn);
    }

    /** Whether {@code pfn} is allocated. */
    boolean isInUse(long pfn) {
        return inUse.get(page(pfn, 1));
    }

    /** {@link #setPageblockType}, and the pageblock's free blocks go to the lists of {@code type} as well, ascending. */
    void convertPageblock(long pfn, MigrateType type) {
        int page = page(pfn, 1);
        pageblockTypes[page >>> PAGEBLOCK_ORDER] = (byte) type.number();
        int unused = moveFreePages(page, type);
    }

    /** The first page of the free block that {@code pfn} lies in, or -1. */
    long freeBlockStart(long pfn) {
        int page = page(pfn, 1);
        for (int order = 0; order <= MAX_ORDER; order++) {
            int start = page & -(1 << order);
            if (lists.isFree(start, order)) {
                return basePfn + start;
            }
        }
        return -1;
    }

    /** How many pages the free block that begins at {@code pfn} has. */
    int freeBlockPages(long pfn) {
        return 1 << lists.orderAt(page(pfn, 1));
    }

    /**
     * Takes the free block that begins at {@code pfn} off its list, whichever it is ({@code isolate_freepages_range}).
     *
     * @return how many pages it has
     */
    int takeFreeBlock(long pfn) {
        int page = page(pfn, 1);
        int order = lists.orderAt(page);
        lists.remove(page, order);
        inUse.set(page, 1 << order);
        freePages -= 1L << order;
        pagesInUse += 1L << order;
        return 1 << order;
    }

    /** Gives back pages in a row, in the largest blocks that alignment allows; an event for each unless {@code silently}. */
    void freeRange(long pfn, long count, boolean silently) {
        long end = pfn + count;
        for (long at = pfn; at < end; ) {
            int fits = 63 - Long.numberOfLeadingZeros(end - at);
            int order = Math.min(MAX_ORDER, Math.min(fits, Long.numberOfTrailingZeros(at)));
            if (silently) {
                int page = page(at, 1 << order);
                inUse.clear(page, 1 << order);
                pagesInUse -= 1L << order;
                putBack(page, order);
            } else {
                free(at, order);
            }
            at += 1L << order;
        }
    }
}
