package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.junit.jupiter.api.Test;

/** The figures were printed by a Cortex-A9 board with Linux 6.12. */
final class FragmentationSnapshotTest {
    private static FragmentationSnapshot snapshot(String zone, Long... freeBlocks) {
        return new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(0, zone, List.of(freeBlocks))),
                "t" + freeBlocks[0],
                "test");
    }

    @Test
    void indices_ofARealBoard_areThoseItPrinted() {
        FragmentationSnapshot board = snapshot("HighMem", 2302L, 1886L, 1211L, 1125L, 641L, 9L, 1L, 2L, 0L, 0L, 0L, 0L);
        assertEquals(
                "Node 0, zone  HighMem -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000  0.984  0.992  0.996  0.998 \n",
                board.extfragIndex(Era.V6_12));
        FragmentationSnapshot boot = snapshot("DMA", 5L, 3L, 4L, 2L, 3L, 4L, 5L, 5L, 2L, 2L, 5L, 85L);
        assertEquals(
                "Node 0, zone      DMA 0.000 0.000 0.000 0.000 0.000 0.000 0.001 0.002 0.006 0.009 0.014 0.043 \n",
                boot.unusableIndex());
    }

    @Test
    void extfragIndex_negativeFraction_keepsTheSignInTheRemainder() {
        assertEquals(
                "Node 0, zone   Normal -1.000 0.-500 ",
                snapshot("Normal", 1L, 0L).zones().get(0).extfragIndex(Era.V3_14));
        assertEquals(
                "Node 0, zone   Normal 0.000 0.000 \n",
                snapshot("Normal", 0L, 0L).extfragIndex(Era.V3_14));
        assertEquals(
                "Node 0, zone   Normal 1.000 1.000 \n",
                snapshot("Normal", 0L, 0L).unusableIndex());
    }

    @Test
    void since_anotherMoment_countsByZoneAndOrder() {
        FragmentationChange change = snapshot("Normal", 31L, 4L, 1L).since(snapshot("Normal", 0L, 4L));
        assertEquals(List.of(31L, 0L, 1L), change.zones().get(0).freeBlocks());
        assertEquals(35, change.zones().get(0).freePages());
        assertEquals("from t0 to t31: Normal +140 KiB [order 0: +31] [order 2: +1]", change.toString());
        assertEquals(
                List.of(), snapshot("Normal", 1L).since(snapshot("HighMem", 1L)).zones());
    }
}
