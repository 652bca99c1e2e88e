package org.dmalab.engine.iova;

import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;

/**
 * Freed ranges of 1 to 32 pages, kept per CPU for the next request of their size ({@code struct iova_rcache} of
 * {@code drivers/iommu/iova.c}, Linux 6.1 and 6.12), and what they do not have taken from the tree behind them.
 *
 * <p>For each of six sizes a CPU has two magazines of 127 ranges, and all CPUs share a depot of full ones. Linux 6.1 keeps
 * at most 32 in a depot; 6.12 keeps all and lets a worker give one back every 100 ms while there are more than CPUs.
 */
public final class IovaRcache implements IovaDomain {
    /** {@code IOVA_RANGE_CACHE_MAX_SIZE}: the orders 0..5 are kept. */
    static final int ORDERS = 6;

    private static final long LARGEST_KEPT = 1L << (ORDERS - 1);

    private final RbTreeIovaDomain tree;
    private final int cpus;
    private final IovaDepot[] depots = new IovaDepot[ORDERS];
    /** By CPU and order: {@code cpu * ORDERS + order}. */
    private final IovaMagazine[] loaded;

    private final IovaMagazine[] previous;

    /**
     * Empty magazines in front of {@code tree}.
     *
     * @param era Linux 6.1 or later
     * @param cpus how many are online
     */
    public IovaRcache(Era era, RbTreeIovaDomain tree, int cpus) {
        if (!era.atLeast(Era.V6_1)) {
            throw new IllegalArgumentException("the magazines modelled are those of Linux 6.1 and later, not " + era);
        }
        if (cpus < 1 || cpus > 4096) {
            throw new IllegalArgumentException("CPUs must be 1..4096: " + cpus);
        }
        this.tree = tree;
        this.cpus = cpus;
        loaded = new IovaMagazine[cpus * ORDERS];
        previous = new IovaMagazine[cpus * ORDERS];
        for (int i = 0; i < loaded.length; i++) {
            loaded[i] = new IovaMagazine();
            previous[i] = new IovaMagazine();
        }
        for (int order = 0; order < ORDERS; order++) {
            depots[order] = new IovaDepot(!era.atLeast(Era.V6_12));
        }
    }

    /** The allocator behind the magazines; what is in a magazine is in use there. */
    public RbTreeIovaDomain tree() {
        return tree;
    }

    /** How many CPUs have magazines. */
    public int cpus() {
        return cpus;
    }

    /** How many pages are in magazines: free for whoever gets them, and for nobody else. */
    public long cachedPages() {
        long pages = 0;
        for (int order = 0; order < ORDERS; order++) {
            long ranges = depots[order].ranges();
            for (int cpu = 0; cpu < cpus; cpu++) {
                int at = cpu * ORDERS + order;
                ranges += loaded[at].size() + previous[at].size();
            }
            pages += ranges << order;
        }
        return pages;
    }

    /** How many full magazines are in the depot of ranges of {@code 1 << order} pages. */
    public int depotMagazines(int order) {
        if (order < 0 || order >= ORDERS) {
            throw new IllegalArgumentException("order must be 0.." + (ORDERS - 1) + ": " + order);
        }
        return depots[order].magazines();
    }

    private int first(CpuId cpu) {
        if (cpu.index() >= cpus) {
            throw new IllegalArgumentException("cpu must be one of " + cpus + ": " + cpu);
        }
        return cpu.index() * ORDERS;
    }

    /**
     * {@code alloc_iova_fast}: the first page of the range, or {@link RbTreeIovaDomain#NO_PFN}.
     *
     * @param size pages; fewer than 32 are rounded up to a power of two
     * @param limit the last page that may be given
     * @param flush whether all magazines are emptied when the tree has nothing, and the tree asked once more
     */
    public long allocFast(CpuId cpu, long size, long limit, boolean flush) {
        int mine = first(cpu);
        if (size < 1) {
            throw new IllegalArgumentException("size must be at least 1 page: " + size);
        }
        int order = IovaOrder.of(size);
        long rounded = size < LARGEST_KEPT ? 1L << order : size;
        if (order < ORDERS) {
            long pfn = get(mine + order, order, limit + 1 - rounded);
            if (pfn != RbTreeIovaDomain.NO_PFN) {
                return pfn;
            }
        }
        long pfn = tree.allocPfn(rounded, limit, true);
        if (pfn == RbTreeIovaDomain.NO_PFN && flush) {
            flushMagazines();
            pfn = tree.allocPfn(rounded, limit, true);
        }
        return pfn;
    }

    private long get(int at, int order, long highest) {
        if (loaded[at].isEmpty()) {
            if (!previous[at].isEmpty()) {
                swap(at);
            } else if (depots[order].magazines() > 0) {
                loaded[at] = depots[order].exchange(loaded[at]);
            } else {
                return RbTreeIovaDomain.NO_PFN;
            }
        }
        // Quirk: if all ranges of this magazine lie too high, the others are not asked.
        return loaded[at].pop(highest);
    }

