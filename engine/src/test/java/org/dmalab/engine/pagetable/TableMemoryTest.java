package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class TableMemoryTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final int BYTES = (int) Bytes.mib(1);
    private static final List<AddrRange<PhysAddr>> BANKS = List.of(new AddrRange<>(RAM, BYTES));

    private final PhysicalMemory ram = new PhysicalMemory(BANKS);
    private final ShadowMemory truth = new ShadowMemory(new PhysicalMemory(BANKS), () -> 3);
    private final TableMemory tables = new TableMemory(
            ram,
            new PageAllocator(List.of(new PageAllocator.Zone(
                    ZoneKind.NORMAL, new BuddyAllocator(RAM.pfn(), BYTES >> 12, TraceSink.NONE)))),
            new CacheMaintenance(new CacheHierarchy(
                    CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE)),
            truth,
            TraceSink.NONE);

    private static PhysAddr done(Outcome<PhysAddr> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private void assertTruthIsRam() {
        byte[] there = new byte[BYTES];
        byte[] right = new byte[BYTES];
        ram.read(RAM, there, 0, BYTES);
        truth.read(RAM, right, 0, BYTES);
        assertArrayEquals(right, there);
    }

    /** Frames that held a buffer before are cleared and written by the IOMMU driver, which the truth has to know. */
    @Test
    void tables_inFramesThatHeldABuffer_areTheTruthOfTheirFrames() {
        byte[] old = new byte[BYTES];
        Arrays.fill(old, (byte) 0xee);
        ram.write(RAM, old, 0, BYTES);
        truth.wrote("fimc0", RAM, old, 0, BYTES);

        PhysAddr first = done(tables.allocBlock(2));
        tables.write(first.plus(0x3ffc), 0x40001001);
        tables.writeLong(first.plus(0x1000), 0x0060_0000_4000_1703L);
        PhysAddr second = done(tables.allocKilobyte());
        tables.write(second.plus(4), 0x40002002);
        tables.freeKilobyte(second);
        assertEquals(second, done(tables.allocKilobyte()));

        assertTruthIsRam();
        assertEquals(0x40001001, ram.readWord(first.plus(0x3ffc)));
        assertEquals(0, ram.readWord(second.plus(4)));
        assertEquals(
                "kernel, IOMMU tables at 3 ns",
                truth.lastWriter(second).orElseThrow().toString());
    }
}
