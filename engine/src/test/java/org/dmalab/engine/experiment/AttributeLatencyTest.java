package org.dmalab.engine.experiment;

import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.Soc;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cost.Price;
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
    void uncachedRead_costsItsPricePerBusAccess() {
        double price = soc.board().prices().of(Price.UNCACHED_READ).nanos();
        assertEquals(
                price * mib(1) / 8, cell(measure(soc, mib(1)), 0, "CPU read").nanos(), mib(1) / 8000.0);
    }

    @Test
    void allocationThatFails_isARowWithItsReason() {
        LatencyTable table = AttributeLatency.measure(soc, soc.device("sdhci2"), soc.device("mixer"), mib(8));
        assertTrue(Double.isNaN(cell(table, 0, "alloc").nanos()));
        assertEquals("ENOMEM (-12)", cell(table, 0, "alloc").why());
        assertTrue(
                table.rows().get(0).note().contains("order 11"),
                table.rows().get(0).note());
    }

    @Test
    void noKernelMapping_withoutAnIommu_changesNothing() {
        LatencyTable table = AttributeLatency.measure(soc, soc.device("sdhci2"), soc.device("mixer"), mib(1));
        assertEquals(table.rows().get(0).cells(), table.rows().get(2).cells());
        assertTrue(
                table.rows().get(2).note().startsWith("changes nothing here"),
                table.rows().get(2).note());
    }

    @Test
    void measuring_leavesTheMachineAlone_andCostsNothingWithoutPrices() {
        Soc free = soc.toBuilder().prices(CostModel.ZERO).build();
        String before = free.fingerprint();
        LatencyTable table = measure(free, mib(1));
        assertEquals(List.of(), cell(table, 0, "alloc").parts());
        assertEquals(0, cell(table, 0, "alloc").nanos());
        assertEquals(before, free.fingerprint());
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
