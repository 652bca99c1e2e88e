package org.dmalab.engine.cache;

import static org.dmalab.engine.base.MemoryType.NORMAL_NONCACHEABLE;
import static org.dmalab.engine.base.MemoryType.WRITE_BACK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaDirection;
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

/** When stores to non-cacheable memory arrive there, on a machine that is listened to and on one that is not. */
final class WriteBufferTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final int ENTRIES = 4;
    private static final CacheTopology BUFFERED =
            CacheTopology.of(CacheConfig.of(Bytes.kib(32), 4, 32)).withCpus(2).withWriteBuffer(ENTRIES);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(1))));

    private CacheHierarchy caches(CacheTopology topology, boolean heard) {
        return new CacheHierarchy(topology, ram, heard ? new TraceSink() {} : TraceSink.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void entry_leavesAfterThatManyAccesses_ofAnyKind(boolean heard) {
        CacheHierarchy caches = caches(BUFFERED.withDrainAfter(10), heard);
        load(caches, 4096, WRITE_BACK);
        store(caches, 0, NORMAL_NONCACHEABLE);
        for (int i = 2; i < 10; i++) {
            load(caches, 4096, WRITE_BACK);
        }
        assertEquals(0, ramByte(0));
        load(caches, 4096, WRITE_BACK);
        assertEquals(1, ramByte(0));
        assertEquals(false, caches.hasPending(CpuId.BOOT));
    }

    @Test
    void entry_thatStoresMergeInto_staysYoung_andItsNeighbourLeaves() {
        CacheHierarchy caches = caches(BUFFERED.withDrainAfter(10), false);
        store(caches, 64, NORMAL_NONCACHEABLE);
        for (int i = 0; i < 9; i++) {
            store(caches, 0, NORMAL_NONCACHEABLE);
        }
        assertEquals(1, ramByte(64));
        assertEquals(0, ramByte(0));
        assertEquals(1, caches.pending(CpuId.BOOT, new AddrRange<>(BASE, Bytes.kib(4))));
    }

    @Test
    void tick_isAnAccessToo_ofItsCpuOnly() {
        CacheHierarchy caches = caches(BUFFERED.withDrainAfter(2), true);
        store(caches, 0, NORMAL_NONCACHEABLE);
        caches.tick(new CpuId(1));
        assertEquals(0, ramByte(0));
        caches.tick(CpuId.BOOT);
        assertEquals(1, ramByte(0));
    }

    @Test
    void entry_ofABufferWithoutTimer_waitsForever() {
        CacheHierarchy caches = caches(BUFFERED.withDrainAfter(0), false);
        store(caches, 0, NORMAL_NONCACHEABLE);
        for (int i = 0; i < 10_000; i++) {
            load(caches, 4096, WRITE_BACK);
        }
        assertEquals(0, ramByte(0));
    }

    @ParameterizedTest
    @CsvSource({"32, 1", "31, 0", "33, 1"})
    void entry_thatIsWrittenWhole_leavesAtOnce(int bytes, int first) {
        CacheHierarchy caches = caches(BUFFERED, false);
        byte[] data = new byte[bytes];
        data[0] = 1;
        caches.write(BASE, data, 0, bytes, NORMAL_NONCACHEABLE);
        assertEquals(first, ramByte(0));
        assertEquals(bytes % 32, caches.pending(CpuId.BOOT, new AddrRange<>(BASE, Bytes.kib(4))));
    }

    @Test
    void entry_isWrittenWhole_byMergedStores() {
        CacheHierarchy caches = caches(BUFFERED, false);
        for (int at = 31; at > 0; at--) {
            store(caches, at, NORMAL_NONCACHEABLE);
        }
        assertEquals(0, ramByte(31));
        store(caches, 0, NORMAL_NONCACHEABLE);
        assertEquals(1, ramByte(31));
    }

    @ParameterizedTest
    @CsvSource({
        "STRONGLY_ORDERED, true, 1", "STRONGLY_ORDERED, false, 1", "DEVICE, true, 0", "DEVICE, false, 1",
        "NORMAL_NONCACHEABLE, false, 0", "WRITE_BACK, true, 0", "WRITE_BACK, false, 0", "WRITE_THROUGH, true, 0"
    })
    void accessElsewhere_drains_ifItIsStronglyOrderedOrADeviceLoad(MemoryType type, boolean write, int arrived) {
        CacheHierarchy caches = caches(BUFFERED, false);
        store(caches, 0, NORMAL_NONCACHEABLE);
        if (write) {
            store(caches, 4096, type);
        } else {
            load(caches, 4096, type);
        }
        assertEquals(arrived, ramByte(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = MemoryType.class,
            names = {"DEVICE", "STRONGLY_ORDERED", "WRITE_THROUGH"})
    void storeToBytesThatWait_isTheLater(MemoryType type) {
        CacheHierarchy caches = caches(BUFFERED, false);
        caches.write(BASE, new byte[] {1, 1, 1}, 0, 3, NORMAL_NONCACHEABLE);
        store(caches, 64, NORMAL_NONCACHEABLE);
        caches.write(BASE.plus(1), new byte[] {2}, 0, 1, type);
        caches.drainAll();
        byte[] arrived = new byte[3];
        ram.read(BASE, arrived, 0, 3);
        assertArrayEquals(new byte[] {1, 2, 1}, arrived);
    }

    /** An ordered store to one line leaves the neighbours of its hazard waiting. */
    @ParameterizedTest
    @EnumSource(
            value = MemoryType.class,
            names = {"DEVICE", "WRITE_THROUGH"})
    void storeToBytesThatWait_drainsTheirEntryOnly(MemoryType type) {
        CacheHierarchy caches = caches(BUFFERED, false);
        store(caches, 0, NORMAL_NONCACHEABLE);
        store(caches, 32, NORMAL_NONCACHEABLE);
        store(caches, 64, NORMAL_NONCACHEABLE);
        store(caches, 33, type);
        assertEquals(List.of(0, 1, 0), List.of(ramByte(0), ramByte(32), ramByte(64)));
    }

    @ParameterizedTest
    @EnumSource(DmaDirection.class)
    void maintenanceForATransfer_drainsEveryCpu(DmaDirection direction) {
        CacheHierarchy caches = caches(BUFFERED, false);
        store(caches, 0, NORMAL_NONCACHEABLE);
        storeOf(new CpuId(1), caches, 64);
        new CacheMaintenance(caches).toDevice(BASE.plus(4096), 32, direction);
        assertEquals(List.of(1, 1), List.of(ramByte(0), ramByte(64)));
    }

    @Test
    void flush_drainsEveryCpu_maintenanceByItselfDoesNot() {
        CacheHierarchy caches = caches(BUFFERED, false);
        CacheMaintenance maintenance = new CacheMaintenance(caches);
        store(caches, 0, NORMAL_NONCACHEABLE);
        storeOf(new CpuId(1), caches, 64);
        maintenance.toCpu(BASE.plus(4096), 32, DmaDirection.FROM_DEVICE);
        assertEquals(List.of(0, 0), List.of(ramByte(0), ramByte(64)));
        maintenance.flush(BASE.plus(4096), 32);
        assertEquals(List.of(1, 1), List.of(ramByte(0), ramByte(64)));
    }

    @Test
    void discard_drainsWhatWaitsForItsRange_beforeItIsOverwritten() {
        CacheHierarchy caches = caches(BUFFERED, false);
        store(caches, 0, NORMAL_NONCACHEABLE);
        store(caches, 64, NORMAL_NONCACHEABLE);
        new CacheMaintenance(caches).discard(BASE, 32);
        ram.write(BASE, new byte[] {9}, 0, 1);
        caches.drainAll();
        assertEquals(List.of(9, 1), List.of(ramByte(0), ramByte(64)));
    }

    @Test
    void negativeAge_isRefused() {
        assertEquals(
                "drainAfter must not be negative: -1",
                assertThrows(IllegalArgumentException.class, () -> BUFFERED.withDrainAfter(-1))
                        .getMessage());
    }

    private static void store(CacheHierarchy caches, int at, MemoryType type) {
        caches.write(BASE.plus(at), new byte[] {1}, 0, 1, type);
    }

    private static void storeOf(CpuId cpu, CacheHierarchy caches, int at) {
        PhysAddr phys = BASE.plus(at);
        caches.write(cpu, new VirtAddr(phys.value()), phys, new byte[] {1}, 0, 1, NORMAL_NONCACHEABLE);
    }

    private static void load(CacheHierarchy caches, int at, MemoryType type) {
        caches.read(BASE.plus(at), new byte[1], 0, 1, type);
    }

    private int ramByte(int at) {
        byte[] one = new byte[1];
        ram.read(BASE.plus(at), one, 0, 1);
        return one[0];
    }
}
