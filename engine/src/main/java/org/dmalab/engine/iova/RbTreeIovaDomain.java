package org.dmalab.engine.iova;

import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/**
 * The generic allocator of DMA addresses: ranges handed out from the top down, from where the last one was placed
 * ({@code struct iova_domain} of {@code drivers/iommu/iova.c}).
 *
 * <p>Addresses and the number of steps are the kernel's, for {@link IovaWalk} of each version. The kernel walks its
 * red-black tree from range to range; here the range at which its walk would end is looked up in a {@link GapTree}, and the
 * steps are the distance of ranks, so that the time does not grow with the number of ranges.
 *
 * <p>Not modelled: where a range straddles the limit of a request, Linux 6.1's search for the place to retry from may
 * begin at it or at the range above, as the shape of its tree has it; here it is always the range above, which gives the
 * same address, at most one step later.
 */
public final class RbTreeIovaDomain implements IovaDomain, FixedIova {
    /** What the methods that deal in page frame numbers return for a failure. */
    public static final long NO_PFN = -1;

    private static final long FOUR_GIB = 1L << 32;
    private static final long NO_NODE = -1;
    private static final long MOST_PFNS = 1L << 60;

    private final IovaWalk walk;
    private final int shift;
    private final long startPfn;
    private final long limitPfn;
    /** {@code dma_32bit_pfn}: Linux 3.14 the last page below 4 GiB, later the first above. */
    private final long dma32Pfn;

    private final TraceSink trace;
    private final GapTree tree = new GapTree();
    /** {@code cached32_node}, by where it begins. */
    private long cached32;

    private int cached32Place;
    /** {@code cached_node}, by where it begins. */
    private long cached = GapTree.ANCHOR;

    private int cachedPlace;
    private long max32AllocSize;
    private long steps;
    /** How {@link #search} ended: the entry in whose gap the range is. */
    private int found = GapNodes.NONE;

    /** How many entries that is below the one it began at. */
    private int distance;

    /**
     * A domain in which nothing is handed out.
     *
     * @param window what {@link #alloc(long)} may give; its ends are multiples of the granule. Page 0 is never given out
     * @param granule the IOMMU's smallest page, at most the CPU's
     * @throws IllegalArgumentException if the window is not made of granules, or is page 0 alone
     */
    public RbTreeIovaDomain(IovaWalk walk, AddrRange<DmaAddr> window, PageSize granule, TraceSink trace) {
        if (granule.shift() > PageSize.PAGE_SHIFT || granule.shift() < 4) {
            throw new IllegalArgumentException("granule must be 16..4096 bytes: " + granule.bytes());
        }
        if (!granule.isAligned(window.start().value()) || !granule.isAligned(window.bytes())) {
            throw new IllegalArgumentException(
                    "window must be made of granules [window=" + window + "] [granule=" + granule.bytes() + " bytes]");
        }
        this.walk = walk;
        this.trace = trace;
        shift = granule.shift();
        startPfn = Math.max(1, window.start().value() >>> shift);
        limitPfn = window.last() >>> shift;
        if (limitPfn < startPfn) {
            throw new IllegalArgumentException("window must have more than page 0: " + window);
        }
        dma32Pfn = walk == IovaWalk.V3_14 ? (FOUR_GIB >>> shift) - 1 : FOUR_GIB >>> shift;
        cached32 = walk == IovaWalk.V3_14 ? NO_NODE : GapTree.ANCHOR;
        max32AllocSize = dma32Pfn;
    }

    /** Which version's walk this is. */
    public IovaWalk walk() {
        return walk;
    }

    /** How often the kernel would have gone from a range to the one below it ({@code rb_prev}) so far. */
    public long steps() {
        return steps;
    }

    /** {@link #steps}. */
    @Override
    public OptionalLong searched() {
        return OptionalLong.of(steps);
    }

    @Override
    public String searchedUnit() {
        return "ranges";
    }

    /** How many ranges are in the tree; the anchor is not counted. */
    public int nodes() {
        return tree.ranges();
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return new AddrRange<>(new DmaAddr(startPfn << shift), (limitPfn - startPfn + 1) << shift);
    }

    @Override
    public long granuleBytes() {
        return 1L << shift;
    }

    @Override
    public long freeBytes() {
        return IovaHoles.of(this, startPfn, limitPfn + 1).free() << shift;
    }

    @Override
    public long largestHole() {
        return IovaHoles.of(this, startPfn, limitPfn + 1).largest() << shift;
    }

