package org.dmalab.engine.arm;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The double mapping of Linux 3.4 and its cures. */
final class CoherentMappingTest {
    private static final byte[] OLD = "OLD DATA".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "NEW DATA".getBytes(StandardCharsets.US_ASCII);

    private static Soc machine(CoherentMapping way) {
        return Soc.exynos4412().toBuilder()
                .cma(mib(16))
                .coherentMapping(way)
                .sharedOverride(false)
                .build();
    }

    private static byte[] cpuReads(Soc soc, DmaBuffer buffer) {
        return soc.cpu().read(soc.kernel(), buffer.cpuAddr(), OLD.length).orElseThrow(DmaFailure::new);
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void alloc_eachWay_isZeroedUncachedAndSharedWithTheDevice(CoherentMapping way) {
        Soc soc = machine(way);
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(kib(12));
        assertArrayEquals(new byte[OLD.length], cpuReads(soc, buffer));
        card.write(buffer.dmaAddr(), NEW);
        assertArrayEquals(NEW, cpuReads(soc, buffer));
        assertEquals(
                OLD.length, soc.cpu().write(soc.kernel(), buffer.cpuAddr(), OLD).orElseThrow(DmaFailure::new));
        assertArrayEquals(OLD, card.read(buffer.dmaAddr(), OLD.length));
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void audit_eachWay_hasAHazardWhereTheCacheableAliasStays(CoherentMapping way) {
        Soc soc = machine(way);
        DmaBuffer buffer = soc.device("sdhci2").alloc(kib(64));
        assertEquals(
                way.leavesAlias(),
                !soc.audit(buffer).hazards().isEmpty(),
                () -> soc.audit(buffer).hazards().toString());
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void speculation_eachWay_hidesTheDevicesWriteOnlyBehindAnAlias(CoherentMapping way) {
        Soc soc = machine(way);
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer ring = card.alloc(4096);
        PhysAddr page = ring.pages().page(0);
        soc.speculate(page, 32, 1.0, 3);
        card.write(ring.dmaAddr(), OLD);
        soc.noSpeculation();
        card.write(ring.dmaAddr(), NEW);
        assertArrayEquals(way.leavesAlias() ? OLD : NEW, cpuReads(soc, ring));
        assertEquals(!way.leavesAlias(), soc.audit(ring).isTrue());
    }

    @Test
    void speculation_startedBeforeTheBuffer_endsWhereTheLinearMapIsNoLongerCacheable() {
        Soc soc = machine(CoherentMapping.CMA_REMAP);
        soc.speculate(soc.cma().base(), mib(1), 1.0, 3);
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer ring = card.alloc(mib(1));
        for (int i = 0; i < 500; i++) {
            byte[] bytes = i % 2 == 0 ? OLD : NEW;
            card.write(ring.dmaAddr().plus(32L * i), bytes);
            assertArrayEquals(
                    bytes,
                    soc.cpu()
                            .read(soc.kernel(), ring.cpuAddr().plus(32L * i), OLD.length)
                            .orElseThrow(DmaFailure::new));
        }
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void free_eachWay_givesEverythingBack(CoherentMapping way) {
        Soc soc = machine(way);
        DmaDevice card = soc.device("sdhci2");
        String before = soc.fragmentation().buddyinfo();
        long vmalloc = soc.kernel().vmallocUsed();
        DmaBuffer buffer = card.alloc(kib(300));
        PhysAddr page = buffer.pages().page(0);
        card.free(buffer);
        assertEquals(before, soc.fragmentation().buddyinfo());
        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        if (soc.kernel().layout().lowmem().contains(page)) {
            assertEquals(MemoryType.WRITE_BACK, soc.kernel().linearType(page).orElseThrow());
        }
        assertEquals(0, soc.liveMappings());
    }

    @Test
    void evictionOfADirtyAliasLine_overwritesTheDevicesBytes() {
        Soc soc = machine(CoherentMapping.VMALLOC);
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(4096);
        PhysAddr page = buffer.pages().page(0);
        assertEquals(
                8, soc.cpu().write(soc.kernel(), soc.kernel().linear(page), OLD).orElseThrow(DmaFailure::new));
        card.write(buffer.dmaAddr(), NEW);
        soc.evict(page, 32);
        assertArrayEquals(OLD, card.read(buffer.dmaAddr(), OLD.length));
        assertFalse(soc.audit(buffer).isTrue());
    }

    @Test
    void consistentRegion_oneSmallBuffer_leavesRoomForOneOfAMebibyte() {
        DmaDevice card = machine(CoherentMapping.CONSISTENT_REGION).device("sdhci2");
        DmaBuffer small = card.alloc(4096);
        assertEquals("0xffdff000", small.cpuAddr().toString());
        assertEquals("0xffc00000", card.alloc(mib(1)).cpuAddr().toString());
        Outcome<DmaBuffer> second = card.tryAlloc(mib(1));
        assertEquals(Errno.ENOMEM, second.fold(done -> Errno.EIO, reason -> reason.errno()));
        assertTrue(second.explain().contains("consistent region"), second.explain());
    }

    @Test
    void highmem_onABoardWithout_saysSo() {
        Soc soc = Soc.exynos4412().toBuilder()
                .ram(mib(512))
                .coherentMapping(CoherentMapping.HIGHMEM)
                .build();
        String before = soc.fragmentation().buddyinfo();
        String why = soc.device("sdhci2").tryAlloc(4096).explain();
        assertTrue(why.contains("HighMem"), why);
        assertEquals(before, soc.fragmentation().buddyinfo());
    }

    @Test
    void cmaRemap_withoutAnArea_isRefusedWhenTheMachineIsBuilt() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> Soc.exynos4412().toBuilder()
                        .coherentMapping(CoherentMapping.CMA_REMAP)
                        .build());
        assertTrue(String.valueOf(refused.getMessage()).contains(".cma("), refused.getMessage());
    }
}
