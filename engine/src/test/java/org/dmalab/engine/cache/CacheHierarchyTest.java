package org.dmalab.engine.cache;

import static org.dmalab.engine.cache.CacheHierarchy.LineState.ABSENT;
import static org.dmalab.engine.cache.CacheHierarchy.LineState.CLEAN;
import static org.dmalab.engine.cache.CacheHierarchy.LineState.DIRTY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
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
import org.junit.jupiter.params.provider.ValueSource;

final class CacheHierarchyTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, Bytes.mib(16))));
    private final List<String> events = new ArrayList<>();
    private final CacheHierarchy caches = new CacheHierarchy(
            CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, new TraceSink() {
                @Override
                public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
                    events.add(level + ":" + operation + " lines=" + lines + " written=" + writtenBack);
                }
            });
    private final CacheMaintenance maintenance = new CacheMaintenance(caches);

    @Test
    void write_staysInTheCacheUntilCleaned() {
        write(BASE, 0x77, MemoryType.WRITE_BACK);
        assertEquals(DIRTY, caches.state(BASE));
        assertEquals(0, ramByte(BASE));

        maintenance.toDevice(BASE, 32, DmaDirection.TO_DEVICE);

        assertEquals(CLEAN, caches.state(BASE));
        assertEquals(0x77, ramByte(BASE));
    }

    @Test
    void invalidate_losesWhatWasNotWrittenBack() {
        write(BASE, 0x77, MemoryType.WRITE_BACK);
        maintenance.toDevice(BASE, 32, DmaDirection.FROM_DEVICE);
        assertEquals(ABSENT, caches.state(BASE));
        assertEquals(0, ramByte(BASE));
    }

    @Test
    void invalidate_ofAPartOfALine_keepsTheNeighbour() {
        write(BASE, 0x11, MemoryType.WRITE_BACK);
        maintenance.toDevice(BASE.plus(16), 64, DmaDirection.FROM_DEVICE);
        assertEquals(0x11, ramByte(BASE));
        assertEquals(
                List.of("1:2 lines=1 written=1", "1:2 lines=1 written=0", "1:1 lines=1 written=0"),
                events.subList(0, 3));
    }

    @Test
    void unmap_ofASharedLine_letsTheDirtyNeighbourOverwriteTheDevice() {
        write(BASE, 0x11, MemoryType.WRITE_BACK);
        maintenance.toDevice(BASE.plus(4), 28, DmaDirection.FROM_DEVICE);
        write(BASE, 0x22, MemoryType.WRITE_BACK);
        ram.write(BASE.plus(4), new byte[] {9, 9, 9, 9}, 0, 4);

        maintenance.toCpu(BASE.plus(4), 28, DmaDirection.FROM_DEVICE);
        maintenance.flush(BASE, 32);

        assertEquals(0x22, ramByte(BASE));
        assertEquals(0, ramByte(BASE.plus(4)), "the device's bytes are lost with the shared line");
    }

    @Test
    void uncachedAlias_doesNotSeeTheDirtyLine_andItsWriteIsOverwrittenByTheEviction() {
        write(BASE, 0x11, MemoryType.WRITE_BACK);
        byte[] seen = {1};
        caches.read(BASE, seen, 0, 1, MemoryType.NORMAL_NONCACHEABLE);
        assertEquals(0, seen[0]);

        write(BASE.plus(1), 0x33, MemoryType.NORMAL_NONCACHEABLE);
        maintenance.flush(BASE, 32);

        assertEquals(0x11, ramByte(BASE));
        assertEquals(0, ramByte(BASE.plus(1)));
    }

    @Test
    void clean_ofMoreThanTheOuterCache_goesByWayThere() {
        maintenance.toDevice(BASE, Bytes.mib(8), DmaDirection.TO_DEVICE);
        assertEquals(List.of("1:0 lines=262144 written=0", "2:0 lines=32768 written=0"), events);
    }

    /** A dirty line of the outer cache alone: stored through the inner cache, then cleaned out of it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uncachedAccess_passesTheOuterCache_ifTheSharedOverrideIsSet_elseIsLookedUpThere(boolean override) {
        CacheHierarchy hierarchy = new CacheHierarchy(
                CacheTopology.of(CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32))
                        .withSharedOverride(override),
                ram,
                TraceSink.NONE);
        VirtAddr virt = new VirtAddr(BASE.value());
        hierarchy.write(BASE, new byte[] {0x11, 0x12}, 0, 2, MemoryType.WRITE_BACK);
        new CacheMaintenance(hierarchy)
                .maintain(CacheOperation.CLEAN_INVALIDATE, BASE, 32, CacheMaintenance.Point.UNIFICATION);

        assertArrayEquals(override ? new byte[] {0, 0} : new byte[] {0x11, 0x12}, uncached(hierarchy, virt));
        hierarchy.write(BASE.plus(1), new byte[] {0x33}, 0, 1, MemoryType.NORMAL_NONCACHEABLE);
        assertArrayEquals(override ? new byte[] {0, 0x33} : new byte[] {0x11, 0x33}, uncached(hierarchy, virt));
        assertEquals(0x33, ramByte(BASE.plus(1)), "the store goes to memory either way");
        assertEquals(0, ramByte(BASE), "and the rest of the line does not");

        byte[] cached = new byte[2];
        hierarchy.read(BASE, cached, 0, 2, MemoryType.WRITE_BACK);
        assertArrayEquals(override ? new byte[] {0x11, 0x12} : new byte[] {0x11, 0x33}, cached);
        hierarchy.checkInvariants();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uncachedLoad_ofALineHeldNowhere_allocatesNone(boolean override) {
        CacheHierarchy hierarchy = new CacheHierarchy(
                CacheTopology.of(CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32))
                        .withSharedOverride(override),
                ram,
                TraceSink.NONE);
        ram.write(BASE, new byte[] {0x44}, 0, 1);
        assertArrayEquals(new byte[] {0x44, 0}, uncached(hierarchy, new VirtAddr(BASE.value())));
        hierarchy.write(BASE, new byte[] {0x55}, 0, 1, MemoryType.NORMAL_NONCACHEABLE);
        assertEquals(
                List.of("RAM"),
                hierarchy.copies(BASE).stream().map(LineCopy::place).toList());
    }

    /** What an uncached load of two bytes gets, foreseen alike by peek. */
    private static byte[] uncached(CacheHierarchy hierarchy, VirtAddr virt) {
        byte[] foreseen = new byte[2];
        byte[] seen = new byte[2];
        hierarchy.peek(CpuId.BOOT, virt, BASE, foreseen, 0, 2, MemoryType.NORMAL_NONCACHEABLE);
        hierarchy.read(CpuId.BOOT, virt, BASE, seen, 0, 2, MemoryType.NORMAL_NONCACHEABLE);
        assertArrayEquals(seen, foreseen);
        return seen;
    }

    @Test
    void access_outsideRam_isRefused() {
        assertEquals(
                "no RAM at 0x30000000 for 4 bytes: banks are " + ram.banks(),
                assertThrows(
                                IllegalArgumentException.class,
                                () -> caches.read(new PhysAddr(0x30000000L), new byte[4], 0, 4, MemoryType.WRITE_BACK))
                        .getMessage());
    }

    @Test
    void geometry_thatIsNoPowerOfTwo_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new CacheGeometry(3000, 4, 32));
        assertThrows(IllegalArgumentException.class, () -> new CacheGeometry(64, 4, 32));
    }

    private void write(PhysAddr address, int value, MemoryType type) {
        caches.write(address, new byte[] {(byte) value}, 0, 1, type);
    }

    private int ramByte(PhysAddr address) {
        byte[] one = new byte[1];
        ram.read(address, one, 0, 1);
        return one[0];
    }
}
