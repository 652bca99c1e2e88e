package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.CpuFault;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ReservedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is not the kernel's memory has no linear mapping and no page frames. */
final class LinearHolesTest {
    private static final PhysAddr FIRST = new PhysAddr(0x40000000L);
    private static final PhysAddr HOLE = new PhysAddr(0x44000000L);
    private static final PhysAddr REGION = new PhysAddr(0x42080000L);

    private static String fault(Soc soc, PhysAddr phys) {
        Outcome<byte[]> loaded = soc.cpu().read(soc.kernel(), soc.kernel().linear(phys), 4);
        CpuFault load = loaded.fold(
                bytes -> fail("loaded " + bytes.length + " bytes"), reason -> assertInstanceOf(CpuFault.class, reason));
        assertTrue(
                soc.cpu()
                        .write(soc.kernel(), soc.kernel().linear(phys), (byte) 1)
                        .isFailed(),
                "a store as well");
        return load.explain();
    }

    private static void works(Soc soc, PhysAddr phys) {
        assertFalse(soc.cpu().read(soc.kernel(), soc.kernel().linear(phys), 4).isFailed(), phys.toString());
    }

    @Test
    void access_toAHoleBetweenBanks_faultsWithTheBanks() {
        Soc soc = Soc.exynos4412().toBuilder()
                .banks(List.of(new AddrRange<>(FIRST, mib(64)), new AddrRange<>(new PhysAddr(0x48000000L), mib(64))))
                .build();
        assertTrue(fault(soc, HOLE).contains("no RAM there"), fault(soc, HOLE));
        assertTrue(fault(soc, new PhysAddr(0x47FFFFFCL)).contains("[0x48000000-0x4bffffff]"));
        works(soc, HOLE.plus(-4));
        works(soc, new PhysAddr(0x48000000L));
        assertTrue(soc.kernel().isSectionMapped(HOLE.plus(-4)));
        assertEquals(Optional.empty(), soc.kernel().linearType(HOLE));
        assertEquals(List.of(), soc.kernel().aliases(HOLE));
        AddrRange<PhysAddr> inside = new AddrRange<>(HOLE, 4096);
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().restoreLinear(inside));
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().splitSections(inside));
    }

    @ParameterizedTest
    @EnumSource(
            value = ReservedMemory.Kind.class,
            names = {"NO_MAP", "DMA_POOL"})
    void access_toANoMapRegion_faultsWithItsName(ReservedMemory.Kind kind) {
        Soc soc = Soc.exynos4412().toBuilder()
                .reserve(new ReservedMemory("mfc", new AddrRange<>(REGION, mib(1) + kib(256)), kind))
                .build();
        assertTrue(fault(soc, REGION).contains("node mfc [0x42080000-0x421bffff] is no-map"), fault(soc, REGION));
        assertTrue(fault(soc, new PhysAddr(0x421BFFFCL)).contains("never mapped"));
        works(soc, REGION.plus(-4));
        works(soc, new PhysAddr(0x421C0000L));
        assertFalse(soc.kernel().isSectionMapped(REGION.plus(-4)), "the rest of the megabyte has page entries");
        assertTrue(soc.kernel().isSectionMapped(new PhysAddr(0x42200000L)));
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().kmap(REGION));
    }

    @Test
    void access_toAReservedRegionThatStaysMapped_works() {
        Soc soc = Soc.exynos4412().toBuilder()
                .reserve(new ReservedMemory("log", new AddrRange<>(REGION, mib(1)), ReservedMemory.Kind.KERNEL))
                .build();
        works(soc, REGION);
    }

    @Test
    void mapping_ofAFrameOutsideRam_isRefused() {
        Soc soc = Soc.exynos4412();
        PhysAddr beyond = new PhysAddr(0x80000000L);
        String why = String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> soc.kernel().kmap(beyond))
                        .getMessage());
        assertTrue(why.contains("page must have a page frame: 0x80000000"), why);
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().kmap(new PhysAddr(0x1000)));
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().kmapAtomic(CpuId.BOOT, beyond));
        PageArray pages = PageArray.contiguous(beyond.plus(-4096), 2);
        assertThrows(IllegalArgumentException.class, () -> soc.kernel().vmap(pages, MemoryType.WRITE_BACK, "test"));
        assertEquals(0, soc.kernel().vmallocUsed());
        assertFalse(soc.kernel().kmap(beyond.plus(-4096)).isFailed(), "the last page of HighMem");
    }
}
