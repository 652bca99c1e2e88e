package org.dmalab.engine.cache;

import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;

/**
 * The inner caches of all CPUs and what keeps them coherent (the SCU of the Cortex-A9 MPCore): a CPU that stores is the only
 * one that holds the line, and one that misses gets the line from another CPU if that has it. A dirty line moves as it is;
 * a clean one is copied.
 *
 * <p>Copies are looked for by physical address. Two copies of a line in <em>one</em> cache, under two virtual addresses, are
 * not kept coherent.
 */
final class SnoopControlUnit {
    /** The inner caches' level in a trace. */
    static final int LEVEL = 1;

    private final Cache[] caches;
    private final OuterMemory outer;
    private final TraceSink trace;
    private final int lineBytes;
    private int servedBy;

    SnoopControlUnit(int cpus, CacheConfig inner, OuterMemory outer, TraceSink trace) {
        this.caches = new Cache[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            caches[cpu] = new Cache(inner.withSeed(inner.seed() + cpu));
        }
        this.outer = outer;
        this.trace = trace;
        this.lineBytes = inner.lineBytes();
    }

    /** The inner cache of {@code cpu}. */
    Cache cache(int cpu) {
        return caches[cpu];
    }

    /** How many CPUs. */
    int cpus() {
        return caches.length;
    }

    /** Which level had the line last fetched: 2, or 0 for memory or another CPU. */
    int servedBy() {
        return servedBy;
    }

    /** Brings the line that starts at {@code phys}, and that {@code cpu} lacks, into its cache; its slot. */
    int fetch(int cpu, long virt, long phys, boolean speculative) {
        Cache cache = caches[cpu];
        if (caches.length > 1) {
            int slot = transfer(cpu, virt, phys, speculative);
            if (slot != Cache.NONE) {
                servedBy = 0;
                return slot;
            }
        }
        int behind = outer.hold(cpu, phys, speculative);
        servedBy = outer.servedBy();
        int slot = makeRoom(cpu, cache, virt, phys, speculative);
        outer.copyLine(behind, phys, cache.data(), cache.offset(slot));
        return slot;
    }

    private int makeRoom(int cpu, Cache cache, long virt, long phys, boolean speculative) {
        int slot = cache.victim(virt, phys);
        if (cache.isDirty(slot)) {
            leave(cpu, cache, slot, speculative);
        }
        cache.install(slot, virt, phys);
        return slot;
    }

    private void leave(int cpu, Cache cache, int slot, boolean speculative) {
        writeOn(cpu, cache, slot, speculative);
        trace.lineWrittenBack(LEVEL, cache.address(slot), lineBytes, speculative);
    }

    private void writeOn(int cpu, Cache cache, int slot, boolean speculative) {
        outer.writeBack(cpu, cache.address(slot), cache.data(), cache.offset(slot), speculative);
        cache.setDirty(slot, false);
    }

    private int transfer(int cpu, long virt, long phys, boolean speculative) {
        for (int other = 0; other < caches.length; other++) {
            int from = other == cpu ? Cache.NONE : newest(caches[other], phys);
            if (from != Cache.NONE) {
                Cache giver = caches[other];
                int slot = makeRoom(cpu, caches[cpu], virt, phys, speculative);
                System.arraycopy(
                        giver.data(), giver.offset(from), caches[cpu].data(), caches[cpu].offset(slot), lineBytes);
                if (giver.isDirty(from)) {
                    caches[cpu].setDirty(slot, true);
                    giver.drop(from);
                }
                trace.lineTransferred(cpu, phys, lineBytes, speculative);
                return slot;
            }
        }
        return Cache.NONE;
    }

    /** The slot of a cache that holds the line of {@code phys}, a dirty one if there is one. */
    private static int newest(Cache cache, long phys) {
        int found = Cache.NONE;
        for (int slot = cache.holding(phys, Cache.NONE); slot != Cache.NONE; slot = cache.holding(phys, slot)) {
            if (cache.isDirty(slot)) {
                return slot;
            }
            found = found == Cache.NONE ? slot : found;
        }
        return found;
    }

    /** {@code cpu} is about to store into its line in {@code slot}: no other CPU keeps a copy. */
    void own(int cpu, int slot, long phys) {
        if (caches.length > 1 && !caches[cpu].isDirty(slot)) {
            takeFromOthers(cpu, phys);
        }
    }

