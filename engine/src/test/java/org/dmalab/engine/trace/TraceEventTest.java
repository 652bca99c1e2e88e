package org.dmalab.engine.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.dmalab.engine.base.BusMaster;
import org.junit.jupiter.api.Test;

class TraceEventTest {
    private static final TraceEvent SYNCED = new TraceEvent(
            41_307, EventKind.DMA_SYNCED, new BusMaster(0, "fimc0"), List.of(0x2000_0000L, 4096L, 2L, 1L));

    @Test
    void value_eachField_isTheOneAtItsPlace() {
        assertEquals(0x2000_0000L, SYNCED.value("dma"));
        assertEquals(4096, SYNCED.value("bytes"));
        assertEquals(2, SYNCED.value("direction"));
        assertEquals(1, SYNCED.value("forDevice"));
    }

    @Test
    void value_fieldOfAnotherKind_namesThoseThereAre() {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, () -> SYNCED.value("iova"));
        assertEquals(
                "field must be one of DMA_SYNCED's, [dma, bytes, direction, forDevice]: iova", thrown.getMessage());
    }

    @Test
    void toString_addresses_areHex() {
        assertEquals(
                "0.000041307: DMA_SYNCED: fimc0 dma=0x20000000 bytes=4096 direction=2 forDevice=1", SYNCED.toString());
    }
}
