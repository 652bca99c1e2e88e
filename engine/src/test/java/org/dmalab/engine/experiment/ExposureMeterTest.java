package org.dmalab.engine.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ExposureMeterTest {
    private long now;
    private final ExposureMeter meter = new ExposureMeter(() -> now);

    @Test
    void invalidated_onlyTheLastPage_staysOpen() {
        meter.iommuUnmapped(1, 0x1000, 0x4000);
        now = 10;
        meter.iotlbInvalidated(1, 0x4000, 0x1000, 1);
        assertEquals(1, meter.stillOpen());
        now = 30;
        meter.iotlbInvalidated(1, 0x1000, 0x3000, 1);
        assertEquals(0, meter.stillOpen());
        assertArrayEquals(new double[] {30}, meter.nanos());
    }

    @Test
    void invalidated_downwardsInPieces_endsWithTheLastOfThem() {
        meter.iommuUnmapped(1, 0x1000, 0x3000);
        for (long page : new long[] {0x3000, 0x1000, 0x2000}) {
            assertEquals(1, meter.stillOpen());
            now += 5;
            meter.iotlbInvalidated(1, page, 0x1000, 1);
        }
        assertArrayEquals(new double[] {15}, meter.nanos());
    }

    @Test
    void invalidated_pieceDuringTheUnmap_isNotAwaitedAgain() {
        meter.iotlbInvalidated(1, 0x100000, 0x100000, 1);
        meter.iommuUnmapped(1, 0x100000, 0x101000);
        assertEquals(1, meter.stillOpen());
        meter.iotlbInvalidated(1, 0x200000, 0x1000, 1);
        assertEquals(0, meter.stillOpen());
    }

    @Test
    void invalidated_beforeTheRangeWasMapped_doesNotCount() {
        meter.iotlbInvalidated(1, 0x1000, 0x1000, 1);
        meter.iommuMapped(1, 0x1000, 0x40000000, 0x2000);
        meter.iommuUnmapped(1, 0x1000, 0x2000);
        meter.iotlbInvalidated(1, 0x2000, 0x1000, 1);
        assertEquals(1, meter.stillOpen());
    }

    @Test
    void invalidated_everything_closesThisDomainOnly() {
        meter.iommuUnmapped(1, 0x1000, 0x2000);
        meter.iommuUnmapped(2, 0x1000, 0x2000);
        meter.iotlbInvalidated(1, 0, 0, 1);
        assertEquals(1, meter.stillOpen());
    }

    @SuppressWarnings("NullAway")
    @Test
    void meter_withoutATime_isRefused() {
        assertEquals(
                "nanos",
                assertThrows(NullPointerException.class, () -> new ExposureMeter(null))
                        .getMessage());
    }
}