    /** No CPU but {@code cpu} keeps a copy of the line of {@code phys}; a dirty one is written on. -1 spares nobody. */
    void takeFromOthers(int cpu, long phys) {
        for (int other = 0; other < caches.length; other++) {
            if (other != cpu) {
                Cache cache = caches[other];
                for (int slot = cache.holding(phys, Cache.NONE); slot != Cache.NONE; slot = cache.holding(phys, slot)) {
                    if (cache.isDirty(slot)) {
                        leave(other, cache, slot, false);
                    }
                    cache.drop(slot);
                }
            }
        }
    }

    /**
     * Copies bytes of the line of {@code phys} from the inner cache of some CPU other than {@code cpu}; whether there was one.
     */
    boolean peekOthers(int cpu, long phys, byte[] to, int offset, int bytes) {
        for (int other = 0; other < caches.length; other++) {
            int slot = other == cpu ? Cache.NONE : newest(caches[other], phys);
            if (slot != Cache.NONE) {
                int inLine = (int) phys & (lineBytes - 1);
                System.arraycopy(caches[other].data(), caches[other].offset(slot) + inLine, to, offset, bytes);
                return true;
            }
        }
        return false;
    }

    /** Maintains the lines of {@code [virt, virt + bytes)}, mapped to {@code phys} and on, in the caches of all CPUs. */
    void maintain(CacheOperation operation, long virt, long phys, long bytes) {
        if (bytes == 0) {
            return;
        }
        long writtenBack = 0;
        for (int cpu = 0; cpu < caches.length; cpu++) {
            Cache cache = caches[cpu];
            int found = cache.collect(virt, phys, bytes);
            for (int i = 0; i < found; i++) {
                writtenBack += maintain(cpu, operation, cache.collected(i));
            }
        }
        trace.cacheMaintained(LEVEL, operation.code(), phys, caches[0].linesIn(phys, bytes), writtenBack);
    }

    /** Maintains every line of the cache of {@code cpu}, by set and way, which other CPUs do not hear of. */
    void maintainAll(int cpu, CacheOperation operation) {
        Cache cache = caches[cpu];
        long writtenBack = 0;
        for (int slot = 0; cache.valid() > 0 && slot < cache.capacity(); slot++) {
            if (cache.isValid(slot)) {
                writtenBack += maintain(cpu, operation, slot);
            }
        }
        trace.cacheMaintained(LEVEL, operation.code(), 0, cache.capacity(), writtenBack);
    }

    private int maintain(int cpu, CacheOperation operation, int slot) {
        Cache cache = caches[cpu];
        int writtenBack = 0;
        if (operation != CacheOperation.INVALIDATE && cache.isDirty(slot)) {
            writeOn(cpu, cache, slot, false);
            writtenBack = 1;
        }
        if (operation != CacheOperation.CLEAN) {
            cache.drop(slot);
        }
        return writtenBack;
    }

    /** Lets the lines of {@code [phys, phys + bytes)} make room: dirty ones are written on, or lost if told so. */
    void evict(long phys, long bytes, boolean keepBytes) {
        for (int cpu = 0; cpu < caches.length; cpu++) {
            Cache cache = caches[cpu];
            int found = cache.collectPhysical(phys, bytes);
            for (int i = 0; i < found; i++) {
                int slot = cache.collected(i);
                if (keepBytes && cache.isDirty(slot)) {
                    leave(cpu, cache, slot, false);
                }
                cache.drop(slot);
            }
        }
    }

    /** Throws unless each line that is dirty somewhere is held by one CPU only, and each cache is sound. */
    void checkInvariants() {
        for (int cpu = 0; cpu < caches.length; cpu++) {
            caches[cpu].checkInvariants();
            for (int slot = 0; slot < caches[cpu].capacity(); slot++) {
                for (int other = 0; caches[cpu].isDirty(slot) && other < caches.length; other++) {
                    if (other != cpu && caches[other].holding(caches[cpu].address(slot), Cache.NONE) != Cache.NONE) {
                        throw new AssertionError("line is dirty in the cache of CPU" + cpu + " and held by CPU" + other
                                + " [phys=0x" + Long.toHexString(caches[cpu].address(slot)) + "]");
                    }
                }
            }
        }
    }
}
