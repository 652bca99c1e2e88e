package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class CpuTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final List<AddrRange<PhysAddr>> BANKS = List.of(new AddrRange<>(RAM, Bytes.mib(16)));

    private final PhysicalMemory ram = new PhysicalMemory(BANKS);
    private final ShadowMemory truth = new ShadowMemory(new PhysicalMemory(BANKS), () -> 7);
    private final CacheHierarchy caches = new CacheHierarchy(
            CacheTopology.of(CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32))
                    .withCpus(2),
            ram,
            TraceSink.NONE);
    private final Cpu first = new Cpu(CpuId.BOOT, caches, truth, TraceSink.NONE);
    private final Cpu second = new Cpu(new CpuId(1), caches, truth, TraceSink.NONE);
    private final KernelAddressSpace kernel = new KernelAddressSpace(
            KernelLayout.of(
                    Era.V3_14,
                    new AddrRange<>(RAM, Bytes.mib(8)),
                    new VirtAddr(0xC0000000L),
                    new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(240))),
            TraceSink.NONE);

    @Test
    void store_throughTheCache_isTheTruthBeforeItIsInRam() {
        VirtAddr address = new VirtAddr(0xC0000FFEL);
        assertEquals(
                "4",
                first.write(kernel, address, (byte) 1, (byte) 2, (byte) 3, (byte) 4)
                        .toString());
        byte[] bytes = new byte[4];
        ram.read(RAM.plus(0xFFE), bytes, 0, 4);
        assertArrayEquals(new byte[4], bytes);
        truth.read(RAM.plus(0xFFE), bytes, 0, 4);
        assertArrayEquals(new byte[] {1, 2, 3, 4}, bytes, "across the page");
        assertEquals(
                "CPU0 at 7 ns", truth.lastWriter(RAM.plus(0x1000)).orElseThrow().toString());
    }

    @Test
    void words_areLittleEndianAndAligned() {
        assertEquals(
                "4",
                second.writeWord(kernel, new VirtAddr(0xC0000100L), 0x04030201).toString());
        assertArrayEquals(
                new byte[] {1, 2, 3, 4},
                first.read(kernel, new VirtAddr(0xC0000100L), 4)
                        .orElseThrow(reason -> new IllegalStateException(reason.explain())));
        assertEquals(Outcome.done(0x04030201), first.readWord(kernel, new VirtAddr(0xC0000100L)));
        assertEquals(
                "CPU1 at 7 ns", truth.lastWriter(RAM.plus(0x100)).orElseThrow().toString());
        assertThrows(IllegalArgumentException.class, () -> first.readWord(kernel, new VirtAddr(0xC0000102L)));
        assertThrows(IllegalArgumentException.class, () -> first.writeWord(kernel, new VirtAddr(0xC0000102L), 1));
    }

    @Test
    void store_intoAReadOnlyPage_faultsAndStoresNothing() {
        UserAddressSpace process = new UserAddressSpace(3, "reader", TraceSink.NONE);
        VirtAddr start = process.map(MapRequest.of(
                                PageArray.contiguous(RAM.plus(Bytes.mib(12)), 1), MemoryType.WRITE_BACK, "/dev/fb0")
                        .protection(Protection.READ))
                .orElseThrow(reason -> new IllegalStateException(reason.explain()))
                .start();
        assertTrue(first.write(process, start, (byte) 1).explain().contains("SEGV_ACCERR"));
        assertEquals(Optional.empty(), truth.lastWriter(RAM, Bytes.mib(16)));
        assertEquals(Outcome.done(0), first.readWord(process, start));
    }

    @Test
    void store_thatFaultsHalfWay_hasStoredWhatLiesBefore() {
        VirtAddr start = kernel.vmap(PageArray.contiguous(RAM, 1), MemoryType.NORMAL_NONCACHEABLE, "test")
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
        String explained =
                first.write(kernel, start.plus(4095), (byte) 5, (byte) 6).explain();
        assertTrue(explained.contains("the guard page of the area of test"), explained);
        byte[] bytes = new byte[2];
        truth.read(RAM.plus(4095), bytes, 0, 2);
        assertArrayEquals(new byte[] {5, 0}, bytes);
        assertThrows(IllegalArgumentException.class, () -> first.read(kernel, start, -1));
    }
}
