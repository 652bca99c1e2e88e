package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which lines are fetched that nobody asked for, and how often. */
final class SpeculatorTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final CacheConfig INNER = CacheConfig.of(Bytes.kib(32), 4, 32);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(1))));
    private final List<Long> guesses = new ArrayList<>();

    private CacheHierarchy caches(CacheConfig inner) {
        return new CacheHierarchy(CacheTopology.of(inner), ram, new TraceSink() {
            @Override
            public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
                if (speculative) {
                    guesses.add(phys - BASE.value());
                }
            }
        });
    }

    @Test
    void prefetcher_afterAFirstMiss_fetchesTheNextLines() {
        CacheHierarchy caches = caches(INNER);
        caches.prefetch(new Prefetcher(3, true));
        load(caches, 4);
        assertEquals(List.of(32L, 64L, 96L), guesses);
    }

    @ParameterizedTest
    @CsvSource({"0, 160", "2048, -128", "0, 96"})
    void prefetcher_afterTwoEqualDistances_continuesThem(int start, int stride) {
        CacheHierarchy caches = caches(INNER);
        caches.prefetch(new Prefetcher(2, true));
        load(caches, start);
        load(caches, start + stride);
        guesses.clear();
        load(caches, start + 2 * stride);
        assertEquals(List.of(start + 3L * stride, start + 4L * stride), guesses);
    }

    @Test
    void prefetcher_afterAnotherDistance_goesBackToTheNextLines() {
        CacheHierarchy caches = caches(INNER);
        caches.prefetch(new Prefetcher(1, true));
        load(caches, 0);
        load(caches, 160);
        load(caches, 320);
        guesses.clear();
        load(caches, 1024);
        load(caches, 1024 + 160);
        assertEquals(List.of(1056L, 1216L), guesses);
    }

    @Test
    void prefetcher_leavesLinesThatAreHeld() {
        CacheHierarchy caches = caches(INNER);
        load(caches, 64);
        caches.prefetch(new Prefetcher(3, true));
        load(caches, 0);
        assertEquals(List.of(32L, 96L), guesses);
    }

    @ParameterizedTest
    @EnumSource(Indexing.class)
    void prefetcher_crossesAPage_onlyBeforeAPhysicallyIndexedCache(Indexing indexing) {
        CacheHierarchy caches = caches(INNER.with(indexing));
        caches.prefetch(new Prefetcher(2, false));
        load(caches, 4096 - 64);
        assertEquals(indexing == Indexing.PIPT ? List.of(4064L, 4096L) : List.of(4064L), guesses);
    }

    @Test
    void prefetcher_stopsAtTheEndOfRam() {
        CacheHierarchy caches = caches(INNER);
        caches.prefetch(new Prefetcher(4, false));
        load(caches, Math.toIntExact(Bytes.mib(1)) - 64);
        assertEquals(List.of(Bytes.mib(1) - 32), guesses);
    }

    /** Five standard deviations of as many draws. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.001, 0.25, 0.5, 0.75, 1})
    void speculation_drawsAtItsRate(double rate) {
        CacheHierarchy caches = caches(INNER);
        long[] drawn = new long[1];
        int ticks = 40_000;
        caches.speculate(speculation(0, 4096, rate), phys -> {
            drawn[0]++;
            return false;
        });
        for (int i = 0; i < ticks; i++) {
            caches.tick(CpuId.BOOT);
        }
        double spread = 5 * Math.sqrt(ticks * rate * (1 - rate));
        assertEquals(ticks * rate, (double) drawn[0], spread);
        assertEquals(List.of(), guesses);
    }

    @Test
    void speculation_drawsEveryLineThatTheRangeTouches_andNoOther() {
        CacheHierarchy caches = caches(INNER);
        Set<Long> drawn = new TreeSet<>();
        caches.speculate(speculation(100, 200, 1), phys -> {
            drawn.add(phys - BASE.value());
            return false;
        });
        for (int i = 0; i < 1000; i++) {
            caches.tick(CpuId.BOOT);
        }
        assertEquals(Set.of(96L, 128L, 160L, 192L, 224L, 256L, 288L), drawn);
    }

    private static Speculation speculation(int start, int bytes, double rate) {
        return new Speculation(
                new AddrRange<>(BASE.plus(start), bytes), new VirtAddr(0xC0000000L).plus(start), rate, 11);
    }

    private static void load(CacheHierarchy caches, int at) {
        caches.read(BASE.plus(at), new byte[1], 0, 1, MemoryType.WRITE_BACK);
    }
}
