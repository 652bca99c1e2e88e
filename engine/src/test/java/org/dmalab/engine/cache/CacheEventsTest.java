package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which event tells of bytes that go to memory: each once, and on whose account. */
final class CacheEventsTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final CacheConfig INNER = CacheConfig.of(64, 1, 32);
    private static final CacheConfig OUTER = CacheConfig.of(128, 1, 32);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(1))));
    private final List<String> events = new ArrayList<>();

    private CacheHierarchy caches(CacheTopology topology) {
        return new CacheHierarchy(topology, ram, new TraceSink() {
            @Override
            public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
                add("fill", phys, bytes, speculative);
            }

            @Override
            public void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {
                add("transfer", phys, bytes, speculative);
            }

            @Override
            public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
                add("back" + level, phys, bytes, speculative);
            }

            @Override
            public void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
                add("through" + cpu, phys, bytes, speculative);
            }

            @Override
            public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
                events.add("maintained" + level + " " + writtenBack + " of " + lines);
            }
        });
    }

    private void add(String what, long phys, int bytes, boolean speculative) {
        events.add(what + " " + (phys - BASE.value()) + "+" + bytes + (speculative ? " unasked" : ""));
    }

    private static List<Arguments> stores() {
        MemoryType back = MemoryType.WRITE_BACK;
        return List.of(
                Arguments.of(CacheTopology.of(INNER.writeThrough()), back, List.of("fill 0+32", "through0 4+2")),
                Arguments.of(CacheTopology.of(INNER.noWriteAllocate()), back, List.of("through0 4+2")),
                Arguments.of(CacheTopology.of(INNER, OUTER), back, List.of("fill 0+32")),
                Arguments.of(
                        CacheTopology.of(INNER.writeThrough(), OUTER.writeThrough()),
                        back,
                        List.of("fill 0+32", "through0 4+2")),
                Arguments.of(
                        CacheTopology.of(INNER.noWriteAllocate(), OUTER.noWriteAllocate()),
                        back,
                        List.of("through0 4+2")),
                Arguments.of(CacheTopology.of(INNER.writeThrough(), OUTER), back, List.of("fill 0+32")),
                Arguments.of(CacheTopology.of(INNER, OUTER), MemoryType.WRITE_THROUGH, List.of("through0 4+2")),
                Arguments.of(CacheTopology.of(INNER, OUTER), MemoryType.NORMAL_NONCACHEABLE, List.of()));
    }

    @ParameterizedTest
    @MethodSource("stores")
    void store_isToldOnce_ifItReachesMemoryThroughTheCaches(
            CacheTopology topology, MemoryType type, List<String> expected) {
        caches(topology).write(BASE.plus(4), new byte[] {1, 2}, 0, 2, type);
        assertEquals(expected, events);
    }

    @Test
    void storeOfACoherentDevice_isNoCpusStore() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER));
        caches.writeCoherent(BASE, new byte[] {1}, 0, 1);
        assertEquals(List.of(), events);
    }

    @Test
    void dirtyVictim_thatTheOuterCacheDoesNotTake_isToldAtBothPlaces() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER.writeThrough()));
        store(caches, 0);
        events.clear();
        load(caches, 64);
        assertEquals(List.of("fill 64+32", "through0 0+32", "back1 0+32"), events);
    }

    @Test
    void victimOfALineThatNobodyAskedFor_isToldAsSuch_atBothLevels() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER));
        store(caches, 0);
        store(caches, 128);
        events.clear();
        AddrRange<PhysAddr> line = new AddrRange<>(BASE.plus(256), 32);
        caches.speculate(Optional.of(new Speculation(line, new VirtAddr(BASE.value() + 256), 1, 1)));
        caches.tick(CpuId.BOOT);
        assertEquals(List.of("back2 0+32 unasked", "fill 256+32 unasked", "back1 128+32 unasked"), events);
    }

    @Test
    void lineOfAnotherCpu_thatNobodyAskedFor_isToldAsSuch() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER).withCpus(2));
        store(caches, 0);
        events.clear();
        AddrRange<PhysAddr> line = new AddrRange<>(BASE, 32);
        caches.speculate(Optional.of(new Speculation(line, new VirtAddr(BASE.value()), 1, 1)));
        caches.tick(new CpuId(1));
        assertEquals(List.of("transfer 0+32 unasked"), events);
    }

    @Test
    void maintenance_countsWhatItWrites_andTellsNoLineAtEitherLevel() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER));
        store(caches, 0);
        events.clear();
        new CacheMaintenance(caches).toDevice(BASE, 32, DmaDirection.TO_DEVICE);
        assertEquals(List.of("maintained1 1 of 1", "maintained2 1 of 1"), events);

        store(caches, 0);
        events.clear();
        CacheMaintenance maintenance = new CacheMaintenance(caches);
        maintenance.maintainAll(CpuId.BOOT, CacheOperation.CLEAN_INVALIDATE);
        maintenance.maintainOuterAll(CacheOperation.CLEAN_INVALIDATE);
        assertEquals(List.of("maintained1 1 of 2", "maintained2 1 of 4"), events);
    }

    @Test
    void eviction_tellsEachLine() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER, OUTER));
        store(caches, 0);
        events.clear();
        caches.evict(new AddrRange<>(BASE, 32));
        assertEquals(List.of("back1 0+32", "back2 0+32"), events);
    }

    private static void store(CacheHierarchy caches, int at) {
        caches.write(BASE.plus(at), new byte[] {1}, 0, 1, MemoryType.WRITE_BACK);
    }

    private static void load(CacheHierarchy caches, int at) {
        caches.read(BASE.plus(at), new byte[1], 0, 1, MemoryType.WRITE_BACK);
    }
}
