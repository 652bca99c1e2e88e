package org.dmalab.engine.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.iova.IovaPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LinearScanTest {
    private static double at(Columns columns, int column) {
        return ((Columns.Doubles) columns.columns().get(column)).at(0);
    }

    /** {@code rb_prev()} calls per allocation, counted in the unmodified iova.c of both versions. */
    @ParameterizedTest
    @CsvSource({
        "125, 96.9, 97",
        "250, 190, 190",
        "500, 378, 378",
        "1000, 752, 752",
        "2000, 1502, 1502",
        "4000, 3002, 3002",
        "8000, 6002, 6002",
        "16000, 14002, 14002",
        "32000, 30002, 30002",
    })
    void measure_genericAllocators_takeTheStepsOfTheKernel(int ranges, double old, double current) {
        Columns columns = LinearScan.measure(List.of(IovaPolicy.CACHED_NODE, IovaPolicy.RETRY), ranges);
        assertEquals(old, at(columns, 1), 0.05);
        assertEquals(current, at(columns, 2), 0.05);
    }

    @Test
    void measure_magazines_takeOneWalkForAll() {
        Columns columns = LinearScan.measure(List.of(IovaPolicy.RCACHE), 4000);
        assertTrue(at(columns, 1) < 1, () -> "steps " + at(columns, 1));
    }

    @Test
    void walkNanos_moreRangesThanACacheHolds_costMorePerStep() {
        CostModel prices = CortexA9.at(1400);
        double inner = LinearScan.walkNanos(prices, 512, 100);
        double outer = LinearScan.walkNanos(prices, 513, 100);
        double ram = LinearScan.walkNanos(prices, 20_000, 100);
        assertEquals(100 + 100 * 4 / 1.4, inner, 1e-6);
        assertTrue(inner < outer && outer < ram, () -> inner + " " + outer + " " + ram);
    }

    @Test
    void measure_tooFewRanges_areRefused() {
        assertEquals(
                "ranges must be 8..60000: 7",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LinearScan.measure(List.of(IovaPolicy.RETRY), 7)
                                        .rows())
                        .getMessage());
    }
}