    /** {@link #alloc(long, DmaAddr, boolean)} anywhere in the window, aligned to the size. */
    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        return alloc(bytes, new DmaAddr((limitPfn << shift) + granuleBytes() - 1), true);
    }

    /**
     * {@code alloc_iova}; a failure is a {@link NoIovaSpace}.
     *
     * @param bytes at least 1; rounded up to granules
     * @param last the last address that may be given; beyond the window the window's last
     * @param aligned whether the range begins at a multiple of the next power of two of its length
     */
    public Outcome<DmaAddr> alloc(long bytes, DmaAddr last, boolean aligned) {
        long size = IovaArguments.granules(this, bytes);
        long limit = Math.min(last.value() >>> shift, limitPfn);
        boolean knownFull = isKnownFull(size, limit);
        long before = steps;
        long pfn = allocPfn(size, limit, aligned);
        if (pfn == NO_PFN) {
            return Outcome.failed(noSpace(size, limit, aligned, knownFull));
        }
        int words = (int) Math.min(steps - before, Integer.MAX_VALUE);
        trace.iovaAllocated(pfn << shift, rounded(size, aligned) << shift, words);
        return Outcome.done(new DmaAddr(pfn << shift));
    }

    private long rounded(long size, boolean aligned) {
        return walk == IovaWalk.V3_14 && aligned ? 1L << IovaOrder.of(size) : size;
    }

    /** Why {@link #allocPfn} has just failed; {@code knownFull} if it did so at once. */
    NoIovaSpace noSpace(long size, long limit, boolean aligned, boolean knownFull) {
        long began = beginning(limit);
        IovaHoles whole = IovaHoles.of(this, startPfn, limit + 1);
        long needed = rounded(size, aligned);
        long alignment = aligned ? 1L << IovaOrder.of(size) : 1;
        NoIovaSpace.Search search = new NoIovaSpace.Search(
                new DmaAddr(limit << shift).plus(granuleBytes() - 1),
                began > limit ? Optional.empty() : Optional.of(new DmaAddr(began << shift)),
                fitting(knownFull ? startPfn : Math.min(began, limit + 1), limit, needed, alignment),
                walk == IovaWalk.V3_14
                        ? fitting(startPfn, limit, needed, alignment)
                                .filter(hole -> hole.start().value() == startPfn << shift)
                        : Optional.empty(),
                knownFull ? OptionalLong.of(max32AllocSize << shift) : OptionalLong.empty());
        return new NoIovaSpace(
                Optional.of(walk.era()),
                IovaArguments.bytes(needed, shift),
                IovaArguments.bytes(alignment, shift),
                window(),
                Math.max(0, limit + 1 - startPfn) << shift,
                whole.free() << shift,
                whole.largest() << shift,
                Optional.of(search));
    }

    /** The longest hole between two pages, both inside, in which {@code size} pages at a multiple of {@code alignment} fit. */
    private Optional<AddrRange<DmaAddr>> fitting(long from, long limit, long size, long alignment) {
        return IovaHoles.longestThatFits(this, from, limit + 1, size, alignment)
                .map(hole -> new AddrRange<>(new DmaAddr(hole.lo() << shift), (hole.hi() + 1 - hole.lo()) << shift));
    }

    /** Below which page the search for a request begins. */
    private long beginning(long limit) {
        if (walk == IovaWalk.V3_14) {
            return limit == dma32Pfn && cached32 != NO_NODE ? cached32 : GapTree.ANCHOR;
        }
        return limit < dma32Pfn ? cached32 : cached;
    }

    private boolean isKnownFull(long size, long limit) {
        return walk != IovaWalk.V3_14 && limit < dma32Pfn && size >= max32AllocSize;
    }

    /**
     * {@code alloc_iova} in page frame numbers of the granule: the first page of the range, or {@link #NO_PFN}. It is not
     * bound to the window's end.
     *
     * @param size pages, at least 1
     * @param limit the last page that may be given
     */
    public long allocPfn(long size, long limit, boolean aligned) {
        if (size < 1 || size > MOST_PFNS) {
            throw new IllegalArgumentException("size must be 1.." + MOST_PFNS + " pages: " + size);
        }
        if (limit < 0 || limit > MOST_PFNS) {
            throw new IllegalArgumentException("limit must be 0.." + MOST_PFNS + ": " + limit);
        }
        return walk == IovaWalk.V3_14 ? alloc314(size, limit, aligned) : alloc61(size, limit, aligned);
    }

    private long alloc314(long size, long limit, boolean aligned) {
        int order = aligned ? IovaOrder.of(size) : 0;
        long count = aligned ? 1L << order : size;
        boolean fromCached = limit == dma32Pfn && cached32 != NO_NODE;
        int start = fromCached ? tree.at(cached32, cached32Place) : GapTree.TOP;
        long pfn = search(start, limit + 1, count, order, Long.MIN_VALUE);
        // The walk from the cached node begins with a step, that from the last node does not.
        steps += distance + (fromCached ? 1 : 0);
        // Quirk: below the lowest range, the first page of the domain is never given out.
        if (pfn == NO_PFN || (pfn <= startPfn && tree.below(found) == GapNodes.NONE)) {
            return NO_PFN;
        }
        int made = tree.insert(found, pfn, pfn + count);
        if (limit == dma32Pfn) {
            cached32 = pfn;
            cached32Place = made;
        }
        return pfn;
    }

    private long alloc61(long size, long limit, boolean aligned) {
        if (isKnownFull(size, limit)) {
            return NO_PFN;
        }
        int order = aligned ? IovaOrder.of(size) : 0;
        long high = limit + 1;
        boolean low32 = high <= dma32Pfn;
        int start = low32 ? tree.at(cached32, cached32Place) : tree.at(cached, cachedPlace);
        long pfn = walkDown(start, high, size, order, startPfn);
        if (pfn == NO_PFN && walk.retries()) {
            long retry = tree.above(start) == GapNodes.NONE ? GapTree.ANCHOR : tree.end(start) - 1;
            if (retry < high) {
                int top = low32 ? tree.atOrAbove(high) : GapTree.TOP;
                pfn = walkDown(top, high, size, order, retry + 1);
            }
        }
        if (pfn == NO_PFN) {
            // Quirk: whatever the limit was, the size is remembered for all requests below 4 GiB.
            max32AllocSize = size;
            return NO_PFN;
        }
        int made = tree.insert(found, pfn, pfn + size);
        if (pfn + size - 1 < dma32Pfn) {
            cached32 = pfn;
            cached32Place = made;
        } else {
            cached = pfn;
            cachedPlace = made;
        }
        return pfn;
    }

    /** The walk of Linux 5.10 and later, which ends where a range would begin below {@code low}. */
    private long walkDown(int start, long high, long size, int order, long low) {
        long pfn = search(start, high, size, order, low);
        if (pfn >= low) {
            steps += 1
                    + (found >> GapNodes.FAN_SHIFT == start >> GapNodes.FAN_SHIFT
                            ? found - start
                            : tree.rank(found) - tree.rank(start));
            return pfn;
        }
        long alignment = 1L << order;
        long lowest = ((low + alignment - 1) & -alignment) + size;
        int end = start;
        if (high >= lowest) {
            int fitting = tree.atOrAbove(lowest);
            int below = tree.below(fitting);
            end = below == GapNodes.NONE ? fitting : below;
        }
        steps += 1 + Math.max(0, tree.rank(end) - tree.rank(start));
        return NO_PFN;
    }

    /**
     * The highest place for {@code count} pages below {@code high} and below the entry {@code start}, or {@link #NO_PFN};
     * {@link #found} is the entry above it, or the lowest.
     */
    private long search(int start, long high, long count, int order, long low) {
        long mask = -1L << order;
        int from = start;
        long begins = tree.lo(start);
        distance = 0;
        if (begins > high) {
            int below = tree.below(start);
            if (below != GapNodes.NONE && tree.lo(below) >= high) {
                from = tree.atOrAbove(high);
                distance = tree.rank(from) - tree.rank(start);
            }
            begins = high;
        }
        long pfn = (begins - count) & mask;
        found = from;
        if (pfn >= tree.floor(from)) {
            return pfn;
        }
        if (pfn < low) {
            return NO_PFN;
        }
        int fit = tree.firstFit(from, count, order);
        if (fit == GapNodes.NONE) {
            found = tree.atOrAbove(0);
            distance = tree.rank(found) - tree.rank(start);
            return NO_PFN;
        }
        found = fit;
        distance += tree.passed() + 1;
        return (tree.lo(fit) - count) & mask;
    }

    /** {@code free_iova}: frees the range that contains {@code pfn}; of a page that is in none, nothing. */
    public void freePfn(long pfn) {
        int entry = entryOf(pfn);
        if (entry == GapNodes.NONE) {
            return;
        }
        long begins = tree.lo(entry);
        long end = tree.end(entry);
        int above = tree.above(entry);
        int aboveInLeaf = (entry & (GapNodes.FAN - 1)) == 0 ? GapNodes.NONE : above;
        long upper = tree.remove(entry);
        if (walk == IovaWalk.V3_14) {
            if (cached32 != NO_NODE && begins >= cached32) {
                cached32 = upper < dma32Pfn ? upper : NO_NODE;
                cached32Place = Math.max(0, aboveInLeaf);
            }
            return;
        }
        if (begins == cached32 || (end - 1 < dma32Pfn && begins >= cached32)) {
            cached32 = upper;
            cached32Place = Math.max(0, aboveInLeaf);
        }
        if (begins < dma32Pfn) {
            max32AllocSize = dma32Pfn;
        }
        if (begins >= cached) {
            cached = upper;
            cachedPlace = Math.max(0, aboveInLeaf);
        }
    }

    /** The entry whose range contains {@code pfn}, or none. */
    private int entryOf(long pfn) {
        if (pfn < 0) {
            return GapNodes.NONE;
        }
        int entry = tree.atOrAbove(pfn);
        if (tree.lo(entry) == pfn) {
            return entry;
        }
        return pfn < tree.floor(entry) ? tree.below(entry) : GapNodes.NONE;
    }

    /**
     * {@code free_iova}: frees the whole range that contains {@code iova}, whatever {@code bytes} is; of an address in none,
     * nothing.
     */
    @Override
    public void free(DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        int entry = entryOf(iova.value() >>> shift);
        if (entry != GapNodes.NONE) {
            trace.iovaFreed(tree.lo(entry) << shift, (tree.end(entry) - tree.lo(entry)) << shift);
            freePfn(iova.value() >>> shift);
        }
    }

    /**
     * {@code reserve_iova}: takes the pages {@code lo..hi} out of what can be given, whoever has them.
     *
     * @return the range of pages in the tree that reserves the last of them: a range that was there may be made longer
     */
    public PfnRange reserve(long lo, long hi) {
        if (lo < 0 || hi < lo || hi >= MOST_PFNS) {
            throw new IllegalArgumentException("range must be 0 <= lo <= hi < " + MOST_PFNS + ": " + lo + ", " + hi);
        }
        long first = lo;
        int entry = entryOf(first);
        if (entry == GapNodes.NONE) {
            entry = tree.above(gapOf(first)) == GapNodes.NONE ? GapNodes.NONE : gapOf(first);
        }
        while (entry != GapNodes.NONE && tree.lo(entry) <= hi) {
            if (first < tree.lo(entry)) {
                moved(tree.lo(entry), first);
                tree.extendDown(entry, first);
            }
            long end = tree.end(entry);
            if (hi < end) {
                return new PfnRange(tree.lo(entry), end - 1);
            }
            first = end;
            int above = tree.above(entry);
            entry = above == GapNodes.NONE || tree.lo(above) == GapTree.ANCHOR ? GapNodes.NONE : above;
        }
        int made = tree.insert(gapOf(first), first, hi + 1);
        return new PfnRange(tree.lo(made), hi);
    }

    /** The entry in whose gap the free page {@code pfn} is. */
    private int gapOf(long pfn) {
        return tree.atOrAbove(pfn);
    }

    private void moved(long from, long to) {
        cached32 = cached32 == from ? to : cached32;
        cached = cached == from ? to : cached;
    }

    /** Pages from {@code lo} to {@code hi}, both inside. */
    public record PfnRange(long lo, long hi) {}

    @Override
    public Outcome<DmaAddr> allocAt(DmaAddr iova, long bytes) {
        IovaArguments.allocAt(this, iova, bytes);
        long pfn = iova.value() >>> shift;
        long end = pfn + IovaArguments.granules(this, bytes);
        int entry = tree.atOrAbove(pfn);
        if (pfn < tree.floor(entry) || end > tree.lo(entry)) {
            long taken = pfn < tree.floor(entry) ? tree.below(entry) : entry;
            return Outcome.failed(new IovaTaken(iova, bytes, range((int) taken)));
        }
        int made = tree.insert(entry, pfn, end);
        trace.iovaAllocated(tree.lo(made) << shift, (end - pfn) << shift, 0);
        return Outcome.done(iova);
    }

    private AddrRange<DmaAddr> range(int entry) {
        return new AddrRange<>(new DmaAddr(tree.lo(entry) << shift), (tree.end(entry) - tree.lo(entry)) << shift);
    }

    /** Is told of ranges of pages. */
    @FunctionalInterface
    public interface PfnRangeConsumer {
        /** The range {@code lo..hi}, both inside. */
        void accept(long lo, long hi);
    }

    /** Tells of every range in the tree, from the lowest up. */
    public void forEach(PfnRangeConsumer consumer) {
        int entry = tree.atOrAbove(0);
        while (tree.lo(entry) != GapTree.ANCHOR) {
            consumer.accept(tree.lo(entry), tree.end(entry) - 1);
            entry = tree.above(entry);
        }
    }

    /** Checks what must hold between operations; for tests. */
    public void checkInvariants() {
        tree.checkInvariants();
        boolean cachedExist = (cached32 == NO_NODE || tree.lo(tree.atOrAbove(cached32)) == cached32)
                && tree.lo(tree.atOrAbove(cached)) == cached;
        if (!cachedExist) {
            throw new AssertionError(
                    "a cached node is not in the tree [cached32=" + cached32 + "] [cached=" + cached + "]");
        }
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], 3 ranges, iova.c of Linux 6.1}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window().bytes()) + " " + window() + ", " + nodes()
                + " ranges, iova.c of " + walk;
    }
}
