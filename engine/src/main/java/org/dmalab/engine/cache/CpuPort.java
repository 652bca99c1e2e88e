package org.dmalab.engine.cache;

import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.trace.TraceSink;

/**
 * The CPUs' loads and stores, split where lines end. What most of them are, a write-back access inside one line that the CPU holds
 * and owns, is done at once.
 */
final class CpuPort {
    private final SnoopControlUnit scu;
    private final Cache bootCache;
    private final OuterMemory outer;
    private final UncachedPath uncached;
    private final Speculator speculator;
    private final TraceSink trace;
    private final int lineBytes;
    /** Whether a line that a CPU holds is one it may make dirty at once: nobody else can hold it, and it is written back. */
    private final boolean ownsAll;

    /** Whether nobody hears of an access: no sink, no speculation. */
    private boolean silent;
    /** Whether a hit changes nothing but a line's bytes and age: silent, and nothing waits in a write buffer. */
    private boolean quiet;

    CpuPort(
            CacheTopology topology,
            SnoopControlUnit scu,
            OuterMemory outer,
            UncachedPath uncached,
            Speculator speculator,
            TraceSink trace) {
        this.scu = scu;
        this.bootCache = scu.cache(0);
        this.outer = outer;
        this.uncached = uncached;
        this.speculator = speculator;
        this.trace = trace;
        this.lineBytes = topology.inner().lineBytes();
        this.ownsAll = topology.cpus() == 1 && topology.inner().writeBack();
        this.silent = trace == TraceSink.NONE;
        this.quiet = silent;
    }

    /** Whether a hit may have consequences beyond its line from now on: a process speculates. */
    void speculates(boolean process) {
        silent = trace == TraceSink.NONE && !process;
        quiet = false;
        settle();
    }

    private Cache cache(int cpu) {
        return cpu == 0 ? bootCache : scu.cache(cpu);
    }

    /** {@code cpu} loads from {@code virt}, which a mapping of {@code type} leads to {@code phys}. */
    void load(int cpu, long virt, long phys, byte[] to, int offset, int bytes, MemoryType type) {
        if (type != MemoryType.WRITE_BACK || !isSimple(phys, to, offset, bytes)) {
            access(cpu, virt, phys, to, offset, bytes, type, false);
            return;
        }
        Cache cache = cache(cpu);
        int slot = cache.find(virt, phys);
        if (slot == Cache.NONE) {
            missed(cpu, virt, phys, to, offset, bytes, false);
            return;
        }
        cache.touch(slot, virt, phys);
        Moves.word(cache.data(), cache.offset(slot) + ((int) phys & (lineBytes - 1)), to, offset, bytes);
        if (!quiet) {
            hit(cpu, phys, bytes, false);
        }
    }

    /** {@code cpu} stores at {@code virt}, which a mapping of {@code type} leads to {@code phys}. */
    void store(int cpu, long virt, long phys, byte[] from, int offset, int bytes, MemoryType type) {
        if (type != MemoryType.WRITE_BACK || !isSimple(phys, from, offset, bytes)) {
            access(cpu, virt, phys, from, offset, bytes, type, true);
            return;
        }
        Cache cache = cache(cpu);
        int slot = cache.find(virt, phys);
        if (slot == Cache.NONE) {
            missed(cpu, virt, phys, from, offset, bytes, true);
            return;
        }
        if (!ownsAll && !cache.isDirty(slot)) {
            access(cpu, virt, phys, from, offset, bytes, type, true);
            return;
        }
        cache.touch(slot, virt, phys);
        Moves.word(from, offset, cache.data(), cache.offset(slot) + ((int) phys & (lineBytes - 1)), bytes);
        cache.setDirty(slot, true);
        if (!quiet) {
            hit(cpu, phys, bytes, true);
        }
    }

    /** Whether an access lies inside one line and inside the array. */
    private boolean isSimple(long phys, byte[] bytes, int offset, int count) {
        return count > 0
                && count <= lineBytes - ((int) phys & (lineBytes - 1))
                && offset >= 0
                && offset <= bytes.length - count;
    }

