package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

/** Who sees whose bytes: CPUs among themselves, devices, write buffers, aliases, and fetches that nobody asked for. */
final class CoherencyTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final CpuId ONE = new CpuId(1);
    private static final CacheConfig INNER = CacheConfig.of(Bytes.kib(32), 4, 32);
    private static final CacheTopology TWO =
            CacheTopology.of(INNER, CacheConfig.of(Bytes.kib(256), 8, 32)).withCpus(2);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(1))));
    private final List<String> events = new ArrayList<>();

    private CacheHierarchy caches(CacheTopology topology) {
        return new CacheHierarchy(topology, ram, new TraceSink() {
            @Override
            public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
                events.add((speculative ? "guess " : "fill ") + cpu + " " + (phys - BASE.value()));
            }

            @Override
            public void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {
                events.add("transfer " + cpu);
            }

            @Override
            public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
                events.add("written back " + level);
            }

            @Override
            public void writeBufferDrained(int cpu, long phys, int bytes) {
                events.add("drain " + cpu + " " + (phys - BASE.value()) + "+" + bytes);
            }
        });
    }

    @Test
    void dirtyLine_movesToTheCpuThatMisses() {
        CacheHierarchy caches = caches(TWO);
        store(caches, CpuId.BOOT, 0, 7, MemoryType.WRITE_BACK);

        assertEquals(7, load(caches, ONE, 0, MemoryType.WRITE_BACK));

        assertEquals(List.of("fill 0 0", "transfer 1"), events);
        assertEquals(List.of("L1 of CPU1", "L2", "RAM"), places(caches));
        assertEquals(true, caches.copies(BASE).get(0).dirty());
    }

    @Test
    void store_takesTheLineFromTheOthers() {
        CacheHierarchy caches = caches(TWO);
        assertEquals(0, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_BACK));
        assertEquals(0, load(caches, ONE, 0, MemoryType.WRITE_BACK));
        assertEquals(List.of("L1 of CPU0", "L1 of CPU1", "L2", "RAM"), places(caches));

        store(caches, ONE, 0, 9, MemoryType.WRITE_BACK);

        assertEquals(List.of("L1 of CPU1", "L2", "RAM"), places(caches));
        assertEquals(9, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_BACK));
    }

    @Test
    void coherentPort_seesDirtyLines_andItsStoresReplaceThem() {
        CacheHierarchy caches = caches(TWO);
        store(caches, ONE, 0, 7, MemoryType.WRITE_BACK);
        byte[] seen = new byte[1];

        caches.readCoherent(BASE, seen, 0, 1);
        assertEquals(7, seen[0]);
        assertEquals(0, ramByte(0));

        caches.writeCoherent(BASE.plus(1), new byte[] {8}, 0, 1);
        assertEquals(8, load(caches, CpuId.BOOT, 1, MemoryType.WRITE_BACK));
        assertEquals(7, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_BACK));
    }

    @Test
    void deviceThatClaimsCoherenceAndHasNone_readsOldBytes_andItsBytesAreLost() {
        CacheHierarchy caches = caches(TWO);
        store(caches, CpuId.BOOT, 0, 7, MemoryType.WRITE_BACK);
        assertEquals(0, ramByte(0));

        ram.write(BASE.plus(1), new byte[] {8}, 0, 1);
        caches.evict(new AddrRange<>(BASE, 32));

        assertEquals(7, ramByte(0));
        assertEquals(0, ramByte(1));
        assertEquals(List.of("fill 0 0", "written back 1", "written back 2"), events);
    }

    @Test
    void bufferedStore_isSeenByItsCpuOnly_untilItDrains() {
        CacheHierarchy caches = caches(TWO.withWriteBuffer(2));
        store(caches, CpuId.BOOT, 4, 7, MemoryType.NORMAL_NONCACHEABLE);
        store(caches, CpuId.BOOT, 5, 8, MemoryType.NORMAL_NONCACHEABLE);

        assertEquals(7, load(caches, CpuId.BOOT, 4, MemoryType.NORMAL_NONCACHEABLE));
        assertEquals(0, load(caches, ONE, 4, MemoryType.NORMAL_NONCACHEABLE));
        assertEquals(0, ramByte(4));
        assertEquals(2, caches.pending(CpuId.BOOT, new AddrRange<>(BASE, 32)));
        assertEquals(List.of("write buffer of CPU0", "RAM"), places(caches));

        caches.drain(CpuId.BOOT);
        assertEquals(7, ramByte(4));
        assertEquals(List.of("drain 0 4+2"), events);
    }

    @Test
    void fullBuffer_letsTheOldestGo_andAnOrderedAccessAllOfThem() {
        CacheHierarchy caches = caches(TWO.withWriteBuffer(2));
        store(caches, CpuId.BOOT, 0, 1, MemoryType.NORMAL_NONCACHEABLE);
        store(caches, CpuId.BOOT, 32, 2, MemoryType.NORMAL_NONCACHEABLE);
        store(caches, CpuId.BOOT, 64, 3, MemoryType.NORMAL_NONCACHEABLE);
        assertEquals(List.of("drain 0 0+1"), events);

        assertEquals(0, load(caches, CpuId.BOOT, 128, MemoryType.STRONGLY_ORDERED));
        assertEquals(List.of("drain 0 0+1", "drain 0 32+1", "drain 0 64+1"), events);
    }

    @Test
    void aliasOfAnotherColour_disagrees_andMaintenanceByAddressReachesOne() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER.with(Indexing.VIPT)));
        VirtAddr linear = new VirtAddr(0xC0000000L);
        VirtAddr other = new VirtAddr(0xF0001000L);
        caches.write(CpuId.BOOT, linear, BASE, new byte[] {1}, 0, 1, MemoryType.WRITE_BACK);
        caches.write(CpuId.BOOT, other, BASE, new byte[] {2}, 0, 1, MemoryType.WRITE_BACK);

        assertEquals(1, peek(caches, linear));
        assertEquals(2, peek(caches, other));
        assertEquals(List.of("L1 of CPU0, set 0", "L1 of CPU0, set 128", "RAM"), places(caches));

        new CacheMaintenance(caches, MaintenanceStyle.V6, linear, BASE).toDevice(BASE, 32, DmaDirection.TO_DEVICE);
        assertEquals(1, ramByte(0));
        assertEquals(true, caches.copies(BASE).get(1).dirty());
        caches.checkInvariants();
    }

    @Test
    void vivt_keepsALineForEachMapping_evenOfOneColour() {
        CacheHierarchy caches = caches(CacheTopology.of(INNER.with(Indexing.VIVT)));
        VirtAddr linear = new VirtAddr(0xC0000000L);
        VirtAddr other = new VirtAddr(0xF0000000L);
        caches.write(CpuId.BOOT, linear, BASE, new byte[] {1}, 0, 1, MemoryType.WRITE_BACK);
        assertEquals(0, peek(caches, other));
        caches.write(CpuId.BOOT, other, BASE, new byte[] {2}, 0, 1, MemoryType.WRITE_BACK);
        assertEquals(1, peek(caches, linear));
        assertEquals(3, caches.copies(BASE).size());
        caches.evict(new AddrRange<>(BASE, 32));
        assertEquals(1, caches.copies(BASE).size());
    }

    @Test
    void speculation_betweenTheTwoInvalidates_isWhyThereAreTwo() {
        CacheHierarchy caches = caches(TWO);
        CacheMaintenance maintenance = new CacheMaintenance(caches);
        AddrRange<PhysAddr> buffer = new AddrRange<>(BASE, 32);
        caches.speculate(Optional.of(new Speculation(buffer, new VirtAddr(BASE.value()), 1, 5)));
        maintenance.toDevice(BASE, 32, DmaDirection.FROM_DEVICE);
        caches.tick(CpuId.BOOT);
        ram.write(BASE, new byte[] {6}, 0, 1);
        assertEquals(List.of("guess 0 0"), events);
        assertEquals(0, peek(caches, new VirtAddr(BASE.value())));

        maintenance.toCpu(BASE, 32, DmaDirection.FROM_DEVICE);
        assertEquals(6, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_BACK));

        caches.speculate(Optional.empty());
        caches.tick(CpuId.BOOT);
        assertEquals(List.of("guess 0 0", "fill 0 0"), events);
    }

    @Test
    void prefetcher_goesBeyondThePage_unlessBounded() {
        CacheHierarchy caches = caches(TWO);
        caches.prefetch(new Prefetcher(2, false));
        assertEquals(0, load(caches, CpuId.BOOT, 4096 - 32, MemoryType.WRITE_BACK));
        assertEquals(List.of("fill 0 4064", "guess 0 4096", "guess 0 4128"), events);

        events.clear();
        caches.prefetch(new Prefetcher(2, true));
        assertEquals(0, load(caches, CpuId.BOOT, 8192 - 32, MemoryType.WRITE_BACK));
        assertEquals(List.of("fill 0 8160"), events);
    }

    @Test
    void writeThrough_reachesMemory_andKeepsTheCopy() {
        CacheHierarchy caches = caches(TWO);
        assertEquals(0, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_THROUGH));
        store(caches, CpuId.BOOT, 0, 5, MemoryType.WRITE_THROUGH);
        assertEquals(5, ramByte(0));
        assertEquals(CacheHierarchy.LineState.CLEAN, caches.state(BASE));
        assertEquals(5, load(caches, CpuId.BOOT, 0, MemoryType.WRITE_BACK));
    }

    @Test
    void unification_reachesTheOuterCacheOnly_andSetWayOneCpu() {
        CacheHierarchy caches = caches(TWO);
        CacheMaintenance maintenance = new CacheMaintenance(caches);
        store(caches, ONE, 0, 5, MemoryType.WRITE_BACK);
        maintenance.maintainAll(CpuId.BOOT, CacheOperation.CLEAN_INVALIDATE);
        assertEquals(List.of("L1 of CPU1", "L2", "RAM"), places(caches));

        maintenance.maintain(CacheOperation.CLEAN, BASE, 32, CacheMaintenance.Point.UNIFICATION);
        assertEquals(0, ramByte(0));
        maintenance.maintainAll(ONE, CacheOperation.INVALIDATE);
        assertEquals(List.of("L2", "RAM"), places(caches));
        maintenance.maintainOuterAll(CacheOperation.CLEAN);
        assertEquals(5, ramByte(0));
    }

    @Test
    void peek_changesNothing() {
        CacheHierarchy caches = caches(TWO.withWriteBuffer(1));
        store(caches, ONE, 0, 5, MemoryType.WRITE_BACK);
        store(caches, CpuId.BOOT, 0, 6, MemoryType.NORMAL_NONCACHEABLE);
        events.clear();
        byte[] seen = new byte[2];
        caches.peek(CpuId.BOOT, new VirtAddr(BASE.value()), BASE, seen, 0, 2, MemoryType.WRITE_BACK);
        assertArrayEquals(new byte[] {5, 0}, seen);
        caches.peek(CpuId.BOOT, new VirtAddr(BASE.value()), BASE, seen, 0, 2, MemoryType.NORMAL_NONCACHEABLE);
        assertArrayEquals(new byte[] {6, 0}, seen);
        caches.peek(ONE, new VirtAddr(BASE.value()), BASE, seen, 0, 2, MemoryType.NORMAL_NONCACHEABLE);
        assertArrayEquals(new byte[] {0, 0}, seen);
        caches.peekCoherent(BASE, seen, 0, 2);
        assertArrayEquals(new byte[] {5, 0}, seen);
        assertEquals(List.of(), events);
        assertEquals(List.of("write buffer of CPU0", "L1 of CPU1", "L2", "RAM"), places(caches));
    }

    @Test
    void badArguments_areRefused() {
        CacheHierarchy caches = caches(TWO);
        byte[] four = new byte[4];
        assertThrows(IllegalArgumentException.class, () -> caches.read(BASE, four, 1, 4, MemoryType.WRITE_BACK));
        assertThrows(IllegalArgumentException.class, () -> caches.read(BASE, four, 0, -1, MemoryType.WRITE_BACK));
        assertThrows(
                IllegalArgumentException.class,
                () -> caches.read(CpuId.BOOT, new VirtAddr(4), BASE, four, 0, 4, MemoryType.WRITE_BACK));
        assertThrows(IllegalArgumentException.class, () -> caches.drain(new CpuId(2)));
        assertThrows(IllegalArgumentException.class, () -> TWO.withCpus(0));
        assertThrows(IllegalArgumentException.class, () -> TWO.withWriteBuffer(Integer.MAX_VALUE));
        CacheTopology aliasing =
                CacheTopology.of(CacheConfig.of(16 << 10, 2, 32).with(Indexing.VIPT));
        assertThrows(IllegalArgumentException.class, () -> aliasing.withCpus(2));
        assertThrows(IllegalArgumentException.class, () -> TWO.withWriteBuffer(-1));
        assertThrows(IllegalArgumentException.class, () -> new Prefetcher(-1, true));
        assertThrows(IllegalArgumentException.class, () -> new TagCaches(List.of()));
        assertThrows(
                IllegalArgumentException.class, () -> CacheTopology.of(INNER, CacheConfig.of(Bytes.mib(1), 16, 16)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CacheMaintenance(caches).toDevice(BASE, -1, DmaDirection.TO_DEVICE));
        assertEquals(List.of("RAM"), places(caches));
    }

    private static List<String> places(CacheHierarchy caches) {
        return caches.copies(BASE).stream().map(LineCopy::place).toList();
    }

    private static void store(CacheHierarchy caches, CpuId cpu, int at, int value, MemoryType type) {
        PhysAddr phys = BASE.plus(at);
        caches.write(cpu, new VirtAddr(phys.value()), phys, new byte[] {(byte) value}, 0, 1, type);
    }

    private static int load(CacheHierarchy caches, CpuId cpu, int at, MemoryType type) {
        PhysAddr phys = BASE.plus(at);
        byte[] one = new byte[1];
        caches.read(cpu, new VirtAddr(phys.value()), phys, one, 0, 1, type);
        return one[0];
    }

    private static int peek(CacheHierarchy caches, VirtAddr virt) {
        byte[] one = new byte[1];
        caches.peek(CpuId.BOOT, virt, BASE, one, 0, 1, MemoryType.WRITE_BACK);
        return one[0];
    }

    private int ramByte(int at) {
        byte[] one = new byte[1];
        ram.read(BASE.plus(at), one, 0, 1);
        return one[0];
    }
}
