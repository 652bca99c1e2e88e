package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;
import org.junit.jupiter.api.Test;

/** What the titles of the fragmentation chart and of the latency pictures say. */
class FindingsTest {
    private static FragmentationSnapshot snapshot(Long... freeBlocks) {
        return new FragmentationSnapshot(List.of(new ZoneOrders(0, "Normal", List.of(freeBlocks))), "0 ns", "test");
    }

    @Test
    void fragmentation_allInSmallBlocks_saysAll() {
        assertEquals(
                "100 % of the free memory cannot serve a 8 KiB request",
                FragmentationView.finding(List.of(snapshot(10L, 0L))));
    }

    @Test
    void fragmentation_allInLargestBlocks_saysItCan() {
        assertEquals(
                "All 80 KiB of free memory can serve a 8 KiB request",
                FragmentationView.finding(List.of(snapshot(0L, 10L))));
    }

    @Test
    void fragmentation_nothingFree_saysSo() {
        assertEquals("No memory is free", FragmentationView.finding(List.of(snapshot(0L, 0L))));
    }

    @Test
    void fragmentation_beforeAndAfter_saysBoth() {
        assertEquals(
                "From 0 % to 50 %: free memory that cannot serve a 8 KiB request",
                FragmentationView.finding(List.of(snapshot(0L, 10L), snapshot(4L, 2L))));
    }

    @Test
    void percent_almostAll_isNotRoundedToAll() {
        assertEquals(
                List.of(">99 %", "<1 %", "100 %"),
                List.of(
                        FragmentationView.percent(0.9999),
                        FragmentationView.percent(0.0001),
                        FragmentationView.percent(1)));
    }

    @Test
    void latency_largestRatio_isTheFinding() {
        assertEquals(
                "CPU read: WRITE_COMBINE takes 24 ms, 15 times NON_CONSISTENT (June 2011 policy) (1.60 ms)",
                LatencyView.finding(Examples.latencies()));
    }

    @Test
    void latency_cells_setTextAndBackgroundColourThatContrast() {
        String html = Examples.html(Renderers.render(Examples.latencies()));
        List<MatchResult> cells = Pattern.compile("background:#([0-9a-f]{6});color:#([0-9a-f]{6})")
                .matcher(html)
                .results()
                .toList();
        assertEquals(11, cells.size());
        for (MatchResult cell : cells) {
            int background = Integer.parseInt(cell.group(1), 16);
            assertTrue(Palette.contrast(background, Integer.parseInt(cell.group(2), 16)) >= 4.5, cell.group());
        }
    }

    @Test
    void latency_cellThatDoesNotApply_saysWhy() {
        String html = Examples.html(Renderers.render(Examples.latencies()));
        assertTrue(html.contains("the CPU has no address for it"), html);
        assertFalse(html.contains("NaN"), html);
    }

    @Test
    void breakdown_slowestBar_isTheFinding() {
        String text = BreakdownView.of(Examples.latencies(), "alloc").toString();
        assertTrue(text.startsWith("alloc: coherent takes 3.40 ms, 82 % of it for zero pages\n"), text);
    }

    @Test
    void breakdown_unknownOperation_namesTheKnownOnes() {
        IllegalArgumentException thrown =
                assertThrows(IllegalArgumentException.class, () -> BreakdownView.of(Examples.latencies(), "munmap"));
        assertEquals("operation must be one of [alloc, mmap, CPU read]: munmap", thrown.getMessage());
    }

    @Test
    void heat_anyShare_leavesTextReadable() {
        for (int i = 0; i <= 100; i++) {
            int background = Palette.heat(i / 100.0);
            assertTrue(Palette.contrast(background, Palette.textOn(background)) >= 4.5, "share " + i);
        }
    }
}
