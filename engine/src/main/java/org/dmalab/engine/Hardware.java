package org.dmalab.engine;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cost.ClockDriver;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
import org.dmalab.engine.trace.Tracepoints;

/**
 * What a board has before a kernel runs on it: RAM, caches, CPUs, and the clock that charges for what they do.
 *
 * @param trace who hears what happens
 * @param fingerprint what happened since the clock started, as a hash
 * @param truth what RAM would hold without caches
 * @param maintenance cache operations by virtual address, as the kernel issues them
 * @param cpus all of them, by number
 */
record Hardware(
        Tracepoints trace,
        ClockDriver clock,
        Fingerprint fingerprint,
        PhysicalMemory ram,
        ShadowMemory truth,
        CacheHierarchy caches,
        CacheMaintenance maintenance,
        List<Cpu> cpus) {
    /** That of {@code board}, switched off: nobody hears what it does before {@link #startClock}. */
    static Hardware of(Board board, MemoryLayout layout) {
        Tracepoints trace = new Tracepoints();
        ClockDriver clock = new ClockDriver(
                board.prices(),
                board.cores().caches().inner().lineBytes(),
                board.cores().caches().outer().isPresent() ? 2 : 1);
        PhysicalMemory ram = new PhysicalMemory(board.memory().banks());
        ShadowMemory truth = new ShadowMemory(new PhysicalMemory(board.memory().banks()), clock.clock()::nanos);
        CacheHierarchy caches = new CacheHierarchy(board.cores().caches(), ram, trace);
        CacheMaintenance maintenance = new CacheMaintenance(
                caches,
                board.cores().maintenance(),
                layout.pageOffset(),
                layout.lowmem().start());
        List<Cpu> cpus = new ArrayList<>();
        for (int i = 0; i < board.cores().caches().cpus(); i++) {
            cpus.add(new Cpu(new CpuId(i), caches, truth, trace));
        }
        return new Hardware(trace, clock, new Fingerprint(), ram, truth, caches, maintenance, List.copyOf(cpus));
    }

    /** From now on what happens takes time and is part of the fingerprint. */
    void startClock() {
        trace.add(clock);
        trace.add(fingerprint);
    }

    /** CPU number {@code index}. */
    Cpu cpu(int index) {
        if (index < 0 || index >= cpus.size()) {
            throw new IllegalArgumentException("CPU must be 0.." + (cpus.size() - 1) + ": " + index);
        }
        return cpus.get(index);
    }
}
