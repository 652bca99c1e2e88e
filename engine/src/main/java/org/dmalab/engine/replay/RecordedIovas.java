package org.dmalab.engine.replay;

import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.FlushQueue;
import org.dmalab.engine.iova.IovaRcache;
import org.dmalab.engine.iova.IovaWalk;
import org.dmalab.engine.iova.RbTreeIovaDomain;
import org.dmalab.engine.trace.TraceSink;

/** The allocator that an {@link IovaRecording} was made of, and the CPU that acts. */
final class RecordedIovas {
    private static final long BELOW_4_GIB = 0xfffff;
    private static final int MOST_CPUS = 4096;

    /** What Linux 6 has in front of the tree. */
    private record Fast(IovaRcache rcache, FlushQueue queue) {}

    private final RbTreeIovaDomain tree;
    private final Optional<Fast> fast;
    private final int cpus;
    private CpuId cpu = CpuId.BOOT;
    private long stepsBefore;
    private long mostSteps;

    private RecordedIovas(RbTreeIovaDomain tree, Optional<Fast> fast, int cpus) {
        this.tree = tree;
        this.fast = fast;
        this.cpus = cpus;
    }

    static RecordedIovas of(Era era, long granule, long startPfn, int cpus) {
        if (granule < 1 || Long.bitCount(granule) != 1 || granule > PageSize.PAGE_BYTES) {
            throw new IllegalArgumentException("granule must be a power of two up to 4096: " + granule);
        }
        if (startPfn > BELOW_4_GIB) {
            throw new IllegalArgumentException("start_pfn must be 0..fffff: " + Long.toHexString(startPfn));
        }
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new IllegalArgumentException("ncpu must be 1.." + MOST_CPUS + ": " + cpus);
        }
        PageSize page = new PageSize(Long.numberOfTrailingZeros(granule));
        AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(startPfn * granule), 1L << 48);
        RbTreeIovaDomain tree = new RbTreeIovaDomain(IovaWalk.of(era), window, page, TraceSink.NONE);
        if (!era.atLeast(Era.V6_1)) {
            return new RecordedIovas(tree, Optional.empty(), cpus);
        }
        IovaRcache rcache = new IovaRcache(era, tree, cpus);
        FlushQueue queue = new FlushQueue(rcache, cpus, FlushQueue.Options.PER_CPU, () -> {});
        return new RecordedIovas(tree, Optional.of(new Fast(rcache, queue)), cpus);
    }

    RbTreeIovaDomain tree() {
        return tree;
    }

    int cpus() {
        return cpus;
    }

    void on(CpuId acting) {
        cpu = acting;
    }

    /** An operation begins. */
    void begin() {
        stepsBefore = tree.steps();
    }

    /** An operation ends. */
    void end() {
        mostSteps = Math.max(mostSteps, tree.steps() - stepsBefore);
    }

    /** The steps of the operation that had most. */
    long mostSteps() {
        return mostSteps;
    }

    long alloc(long size, long limit, boolean aligned) {
        return tree.allocPfn(size, limit, aligned);
    }

    long allocFast(long size, long limit, boolean flush) {
        return fast.isPresent()
                ? fast.get().rcache().allocFast(cpu, size, limit, flush)
                : tree.allocPfn(size, limit, true);
    }

    /** {@code iommu_dma_alloc_iova} of a PCI device: below 4 GiB first. */
    long allocPci(long size, long limit) {
        long pfn = limit > BELOW_4_GIB ? allocFast(size, BELOW_4_GIB, false) : RbTreeIovaDomain.NO_PFN;
        return pfn != RbTreeIovaDomain.NO_PFN ? pfn : allocFast(size, limit, true);
    }

    void free(long pfn) {
        tree.freePfn(pfn);
    }

    void freeFast(long pfn, long size) {
        if (fast.isPresent()) {
            fast.get().rcache().freeFast(cpu, pfn, size);
        } else {
            tree.freePfn(pfn);
        }
    }

    void queue(long pfn, long size) {
        if (fast.isPresent()) {
            fast.get().queue().queue(cpu, pfn, size, 0);
        } else {
            tree.freePfn(pfn);
        }
    }

    long flushes() {
        return fast.map(each -> each.queue().flushes()).orElse(0L);
    }

    void fireTimer() {
        fast.ifPresent(each -> fire(each.queue()));
    }

    private void fire(FlushQueue queue) {
        if (queue.isTimerPending() && !queue.fireTimer(cpu)) {
            throw new AssertionError("a timer that runs did not fire: " + queue);
        }
    }

    void depotWork() {
        fast.ifPresent(each -> each.rcache().depotWork());
    }

    /** The hash over first and last page of every range in the tree, from the lowest up. */
    String treeHash() {
        Fnv1a hash = new Fnv1a();
        tree.forEach((lo, hi) -> {
            hash.add(lo, Long.BYTES);
            hash.add(hi, Long.BYTES);
        });
        return hash.toString();
    }
}