    private void missed(int cpu, long virt, long phys, byte[] bytes, int offset, int count, boolean write) {
        outer.requireRam(phys, count);
        cached(cpu, virt, phys, bytes, offset, count, MemoryType.WRITE_BACK, write, Cache.NONE);
        timePasses(cpu);
    }

    /** Tells of an access to a line that {@code cpu} held and owned. */
    private void hit(int cpu, long phys, int bytes, boolean write) {
        trace.cpuAccess(cpu, phys, bytes, write, MemoryType.WRITE_BACK, SnoopControlUnit.LEVEL);
        timePasses(cpu);
    }

    /** An access of {@code cpu} came to its end, or as much time passed. */
    void timePasses(int cpu) {
        speculator.tick(cpu);
        uncached.tick(cpu);
        settle();
    }

    /** Finds out whether what waited in the write buffers has left. */
    void settle() {
        if (silent && !quiet) {
            quiet = uncached.nothingWaits();
        }
    }

    private void access(
            int cpu, long virt, long phys, byte[] bytes, int offset, int count, MemoryType type, boolean write) {
        check(phys, bytes, offset, count);
        for (int done = 0; done < count; ) {
            long address = phys + done;
            int inLine = (int) address & (lineBytes - 1);
            int piece = Math.min(count - done, lineBytes - inLine);
            if (type == MemoryType.WRITE_BACK || (type == MemoryType.WRITE_THROUGH && !write)) {
                int slot = scu.cache(cpu).find(virt + done, address);
                cached(cpu, virt + done, address, bytes, offset + done, piece, type, write, slot);
            } else {
                trace.cpuAccess(cpu, address, piece, write, type, 0);
                if (type == MemoryType.WRITE_THROUGH) {
                    uncached.writeThrough(cpu, virt + done, address, bytes, offset + done, piece);
                } else if (write) {
                    uncached.store(cpu, address, bytes, offset + done, piece, type);
                    quiet = false;
                } else {
                    uncached.load(cpu, address, bytes, offset + done, piece, type);
                }
            }
            done += piece;
        }
        timePasses(cpu);
    }

    /** @param held where the line is, if it is */
    private void cached(
            int cpu,
            long virt,
            long phys,
            byte[] bytes,
            int offset,
            int piece,
            MemoryType type,
            boolean write,
            int held) {
        Cache cache = scu.cache(cpu);
        int inLine = (int) phys & (lineBytes - 1);
        int slot = held;
        int servedBy = SnoopControlUnit.LEVEL;
        if (slot != Cache.NONE) {
            cache.touch(slot, virt, phys);
        } else if (write && !cache.config().writeAllocate()) {
            trace.cpuAccess(cpu, phys, piece, true, type, 0);
            scu.takeFromOthers(cpu, phys);
            outer.store(cpu, phys, bytes, offset, piece);
            return;
        } else {
            slot = scu.fetch(cpu, virt - inLine, phys - inLine, false);
            servedBy = scu.servedBy();
        }
        trace.cpuAccess(cpu, phys, piece, write, type, servedBy);
        int at = cache.offset(slot) + inLine;
        if (!write) {
            Moves.word(cache.data(), at, bytes, offset, piece);
        } else {
            scu.own(cpu, slot, phys);
            Moves.word(bytes, offset, cache.data(), at, piece);
            if (cache.config().writeBack()) {
                cache.setDirty(slot, true);
            } else {
                outer.store(cpu, phys, bytes, offset, piece);
            }
        }
        if (servedBy != SnoopControlUnit.LEVEL) {
            speculator.missed(cpu, virt - inLine, phys - inLine);
        }
    }

    /** Refuses bytes that do not lie in their array, and memory that is not there. */
    void check(long phys, byte[] bytes, int offset, int count) {
        if (count < 0 || offset < 0 || offset > bytes.length - count) {
            throw new IllegalArgumentException(
                    "offset and bytes must lie in an array of " + bytes.length + ": " + offset + ", " + count);
        }
        outer.requireRam(phys, Math.max(1, count));
    }
}
