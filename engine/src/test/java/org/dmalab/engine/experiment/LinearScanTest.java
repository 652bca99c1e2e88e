package org.dmalab.engine.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.iova.IovaPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LinearScanTest {
    private static final AddrRange<DmaAddr> WINDOW =
            new AddrRange<>(new DmaAddr(Bytes.gib(4) - Bytes.mib(256)), Bytes.mib(256));

    private static double at(Columns columns, int column) {
        return ((Columns.Doubles) columns.columns().get(column)).at(0);
    }

    /** {@code rb_prev()} calls per allocation, counted in the unmodified iova.c of both versions, in at most 1000 cycles. */
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
        int cycles = Math.min(1000, ranges / 8);
        assertEquals(old, LinearScan.perRequest(IovaPolicy.CACHED_NODE.open(WINDOW), ranges, cycles), 0.05);
        assertEquals(current, LinearScan.perRequest(IovaPolicy.RETRY.open(WINDOW), ranges, cycles), 0.05);
    }

    /** The search grows with the ranges, to the last row: each row frees the same share of its pages. */
    @Test
    void measure_twiceTheRanges_takesTwiceTheSteps() {
        Columns columns = LinearScan.measure(List.of(IovaPolicy.RETRY, IovaPolicy.BEST_FIT), 8000, 16_000);
        for (int column = 1; column <= 2; column++) {
            Columns.Doubles steps = (Columns.Doubles) columns.columns().get(column);
            assertEquals(2, steps.at(1) / steps.at(0), 0.01, steps.name());
        }
        assertEquals("with retry, 6.1 (ranges)", columns.columns().get(1).name());
        assertEquals("best fit (holes)", columns.columns().get(2).name());
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
