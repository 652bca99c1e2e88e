package org.dmalab.engine.cache;

import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/** What lies behind the inner caches: the outer cache if the machine has one, and RAM. */
final class OuterMemory {
    /** The outer cache's level in a trace. */
    static final int LEVEL = 2;

    private final @Nullable Cache cache;
    private final PhysicalMemory ram;
    private final TraceSink trace;
    private final int innerLineBytes;
    private final boolean sharedOverride;
    private boolean hit;

    OuterMemory(CacheTopology topology, PhysicalMemory ram, TraceSink trace) {
        this.cache = topology.outer().map(Cache::new).orElse(null);
        this.innerLineBytes = topology.inner().lineBytes();
        this.sharedOverride = topology.sharedOverride();
        this.ram = ram;
        this.trace = trace;
    }

    /** Refuses ranges that no RAM answers to; an empty one may be anywhere. */
    void requireRam(long start, long bytes) {
        if (bytes > 0 && !ram.contains(new PhysAddr(start), bytes)) {
            throw noRam(start, bytes);
        }
    }

    private IllegalArgumentException noRam(long start, long bytes) {
        return new IllegalArgumentException(
                "no RAM at " + new PhysAddr(start) + " for " + bytes + " bytes: banks are " + ram.banks());
    }

    /** The outer cache. */
    @Nullable
    Cache cache() {
        return cache;
    }

    /** Which level had the line last asked for: 2, or 0 for memory. */
    int servedBy() {
        return hit ? LEVEL : 0;
    }

    /** Sees to it that the outer cache holds the line of {@code phys}; its slot is for {@link #copyLine}. */
    int hold(int cpu, long phys, boolean speculative) {
        Cache outer = cache;
        if (outer == null) {
            hit = false;
            trace.lineFilled(cpu, phys, innerLineBytes, speculative);
            return Cache.NONE;
        }
        int slot = outer.find(phys, phys);
        hit = slot != Cache.NONE;
        if (hit) {
            outer.touch(slot, phys, phys);
            return slot;
        }
        return fill(outer, cpu, phys, speculative);
    }

    private int fill(Cache outer, int cpu, long phys, boolean speculative) {
        long line = phys & -(long) outer.lineBytes();
        int slot = makeRoom(outer, line, speculative);
        ram.read(new PhysAddr(line), outer.data(), outer.offset(slot), outer.lineBytes());
        trace.lineFilled(cpu, line, outer.lineBytes(), speculative);
        return slot;
    }

    private int makeRoom(Cache outer, long line, boolean speculative) {
        int slot = outer.victim(line, line);
        if (outer.isDirty(slot)) {
            writeOn(outer, slot);
            trace.lineWrittenBack(LEVEL, outer.address(slot), outer.lineBytes(), speculative);
        }
        outer.install(slot, line, line);
        return slot;
    }

    private void writeOn(Cache outer, int slot) {
        ram.write(new PhysAddr(outer.address(slot)), outer.data(), outer.offset(slot), outer.lineBytes());
        outer.setDirty(slot, false);
    }

    /** Copies an inner line from {@code slot}, or from RAM if it is no longer there. */
    void copyLine(int slot, long phys, byte[] to, int offset) {
        Cache outer = cache;
        if (outer != null && slot != Cache.NONE) {
            int inLine = (int) phys & (outer.lineBytes() - 1);
            if (outer.isValid(slot) && outer.address(slot) == phys - inLine) {
                Moves.line(outer.data(), outer.offset(slot) + inLine, to, offset, innerLineBytes);
                return;
            }
        }
        ram.read(new PhysAddr(phys), to, offset, innerLineBytes);
    }

    /** A dirty line that leaves an inner cache. */
    void writeBack(int cpu, long phys, byte[] from, int offset, boolean speculative) {
        Cache outer = cache;
        if (outer == null) {
            ram.write(new PhysAddr(phys), from, offset, innerLineBytes);
        } else {
            take(outer, cpu, phys, from, offset, innerLineBytes, speculative);
        }
    }

    /** A store that an inner cache passes on. */
    void store(int cpu, long phys, byte[] from, int offset, int bytes) {
        Cache outer = cache;
        if (outer == null) {
            writeThrough(cpu, phys, from, offset, bytes, false);
        } else {
            take(outer, cpu, phys, from, offset, bytes, false);
        }
    }

    private void writeThrough(int cpu, long phys, byte[] from, int offset, int bytes, boolean speculative) {
        ram.write(new PhysAddr(phys), from, offset, bytes);
        trace.storeWrittenThrough(cpu, phys, bytes, speculative);
    }

    private void take(Cache outer, int cpu, long phys, byte[] from, int offset, int bytes, boolean speculative) {
        int slot = outer.find(phys, phys);
        if (slot != Cache.NONE) {
            outer.touch(slot, phys, phys);
        } else if (!outer.config().writeAllocate()) {
            writeThrough(cpu, phys, from, offset, bytes, speculative);
            return;
        } else if (bytes == outer.lineBytes()) {
            slot = makeRoom(outer, phys, speculative);
        } else {
            slot = fill(outer, cpu, phys, speculative);
        }
        int inLine = (int) phys & (outer.lineBytes() - 1);
        Moves.line(from, offset, outer.data(), outer.offset(slot) + inLine, bytes);
        if (outer.config().writeBack()) {
            outer.setDirty(slot, true);
        } else {
            writeThrough(cpu, phys, from, offset, bytes, speculative);
        }
    }

