package org.dmalab.engine.cache;

import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;

/** The way of accesses that no inner cache serves, piece by piece of at most a line: the CPUs' write buffers, and memory. */
final class UncachedPath {
    private final WriteBuffer[] buffers;
    private final SnoopControlUnit scu;
    private final OuterMemory outer;
    private final PhysicalMemory ram;
    private final TraceSink trace;
    private final int lineBytes;

    UncachedPath(CacheTopology topology, SnoopControlUnit scu, OuterMemory outer, PhysicalMemory ram, TraceSink trace) {
        this.buffers = new WriteBuffer[topology.cpus()];
        for (int cpu = 0; cpu < buffers.length; cpu++) {
            buffers[cpu] = new WriteBuffer(cpu, topology, outer, trace);
        }
        this.scu = scu;
        this.outer = outer;
        this.ram = ram;
        this.trace = trace;
        this.lineBytes = topology.inner().lineBytes();
    }

    void load(int cpu, long phys, byte[] to, int offset, int bytes, MemoryType type) {
        if (type == MemoryType.NORMAL_NONCACHEABLE) {
            outer.loadUncached(phys, to, offset, bytes);
            buffers[cpu].forward(phys, to, offset, bytes);
        } else {
            buffers[cpu].drain();
            ram.read(new PhysAddr(phys), to, offset, bytes);
        }
    }

    void store(int cpu, long phys, byte[] from, int offset, int bytes, MemoryType type) {
        WriteBuffer buffer = buffers[cpu];
        if (type == MemoryType.NORMAL_NONCACHEABLE) {
            buffer.store(phys, from, offset, bytes);
            return;
        }
        if (type == MemoryType.DEVICE) {
            buffer.drain(phys, bytes);
        } else {
            buffer.drain();
        }
        ram.write(new PhysAddr(phys), from, offset, bytes);
    }

    /** A store through a mapping that is written through: held copies change, and memory. */
    void writeThrough(int cpu, long virt, long phys, byte[] from, int offset, int bytes) {
        Cache cache = scu.cache(cpu);
        scu.takeFromOthers(cpu, phys);
        buffers[cpu].drain(phys, bytes);
        int slot = cache.find(virt, phys);
        if (slot != Cache.NONE) {
            Moves.word(from, offset, cache.data(), cache.offset(slot) + ((int) phys & (lineBytes - 1)), bytes);
        }
        outer.storeThrough(phys, from, offset, bytes);
        trace.storeWrittenThrough(cpu, phys, bytes, false);
    }

    /** The bytes that {@link #load} would get now; nothing changes. */
    void peek(int cpu, long phys, byte[] to, int offset, int bytes, MemoryType type) {
        for (int done = 0; done < bytes; ) {
            long address = phys + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) address & (lineBytes - 1)));
            if (type == MemoryType.NORMAL_NONCACHEABLE) {
                outer.loadUncached(address, to, offset + done, piece);
            } else {
                ram.read(new PhysAddr(address), to, offset + done, piece);
            }
            done += piece;
        }
        buffers[cpu].forward(phys, to, offset, bytes);
    }

    /** {@code cpu} made an access of whatever kind. */
    void tick(int cpu) {
        buffers[cpu].tick();
    }

    void drain(int cpu) {
        buffers[cpu].drain();
    }

    void drainAll() {
        for (WriteBuffer buffer : buffers) {
            buffer.drain();
        }
    }

    /** Lets what waits anywhere for {@code [start, start + bytes)} arrive. */
    void drain(long start, long bytes) {
        for (WriteBuffer buffer : buffers) {
            buffer.drain(start, bytes);
        }
    }

    boolean hasPending(int cpu) {
        return !buffers[cpu].isEmpty();
    }

    /** Whether every write buffer is empty. */
    boolean nothingWaits() {
        for (WriteBuffer buffer : buffers) {
            if (!buffer.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** How many bytes of {@code [start, start + bytes)} wait in the write buffer of {@code cpu}. */
    int pending(int cpu, long start, long bytes) {
        return buffers[cpu].pending(start, bytes);
    }

    /** Hands on each run of bytes of {@code [start, start + bytes)} that waits in the write buffer of {@code cpu}. */
    void forEachRun(int cpu, long start, long bytes, WriteBuffer.RunVisitor visitor) {
        buffers[cpu].forEachRun(start, bytes, visitor);
    }
}
