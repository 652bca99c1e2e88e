package org.dmalab.engine.experiment;

import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.Soc;
import org.dmalab.engine.cost.CostModel;
import org.junit.jupiter.api.Test;

final class AttributeLatencyTest {
    private final Soc soc = Soc.exynos4412();

    @Test
    void attributesThatDoNothing_haveEqualRowsAndSaySo() {
        LatencyTable table = measure(soc, mib(1));
        assertEquals(table.rows().get(0).cells(), table.rows().get(1).cells());
        assertTrue(
                table.rows().get(1).note().startsWith("changes nothing here"),
                table.rows().get(1).note());
        assertEquals(table.rows().get(0).cells(), table.rows().get(3).cells());
        assertTrue(
                table.rows().get(3).note().startsWith("changes nothing here"),
                table.rows().get(3).note());
    }

    @Test
    void proposalOfJune2011_readsFasterAndHasSomethingToSync() {
        LatencyTable table = measure(soc, mib(1));
        double uncached = cell(table, 0, "CPU read").nanos();
        LatencyTable.Cell read = cell(table, 4, "CPU read");
        assertTrue(uncached > 3 * read.nanos(), uncached + " against " + read.nanos());
        assertTrue(Double.isNaN(cell(table, 0, "sync for CPU").nanos()));
        assertTrue(cell(table, 4, "sync for CPU").nanos() > 0);
    }

    @Test
    void everyCell_isTheSumOfItsParts() {
        for (LatencyTable.Row row : measure(soc, mib(1)).rows()) {
            for (LatencyTable.Cell cell : row.cells()) {
                if (!Double.isNaN(cell.nanos())) {
                    double parts = cell.parts().stream()
                            .mapToDouble(LatencyTable.Part::nanos)
                            .sum();
                    assertEquals(cell.nanos(), parts, 0.5);
                }
            }
        }
    }

    @Test
    void measuring_leavesTheMachineAlone_andCostsNothingWithoutPrices() {
        String before = soc.fingerprint();
        Soc free = soc.toBuilder().prices(CostModel.ZERO).build();
        LatencyTable table = measure(free, mib(1));
        assertEquals(List.of(), cell(table, 0, "alloc").parts());
        assertEquals(0, cell(table, 0, "alloc").nanos());
        assertEquals(before, soc.fingerprint());
    }

    @Test
    void size_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> measure(soc, 0));
        assertThrows(IllegalArgumentException.class, () -> measure(soc, mib(65)));
    }

    private static LatencyTable measure(Soc soc, long bytes) {
        return AttributeLatency.measure(soc, soc.device("fimc0"), soc.device("mixer"), bytes);
    }

    private static LatencyTable.Cell cell(LatencyTable table, int row, String operation) {
        return table.rows().get(row).cells().get(table.operations().indexOf(operation));
    }
}
