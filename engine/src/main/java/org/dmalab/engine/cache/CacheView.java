package org.dmalab.engine.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheHierarchy.LineState;
import org.dmalab.engine.memory.PhysicalMemory;

/** What caches, write buffers and memory hold, looked at from outside: nothing changes, not even the age of a line. */
final class CacheView {
    private final SnoopControlUnit scu;
    private final OuterMemory outer;
    private final UncachedPath uncached;
    private final int lineBytes;
    private final PhysicalMemory ram;

    CacheView(SnoopControlUnit scu, OuterMemory outer, UncachedPath uncached, int lineBytes, PhysicalMemory ram) {
        this.scu = scu;
        this.outer = outer;
        this.uncached = uncached;
        this.lineBytes = lineBytes;
        this.ram = ram;
    }

    /** The worst state in which any cache holds the line of {@code phys}. */
    LineState state(long phys) {
        LineState state = LineState.ABSENT;
        for (int cpu = 0; cpu < scu.cpus(); cpu++) {
            state = worse(state, scu.cache(cpu), phys);
        }
        Cache shared = outer.cache();
        return shared == null ? state : worse(state, shared, phys);
    }

    private static LineState worse(LineState state, Cache cache, long phys) {
        LineState worst = state;
        for (int slot = cache.holding(phys, Cache.NONE); slot != Cache.NONE; slot = cache.holding(phys, slot)) {
            LineState here = cache.isDirty(slot) ? LineState.DIRTY : LineState.CLEAN;
            worst = here.compareTo(worst) > 0 ? here : worst;
        }
        return worst;
    }

    /** Every place that holds bytes of the inner line that starts at {@code line}, the nearest to the CPUs first. */
    List<LineCopy> copies(PhysAddr line) {
        List<LineCopy> copies = new ArrayList<>();
        for (int cpu = 0; cpu < scu.cpus(); cpu++) {
            String place = "write buffer of CPU" + cpu;
            uncached.forEachRun(
                    cpu,
                    line.value(),
                    lineBytes,
                    (start, bytes) -> copies.add(new LineCopy(place, true, start, bytes)));
        }
        for (int cpu = 0; cpu < scu.cpus(); cpu++) {
            addCopies(copies, "L1 of CPU" + cpu, scu.cache(cpu), line);
        }
        Cache shared = outer.cache();
        if (shared != null) {
            addCopies(copies, "L2", shared, line);
        }
        byte[] bytes = new byte[lineBytes];
        ram.read(line, bytes, 0, lineBytes);
        copies.add(new LineCopy("RAM", false, line, bytes));
        return copies;
    }

    private void addCopies(List<LineCopy> copies, String name, Cache cache, PhysAddr line) {
        for (int slot = cache.holding(line.value(), Cache.NONE);
                slot != Cache.NONE;
                slot = cache.holding(line.value(), slot)) {
            String place = cache.config().colours() == 1 ? name : name + ", set " + cache.set(slot);
            int from = cache.offset(slot) + ((int) line.value() & (cache.lineBytes() - 1));
            copies.add(new LineCopy(
                    place, cache.isDirty(slot), line, Arrays.copyOfRange(cache.data(), from, from + lineBytes)));
        }
    }

    void forEachHeldLine(LongConsumer visitor) {
        for (int cpu = 0; cpu < scu.cpus(); cpu++) {
            forEachLine(scu.cache(cpu), visitor);
            uncached.forEachRun(
                    cpu, 0, Long.MAX_VALUE, (start, bytes) -> visitor.accept(start.value() & -(long) lineBytes));
        }
        Cache shared = outer.cache();
        if (shared != null) {
            forEachLine(shared, visitor);
        }
    }

    private void forEachLine(Cache cache, LongConsumer visitor) {
        for (int slot = 0; slot < cache.capacity(); slot++) {
            for (int at = 0; cache.isValid(slot) && at < cache.lineBytes(); at += lineBytes) {
                visitor.accept(cache.address(slot) + at);
            }
        }
    }

    /** The bytes that {@code cpu} would load now through a cacheable mapping of {@code phys} at {@code virt}. */
    void peek(int cpu, long virt, long phys, byte[] to, int offset, int bytes) {
        Cache cache = scu.cache(cpu);
        for (int done = 0; done < bytes; ) {
            long address = phys + done;
            int inLine = (int) address & (lineBytes - 1);
            int piece = Math.min(bytes - done, lineBytes - inLine);
            int slot = cache.find(virt + done, address);
            if (slot != Cache.NONE) {
                System.arraycopy(cache.data(), cache.offset(slot) + inLine, to, offset + done, piece);
            } else if (!scu.peekOthers(cpu, address, to, offset + done, piece)) {
                outer.peek(address, to, offset + done, piece);
            }
            done += piece;
        }
    }
}
