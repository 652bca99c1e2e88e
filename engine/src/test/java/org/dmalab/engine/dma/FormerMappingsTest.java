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

    private Optional<String> at(long iova, BusMaster... sharing) {
        return former.last(List.of(sharing), 3, new DmaAddr(iova));
    }

    @Test
    void last_ofThoseThatShare_isToldWithItsAge() {
        former.dmaUnmapped(CAMERA, 0x20000000L, 4096, DmaDirection.TO_DEVICE, NONE);
        nanos.set(31_000);
        former.dmaFreed(MIXER, 0x20000000L, 8192, 0, NONE);
        assertEquals(
                Optional.of("unmapped 31 µs ago, was fimc0 map TO_DEVICE, 4096 bytes at 0x20000000"),
                at(0x20000FFFL, CAMERA));
        assertEquals(
                Optional.of("unmapped 0 ns ago, was mixer alloc, 8192 bytes at 0x20000000"),
                at(0x20000000L, CAMERA, MIXER));
        assertEquals(Optional.empty(), at(0x20001000L, CAMERA));
        assertEquals(Optional.empty(), at(0x20000000L));
    }

    @Test
    void iommuUnmap_countsForItsDomainOnly_andAfterWhatTheDmaApiKnows() {
        former.iommuUnmapped(3, 0x20000000L, 4096);
        former.iommuUnmapped(4, 0x30000000L, 4096);
        former.iommuUnmapped(3, 0x40000000L, 0);
        assertEquals(
                Optional.of("unmapped 0 ns ago, was mapped by the IOMMU-API, 4096 bytes at 0x20000000"),
                at(0x20000000L, CAMERA));
        assertEquals(Optional.empty(), at(0x30000000L, CAMERA));
        assertEquals(Optional.empty(), at(0x40000000L, CAMERA));
        former.dmaFreed(CAMERA, 0x20000000L, 4096, 0, NONE);
        former.iommuUnmapped(3, 0x20000000L, 4096);
        assertEquals(
                Optional.of("unmapped 0 ns ago, was fimc0 alloc, 4096 bytes at 0x20000000"), at(0x20000000L, CAMERA));
    }

    @Test
    void theOldest_areForgotten() {
        former.dmaFreed(CAMERA, 0x20000000L, 4096, 0, NONE);
        for (int i = 1; i <= 4095; i++) {
            former.dmaFreed(CAMERA, 0x30000000L, 4096, 0, NONE);
        }
        assertTrue(at(0x20000000L, CAMERA).isPresent());
        former.dmaFreed(CAMERA, 0x30000000L, 4096, 0, NONE);
        assertEquals(Optional.empty(), at(0x20000000L, CAMERA));
    }
}
