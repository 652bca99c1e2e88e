package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.experiment.AttributeLatency;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.engine.experiment.LatencyTable.Row;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;
import org.junit.jupiter.api.Test;

/** What the titles of the fragmentation chart and of the latency pictures say. */
class FindingsTest {
    private static FragmentationSnapshot snapshot(Long... freeBlocks) {
        return new FragmentationSnapshot(List.of(new ZoneOrders(0, "Normal", List.of(freeBlocks))), "0 ns", "test");
    }

    private static LatencyTable table(double... nanos) {
        List<Row> rows = IntStream.range(0, nanos.length)
                .mapToObj(i -> new Row(
                        "set " + i, List.of(new Cell(nanos[i], List.of(new Part("zero pages", nanos[i])), "")), ""))
                .toList();
        return new LatencyTable("t", 4096, List.of("alloc"), rows, "test");
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
    void latency_largestRatio_namesTheFirstOfEquals() {
        assertEquals(
                "CPU read takes 24 ms for coherent, 1.60 ms for NON_CONSISTENT (June 2011 policy)",
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
    void latency_setsWithinFivePercent_makeNoDifference() {
        assertEquals("The attributes make no difference here", LatencyView.finding(table(6_410_000, 6_370_000)));
    }

    @Test
    void latency_noTimeAnywhere_saysSo() {
        assertEquals("No operation takes any time", LatencyView.finding(table(0, Double.NaN)));
    }

    @Test
    void latency_rows_areOperations() {
        String html = Examples.html(Renderers.render(Examples.latencies()));
        String body = html.substring(html.indexOf("<tbody>"), html.indexOf("</tbody>"));
        List<String> rows = Pattern.compile("<tr[^>]*><th[^>]*>([^<]*)</th>")
                .matcher(body)
                .results()
                .map(row -> row.group(1))
                .toList();
        assertEquals(Examples.latencies().operations(), rows);
    }

    @Test
    void latency_equalTimesOfARow_haveOneShadeAndOthersAnother() {
        String html = Examples.html(Renderers.render(Examples.latencies()));
        String row = html.substring(html.indexOf(">CPU read<"));
        List<String> shades = Pattern.compile("background:(#[0-9a-f]{6})")
                .matcher(row)
                .results()
                .map(cell -> cell.group(1))
                .toList();
        String darkest = Palette.hex(Palette.heat(1));
        assertEquals(List.of(darkest, darkest, Palette.hex(Palette.heat(0))), shades);
    }

    @Test
    void latency_shade_isOnOneScaleForAllRows() {
        assertEquals(0, LatencyView.shade(5, 5));
        assertEquals(0.5, LatencyView.shade(Math.sqrt(10) * 5, 5), 1e-9);
        assertEquals(1, LatencyView.shade(5000, 5));
        assertEquals(0, LatencyView.shade(0, Double.NaN));
    }

    @Test
    void latency_longFinding_isNotCut() {
        String html = Examples.html(Renderers.render(Examples.latencies()));
        assertTrue(html.contains(">" + LatencyView.finding(Examples.latencies()) + "</div>"), html);
        assertTrue(html.contains("<wbr>"), "attribute names wrap");
    }

    @Test
    void latency_measuredTable_textFitsATerminal() {
        Soc soc = Soc.exynos4412();
        LatencyTable table = AttributeLatency.measure(soc, soc.device("fimc0"), soc.device("mixer"), Bytes.kib(64));
        List<String> lines = Renderers.render(table).plainText().lines().toList();
        assertEquals(
                List.of(), lines.stream().filter(line -> line.length() > 110).toList());
        for (String operation : table.operations()) {
            assertEquals(
                    1,
                    lines.stream()
                            .filter(line -> line.startsWith(operation + "  "))
                            .count(),
                    operation);
        }
        for (Row row : table.rows()) {
            assertTrue(
                    lines.stream().anyMatch(line -> line.startsWith(row.attributes() + ": " + row.note())), row.note());
        }
        assertTrue(lines.contains("– sync for CPU, sync for device: not cached, nothing to sync"), lines.toString());
    }

    @Test
    void breakdown_differentBars_bothEndsAreTheFinding() {
        String text = BreakdownView.of(Examples.latencies(), "CPU read").toString();
        assertTrue(
                text.startsWith("CPU read: 24 ms for coherent, 1.60 ms for NON_CONSISTENT (June 2011 policy)\n"), text);
    }

    @Test
    void breakdown_likeBars_causeIsTheFinding() {
        assertTrue(BreakdownView.of(table(6_410_000, 6_370_000), "alloc")
                .toString()
                .startsWith("alloc: about 6.41 ms for both attribute sets, all of it for zero pages\n"));
        assertTrue(BreakdownView.of(table(5000, Double.NaN), "alloc")
                .toString()
                .startsWith("alloc: 5 µs for set 0, all of it for zero pages\n"));
    }

    @Test
    void breakdown_key_hasEveryCauseEvenOfBarsThatNameIt() {
        List<String> labels = BreakdownView.canvas(Examples.latencies(), "CPU read").labels().stream()
                .map(Canvas.Label::text)
                .toList();
        for (String cause : List.of("uncached access", "cache miss", "cache invalidate")) {
            assertTrue(labels.indexOf(cause) < labels.indexOf("coherent") && labels.contains(cause), labels.toString());
        }
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
