package org.dmalab.engine.cache;

import java.util.Optional;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;

/** The fetches that nobody asked for: {@link Speculation} and {@link Prefetcher} at work on one machine's caches. */
final class Speculator {
    private final SnoopControlUnit scu;
    private final PhysicalMemory ram;
    private final int lineBytes;
    private final boolean virtuallyIndexed;
    private final long[] lastMiss;
    private final long[] lastStride;
    private LongPredicate reachable = phys -> true;
    private Prefetcher prefetcher = Prefetcher.NONE;
    private boolean speculates;
    private long start;
    private long virt;
    private long lines;
    private long threshold;
    private long random;

    Speculator(SnoopControlUnit scu, int lineBytes, PhysicalMemory ram) {
        this.scu = scu;
        this.lineBytes = lineBytes;
        this.ram = ram;
        this.virtuallyIndexed = scu.cache(0).config().indexing() != Indexing.PIPT;
        this.lastMiss = new long[scu.cpus()];
        this.lastStride = new long[scu.cpus()];
    }

    void speculate(Optional<Speculation> process, LongPredicate cacheable) {
        reachable = cacheable;
        speculates = process.isPresent();
        process.ifPresent(chosen -> {
            long into = chosen.range().start().value() & (lineBytes - 1);
            start = chosen.range().start().value() - into;
            virt = chosen.virt().value() - into;
            lines = (chosen.range().last() - start) / lineBytes + 1;
            threshold = (long) (chosen.rate() * (1L << 53));
            random = (chosen.seed() * 0x9E3779B97F4A7C15L) | 1;
        });
    }

    void prefetch(Prefetcher hardware) {
        prefetcher = hardware;
    }

    /** {@code cpu} did something. */
    void tick(int cpu) {
        if (speculates) {
            perhapsFetch(cpu);
        }
    }

    private void perhapsFetch(int cpu) {
        if ((next() >>> 11) >= threshold) {
            return;
        }
        long line = Long.remainderUnsigned(next(), lines) * lineBytes;
        if (reachable.test(start + line)) {
            fetch(cpu, virt + line, start + line);
        }
    }

    private long next() {
        random ^= random >>> 12;
        random ^= random << 25;
        random ^= random >>> 27;
        return random * 0x2545F4914F6CDD1DL;
    }

    /** {@code cpu} missed the line that starts at {@code phys}. */
    void missed(int cpu, long lineVirt, long phys) {
        if (prefetcher.depth() == 0) {
            return;
        }
        long stride = phys - lastMiss[cpu];
        long step = stride == lastStride[cpu] && stride != 0 ? stride : lineBytes;
        lastStride[cpu] = stride;
        lastMiss[cpu] = phys;
        boolean bounded = prefetcher.pageBounded() || virtuallyIndexed;
        for (int i = 1; i <= prefetcher.depth(); i++) {
            long ahead = phys + i * step;
            if (bounded && ((ahead ^ phys) >>> PageSize.PAGE_SHIFT) != 0) {
                return;
            }
            fetch(cpu, lineVirt + i * step, ahead);
        }
    }

    private void fetch(int cpu, long lineVirt, long phys) {
        if (ram.contains(new PhysAddr(phys), lineBytes) && scu.cache(cpu).find(lineVirt, phys) == Cache.NONE) {
            int unused = scu.fetch(cpu, lineVirt, phys, true);
        }
    }
}
