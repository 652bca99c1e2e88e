package org.dmalab.engine.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.junit.jupiter.api.Test;

/** What a fault's address was before. */
final class FormerMappingsTest {
    private static final BusMaster CAMERA = new BusMaster(0, "fimc0");
    private static final BusMaster MIXER = new BusMaster(1, "mixer");
    private static final DmaAttrs NONE = DmaAttrs.of();

    private final AtomicLong nanos = new AtomicLong();
    private final FormerMappings former = new FormerMappings(nanos::get);

    /** As the DMA-API ends a mapping: its range leaves the table, then the mapping is given up. */
    private void unmapped(BusMaster master, long address, long bytes) {
        former.iommuUnmapped(3, address, bytes);
        former.dmaUnmapped(master, address, bytes, DmaDirection.TO_DEVICE, NONE);
    }

    private void freed(BusMaster master, long address, long bytes) {
        former.iommuUnmapped(3, address, bytes);
        former.dmaFreed(master, address, bytes, 0, NONE);
    }

    private Optional<String> at(long iova, BusMaster... sharing) {
        return former.last(List.of(sharing), 3, new DmaAddr(iova));
    }

    @Test
    void last_ofThoseThatShare_isToldWithItsAge() {
        unmapped(CAMERA, 0x20000000L, 4096);
        nanos.set(31_000);
        assertEquals(
                Optional.of("unmapped 31 µs ago, was fimc0 map TO_DEVICE, 4096 bytes at 0x20000000"),
                at(0x20000FFFL, CAMERA));
        freed(MIXER, 0x20000000L, 8192);
        assertEquals(
                Optional.of("unmapped 0 ns ago, was mixer alloc, 8192 bytes at 0x20000000"),
                at(0x20000000L, CAMERA, MIXER));
        assertEquals(Optional.empty(), at(0x20002000L, CAMERA));
    }

    @Test
    void last_ofTheIommuApi_isNotTheDmaApisBeforeIt() {
        unmapped(CAMERA, 0x20000000L, 4096);
        nanos.set(3_200_000);
        former.iommuUnmapped(3, 0x20000000L, 4096);
        assertEquals(
                Optional.of("unmapped 0 ns ago, was mapped by the IOMMU-API, 4096 bytes at 0x20000000"),
                at(0x20000000L, CAMERA));
    }

    @Test
    void last_domainThatNeverHadTheAddress_hasNothingToTell() {
        former.iommuUnmapped(4, 0x20000000L, 4096);
        former.dmaUnmapped(CAMERA, 0x20000000L, 4096, DmaDirection.TO_DEVICE, NONE);
        former.iommuUnmapped(3, 0x40000000L, 0);
        assertEquals(Optional.empty(), at(0x20000000L, CAMERA));
        assertEquals(Optional.empty(), at(0x40000000L, CAMERA));
    }

    @Test
    void last_mappingThatEndsInAPage_hasTheWholePage() {
        former.iommuUnmapped(3, 0x20000000L, 4096);
        former.dmaUnmapped(CAMERA, 0x20000200L, 16, DmaDirection.TO_DEVICE, NONE);
        assertEquals(
                Optional.of("unmapped 0 ns ago, was fimc0 map TO_DEVICE, 16 bytes at 0x20000200"),
                at(0x20000800L, CAMERA));
    }

    @Test
    void theOldest_areForgotten() {
        freed(CAMERA, 0x20000000L, 4096);
        for (int i = 1; i <= 4095; i++) {
            freed(CAMERA, 0x30000000L, 4096);
        }
        assertTrue(at(0x20000000L, CAMERA).isPresent());
        freed(CAMERA, 0x30000000L, 4096);
        assertEquals(Optional.empty(), at(0x20000000L, CAMERA));
    }
}