    /** Changes the bytes of a held line and nothing else; whether there was one. */
    boolean update(long phys, byte[] from, int offset, int bytes) {
        Cache outer = cache;
        int slot = outer == null ? Cache.NONE : outer.find(phys, phys);
        if (outer == null || slot == Cache.NONE) {
            return false;
        }
        int inLine = (int) phys & (outer.lineBytes() - 1);
        Moves.line(from, offset, outer.data(), outer.offset(slot) + inLine, bytes);
        return true;
    }

    /** A store of a coherent device: into the outer cache if that holds the line, else to memory. */
    void storeCoherent(long phys, byte[] from, int offset, int bytes) {
        Cache outer = cache;
        if (outer != null && outer.config().writeBack() && update(phys, from, offset, bytes)) {
            outer.setDirty(outer.find(phys, phys), true);
        } else {
            storeThrough(phys, from, offset, bytes);
        }
    }

    /** A store that goes to memory and changes a held line on its way. */
    void storeThrough(long phys, byte[] from, int offset, int bytes) {
        boolean unused = update(phys, from, offset, bytes);
        ram.write(new PhysAddr(phys), from, offset, bytes);
    }

    /** A Normal non-cacheable store, which only a controller without the override looks up. */
    void storeUncached(long phys, byte[] from, int offset, int bytes) {
        if (sharedOverride) {
            ram.write(new PhysAddr(phys), from, offset, bytes);
        } else {
            storeThrough(phys, from, offset, bytes);
        }
    }

    /** What a Normal non-cacheable load gets; changes nothing, for such a load allocates no line. */
    void loadUncached(long phys, byte[] to, int offset, int bytes) {
        if (sharedOverride) {
            ram.read(new PhysAddr(phys), to, offset, bytes);
        } else {
            peek(phys, to, offset, bytes);
        }
    }

    /** What a load that missed the inner caches would get; changes nothing. */
    void peek(long phys, byte[] to, int offset, int bytes) {
        Cache outer = cache;
        int slot = outer == null ? Cache.NONE : outer.find(phys, phys);
        if (outer == null || slot == Cache.NONE) {
            ram.read(new PhysAddr(phys), to, offset, bytes);
        } else {
            int inLine = (int) phys & (outer.lineBytes() - 1);
            System.arraycopy(outer.data(), outer.offset(slot) + inLine, to, offset, bytes);
        }
    }

    /**
     * Maintains the lines of {@code [phys, phys + bytes)}. A range as large as the cache is cleaned by way, and every other
     * line with it; never so if lines are only dropped ({@code l2x0_clean_range}).
     */
    void maintain(CacheOperation operation, long phys, long bytes) {
        Cache outer = cache;
        if (outer == null || bytes == 0) {
            return;
        }
        if (operation != CacheOperation.INVALIDATE && bytes >= (long) outer.capacity() * outer.lineBytes()) {
            maintainAll(operation);
            return;
        }
        long writtenBack = 0;
        int found = outer.collect(phys, phys, bytes);
        for (int i = 0; i < found; i++) {
            writtenBack += maintain(outer, operation, outer.collected(i));
        }
        trace.cacheMaintained(LEVEL, operation.code(), phys, outer.linesIn(phys, bytes), writtenBack);
    }

    /** Maintains every line, by way. */
    void maintainAll(CacheOperation operation) {
        Cache outer = cache;
        if (outer == null) {
            return;
        }
        long writtenBack = 0;
        for (int slot = 0; outer.valid() > 0 && slot < outer.capacity(); slot++) {
            if (outer.isValid(slot)) {
                writtenBack += maintain(outer, operation, slot);
            }
        }
        trace.cacheMaintained(LEVEL, operation.code(), 0, outer.capacity(), writtenBack);
    }

    private int maintain(Cache outer, CacheOperation operation, int slot) {
        int writtenBack = 0;
        if (operation != CacheOperation.INVALIDATE && outer.isDirty(slot)) {
            writeOn(outer, slot);
            writtenBack = 1;
        }
        if (operation != CacheOperation.CLEAN) {
            outer.drop(slot);
        }
        return writtenBack;
    }

    /** Lets the lines of {@code [phys, phys + bytes)} make room: dirty ones are written to memory, or lost if told so. */
    void evict(long phys, long bytes, boolean keepBytes) {
        Cache outer = cache;
        int found = outer == null ? 0 : outer.collectPhysical(phys, bytes);
        for (int i = 0; outer != null && i < found; i++) {
            int slot = outer.collected(i);
            if (keepBytes && outer.isDirty(slot)) {
                writeOn(outer, slot);
                trace.lineWrittenBack(LEVEL, outer.address(slot), outer.lineBytes(), false);
            }
            outer.drop(slot);
        }
    }
}
