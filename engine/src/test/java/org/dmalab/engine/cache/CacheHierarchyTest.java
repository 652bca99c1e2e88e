package org.dmalab.engine.cache;

import static org.dmalab.engine.cache.CacheHierarchy.LineState.ABSENT;
import static org.dmalab.engine.cache.CacheHierarchy.LineState.CLEAN;
import static org.dmalab.engine.cache.CacheHierarchy.LineState.DIRTY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

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

    @Test
    void access_outsideRam_isRefused() {
        assertEquals(
                "no RAM at 0x30000000 for 4 bytes",
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