    private void swap(int at) {
        IovaMagazine other = previous[at];
        previous[at] = loaded[at];
        loaded[at] = other;
    }

    /**
     * {@code free_iova_fast}: keeps the range, or gives it to the tree if it has more than 32 pages.
     *
     * @param size what was asked for; a wrong one puts the range among those of another size
     */
    public void freeFast(CpuId cpu, long pfn, long size) {
        int mine = first(cpu);
        if (size < 1) {
            throw new IllegalArgumentException("size must be at least 1 page: " + size);
        }
        int order = IovaOrder.of(size);
        if (order < ORDERS) {
            put(mine + order, order, pfn);
        } else {
            tree.freePfn(pfn);
        }
    }

    private void put(int at, int order, long pfn) {
        if (!loaded[at].isFull()) {
            loaded[at].push(pfn);
        } else if (!previous[at].isFull()) {
            swap(at);
            loaded[at].push(pfn);
        } else if (depots[order].hasRoom()) {
            loaded[at] = depots[order].push(loaded[at]);
            loaded[at].push(pfn);
        } else {
            IovaMagazine displaced = loaded[at];
            loaded[at] = new IovaMagazine();
            loaded[at].push(pfn);
            displaced.freeAll(tree);
        }
    }

    private void flushMagazines() {
        for (int cpu = 0; cpu < cpus; cpu++) {
            offline(cpu * ORDERS);
        }
        for (IovaDepot depot : depots) {
            depot.freeAll(tree);
        }
    }

    private void offline(int first) {
        for (int at = first; at < first + ORDERS; at++) {
            loaded[at].freeAll(tree);
            previous[at].freeAll(tree);
        }
    }

    /** {@code cpu} goes offline: its magazines go back to the tree. */
    public void cpuOffline(CpuId cpu) {
        offline(first(cpu));
    }

    /**
     * 100 ms have passed since the last time: in each depot with work pending, if it has more magazines than there are CPUs,
     * the newest goes back to the tree. Linux 6.1 has no such worker.
     */
    public void depotWork() {
        for (IovaDepot depot : depots) {
            depot.work(cpus, tree);
        }
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return tree.window();
    }

    @Override
    public long granuleBytes() {
        return tree.granuleBytes();
    }

    /** What the tree has; ranges in magazines are not counted. */
    @Override
    public long freeBytes() {
        return tree.freeBytes();
    }

    @Override
    public long largestHole() {
        return tree.largestHole();
    }

    /** The tree's steps; what a magazine serves takes none. */
    @Override
    public OptionalLong searched() {
        return tree.searched();
    }

    @Override
    public String searchedUnit() {
        return tree.searchedUnit();
    }

    /** {@link #alloc(CpuId, long)} on the CPU that boots. */
    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        return alloc(CpuId.BOOT, bytes);
    }

    /** A range anywhere in the window; magazines are emptied before it fails. */
    public Outcome<DmaAddr> alloc(CpuId cpu, long bytes) {
        return alloc(cpu, bytes, new DmaAddr(window().last()), true);
    }

    /**
     * A range up to {@code last}.
     *
     * @param flush whether all magazines are emptied before it fails
     */
    public Outcome<DmaAddr> alloc(CpuId cpu, long bytes, DmaAddr last, boolean flush) {
        long granule = granuleBytes();
        long size = IovaArguments.granules(this, bytes);
        long limit = Long.divideUnsigned(last.value(), granule);
        long steps = tree.steps();
        long pfn = allocFast(cpu, size, limit, flush);
        if (pfn == RbTreeIovaDomain.NO_PFN) {
            long rounded = size < LARGEST_KEPT ? 1L << IovaOrder.of(size) : size;
            return Outcome.failed(tree.noSpace(rounded, limit, true, tree.steps() == steps));
        }
        return Outcome.done(new DmaAddr(pfn * granule));
    }

    /** {@link #free(CpuId, DmaAddr, long)} on the CPU that boots. */
    @Override
    public void free(DmaAddr iova, long bytes) {
        free(CpuId.BOOT, iova, bytes);
    }

    /** Gives a range back to the magazines of {@code cpu}; 0 bytes give nothing back. */
    public void free(CpuId cpu, DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        if (bytes > 0) {
            long granule = granuleBytes();
            freeFast(cpu, Long.divideUnsigned(iova.value(), granule), (bytes - 1) / granule + 1);
        }
    }

    /** {@code 12 MiB in the magazines of 4 CPUs; 120 MiB free of ...}. */
    @Override
    public String toString() {
        return Bytes.text(cachedPages() * granuleBytes()) + " in the magazines of " + cpus + " CPUs; " + tree;
    }
}
