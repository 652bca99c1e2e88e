package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AddressMap.Area;
import org.dmalab.engine.dma.AddressMap.Strip;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageMap.Use;
import org.dmalab.kernel.display.AddressFold.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pictures of memory and addresses, the audits and the charts say. */
class MemoryFindingsTest {
    private static PageMap pages(PageMap.Run... parts) {
        return MemoryExamples.pages("area", 0x1000, List.of(parts));
    }

    @Test
    void pageMap_pinnedPages_namesWhoPins() {
        assertEquals(
                "10.6 MiB free now, at most 3 MiB in a row; moving pages away can make that 21.9 MiB, but not"
                        + " more: 2 pages pinned by gpu",
                PageMapView.finding(MemoryExamples.cma()));
    }

    @Test
    void pageMap_severalPin_namesTwoAndCountsTheRest() {
        assertEquals(
                "8 MiB free, but no free run over 4 KiB: 410 pages pinned by 😀 0, 410 by 😀 1, more by 3 others",
                PageMapView.finding(MemoryExamples.combed()));
    }

    @Test
    void pageMap_oneFreeRun_saysSo() {
        PageMap map = pages(MemoryExamples.run(4, Use.CONTIGUOUS, "a"), MemoryExamples.run(12, Use.FREE, ""));
        assertEquals("48 KiB free, all in one run", PageMapView.finding(map));
    }

    @Test
    void pageMap_nothingFree_saysWhatFillsIt() {
        PageMap map = pages(MemoryExamples.run(4, Use.UNMOVABLE, ""), MemoryExamples.run(12, Use.MOVABLE, ""));
        assertEquals(
                "Nothing free now of 64 KiB; moving pages away can make a run of 48 KiB", PageMapView.finding(map));
        assertEquals(
                "Nothing free of 16 KiB: 16 KiB unmovable",
                PageMapView.finding(pages(MemoryExamples.run(4, Use.UNMOVABLE, ""))));
        assertEquals("All 64 KiB free", PageMapView.finding(pages(MemoryExamples.run(16, Use.FREE, ""))));
    }

    @Test
    void pageMap_movableBetweenFree_saysWhatIsFreeAndWhatCanBeInOneSentence() {
        PageMap map = pages(
                MemoryExamples.run(6, Use.FREE, ""),
                MemoryExamples.run(3, Use.MOVABLE, "page cache"),
                MemoryExamples.run(2, Use.FREE, ""),
                MemoryExamples.run(5, Use.MOVABLE, "page cache"));
        assertEquals(
                "32 KiB free now, at most 24 KiB in a row; moving pages away can make that 64 KiB",
                PageMapView.finding(map));
        assertFalse(Renderers.render(map).plainText().contains("longest run of free and movable"));
    }

    @Test
    void pageMap_name_isQuoted() {
        String text = Renderers.render(MemoryExamples.cma()).plainText();
        assertTrue(text.contains("\nCMA \"reserved\" at 41.3 µs · 0x4c000000"), text);
    }

    @Test
    void pageMap_neighboursOfOneOwner_areApartAndCounted() {
        PageMap map = pages(
                MemoryExamples.run(4, Use.CONTIGUOUS, "fimc0"),
                MemoryExamples.run(4, Use.CONTIGUOUS, "fimc0"),
                MemoryExamples.run(8, Use.FREE, ""));
        Canvas canvas = PageMapView.canvas(map);
        List<Canvas.Label> labels = canvas.labels();
        assertTrue(
                labels.stream().anyMatch(label -> label.text().equals("contiguous allocation, 32 KiB in 2 pieces")),
                labels.toString());
        List<Canvas.Label> names =
                labels.stream().filter(label -> label.text().equals("fimc0")).toList();
        assertEquals(2, names.size(), labels.toString());
        // A name begins 4 after its buffer does; the gap takes the first 2 of it, over the name's middle line.
        for (Canvas.Label name : names) {
            int x = (int) ((name.x() - 4 + 1) * Palette.SCALE);
            int y = (int) ((name.y() + name.height() / 2) * Palette.SCALE);
            assertEquals(Palette.CARD, canvas.image().getRGB(x, y) & 0xFFFFFF);
            assertEquals(PageMapPainter.colour(Use.CONTIGUOUS), canvas.image().getRGB(x + 4, y) & 0xFFFFFF);
        }
        String text = Renderers.render(map).plainText();
        assertTrue(text.contains("0x01000000  16 KiB  contiguous allocation  fimc0"), text);
        assertTrue(text.contains("0x01004000  16 KiB  contiguous allocation  fimc0"), text);
    }

    @Test
    void pageMap_claimable_isFreeAndMovableBetweenTheRest() {
        assertEquals(5000 + 600, PageMapView.claimable(MemoryExamples.cma()));
    }

    @Test
    void pageMap_text_listsPinnedRunsWithTheirAddress() {
        String text = Renderers.render(MemoryExamples.cma()).plainText();
        assertTrue(text.contains("0x4d2bc000     4 KiB  pinned                 gpu"), text);
    }

    @Test
    void addressMap_marks_areTheFinding() {
        assertEquals(
                "One byte, four addresses: CPU, kernel 0xc0001000, CPU, kernel 0xf0001000, RAM 0x40801000,"
                        + " fimc0 0x20001000",
                AddressMapView.finding(AddressExamples.oneByte()));
    }

    @Test
    void addressMap_oneStripWithoutMarks_saysUsageAndLargestGap() {
        assertEquals(
                "vmalloc: largest gap 604 KiB at 0xf006b000 – 0xf0101fff, 2000 areas hold 30.1 MiB",
                AddressMapView.finding(AddressExamples.vmalloc(2000)));
        Area hole = AddressExamples.virt(0xf0000000L, 1 << 20, "free", AddressMap.Kind.HOLE, "");
        assertEquals(
                "vmalloc: largest gap 1 MiB at 0xf0000000 – 0xf00fffff, nothing in use",
                AddressMapView.finding(AddressExamples.map("vmalloc", new Strip("vmalloc", List.of(hole), List.of()))));
        Area area = AddressExamples.virt(0xf0000000L, 1 << 20, "frame", AddressMap.Kind.MEMORY, "");
        assertEquals(
                "vmalloc: no gap, 1 area holds 1 MiB",
                AddressMapView.finding(AddressExamples.map("vmalloc", new Strip("vmalloc", List.of(area), List.of()))));
    }

    @Test
    void fold_largestGapSmallerThanAreas_isDrawnByItself() {
        List<Area> areas = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            long start = 0xf0000000L + i * 0x900000L;
            areas.add(AddressExamples.virt(start, 8 << 20, "frame", AddressMap.Kind.UNCACHED, ""));
            areas.add(AddressExamples.virt(
                    start + (8 << 20), i == 17 ? 1 << 20 : 1 << 16, "free", AddressMap.Kind.HOLE, ""));
        }
        AddressMap map = AddressExamples.map("vmalloc", new Strip("vmalloc", areas, List.of()));
        List<Element> folded = AddressFold.fold(map.strips().get(0));
        assertTrue(folded.size() <= AddressFold.MAX, "elements " + folded.size());
        assertEquals(
                List.of(areas.get(35)),
                folded.stream()
                        .filter(element -> element.start() == 0xf0000000L + 17 * 0x900000L + (8 << 20))
                        .flatMap(element -> element.areas().stream())
                        .toList());
    }

    @Test
    void fold_manyAreas_keepsThemAllInFewElements() {
        Strip strip = AddressExamples.vmalloc(2000).strips().get(0);
        List<Element> folded = AddressFold.fold(strip);
        assertTrue(folded.size() <= AddressFold.MAX, "elements " + folded.size());
        assertEquals(
                strip.areas(),
                folded.stream().flatMap(element -> element.areas().stream()).toList());
        for (int i = 1; i < folded.size(); i++) {
            assertEquals(folded.get(i - 1).last() + 1, folded.get(i).start());
        }
    }

    @Test
    void fold_markedArea_staysWithItsMark() {
        for (int seed = 0; seed < 16; seed++) {
            for (Strip strip : AddressExamples.random(seed).strips()) {
                long marks = AddressFold.fold(strip).stream()
                        .mapToLong(element -> element.marks().size())
                        .sum();
                assertEquals(AddressFold.marks(strip).size(), marks, "seed " + seed);
            }
        }
    }

    @Test
    void audit_lyingAlias_isRedAndSaysSoInWords() {
        String html = Examples.html(Renderers.render(AuditExamples.lying()));
        assertEquals(2, html.split("background-color:" + Palette.hex(Palette.LIE), -1).length - 1, html);
        assertTrue(html.contains(">STALE: 64 bytes from 0x40001040</td>"), html);
        assertTrue(Palette.contrast(Palette.LIE, Palette.LIE_TEXT) >= 4.5, "red on red");
        assertEquals(
                "kernel, linear map reads stale bytes: 64 of 4096 bytes, the first at 0x40001040",
                AliasAuditView.finding(AuditExamples.lying()));
    }

    @Test
    void audit_truthWithHazard_namesBoth() {
        assertEquals(
                "The one alias reads the truth, but there is 1 hazard",
                AliasAuditView.finding(AuditExamples.audit(List.of(AuditExamples.alias("a", 1, 0)), "h")));
    }

    @Test
    void check_failed_showsItsHintAndPassedDoesNot() {
        Check failed = new Check("the frame is <contiguous>", false, "ask CMA");
        assertEquals("not yet: the frame is <contiguous> (hint: ask CMA)", failed.toString());
        String html = Examples.html(failed.render());
        assertTrue(
                html.contains("not yet") && html.contains("&lt;contiguous&gt;") && html.contains("Hint: ask CMA"),
                html);
        assertFalse(new Check("x", true, "ask CMA").toString().contains("hint"));
        assertEquals(
                "1 of 2 passed\npassed: x\nnot yet: y",
                Check.all(List.of(new Check("x", true, ""), new Check("y", false, "")))
                        .toString());
    }

    @Test
    void charts_unknownOrTextColumn_areRefusedByName() {
        assertEquals(
                "column must be one of [bytes, by range, µs, whole cache, µs]: cost",
                assertThrows(IllegalArgumentException.class, () -> Charts.lines(ChartExamples.sweep(), "bytes", "cost"))
                        .getMessage());
        assertEquals(
                "column must hold numbers: attributes",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Charts.bars(ChartExamples.attributes(), "attributes", "attributes"))
                        .getMessage());
        assertEquals(
                "a chart must have 1..6 columns of values: 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Charts.bars(ChartExamples.attributes(), "attributes"))
                        .getMessage());
    }

    @Test
    void lines_wideSpan_axesAreLogarithmicAndSaySo() {
        List<String> labels =
                Charts.linesCanvas(ChartExamples.sweep(), "bytes", "by range, µs", "whole cache, µs").labels().stream()
                        .map(Canvas.Label::text)
                        .toList();
        assertTrue(
                labels.containsAll(List.of("bytes (log scale)", "µs (log scale)", "4 KiB", "64 MiB", "100")),
                labels.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "alloc, µs | mmap, µs | µs",
                "time, µs | used, MiB | µs · MiB",
                "used bytes | free bytes | used bytes · free bytes",
                "time, µs | free bytes | each in the unit that the key names"
            })
    void charts_severalColumns_axisIsTitledByTheirUnits(String one, String two, String title) {
        Columns columns = new Columns(
                "t",
                List.of(
                        Columns.Longs.of("x", 1, 2),
                        Columns.Doubles.of(one, 4096, 8192),
                        Columns.Doubles.of(two, 4096, 8192)));
        for (Canvas canvas :
                List.of(Charts.linesCanvas(columns, "x", one, two), Charts.barsCanvas(columns, "x", one, two))) {
            List<String> labels =
                    canvas.labels().stream().map(Canvas.Label::text).toList();
            assertTrue(labels.containsAll(List.of(one, two, title)), labels.toString());
            boolean binary = labels.stream().anyMatch(label -> label.endsWith(" KiB"));
            assertEquals(one.contains("bytes"), binary, labels.toString());
        }
    }

    @Test
    void lines_overAddresses_axisIsInHex() {
        Columns columns = new Columns(
                "t",
                List.of(
                        Columns.Longs.addresses("iova", 0x20000000L, 0x20010000L, 0x20040000L),
                        Columns.Doubles.of("age, µs", 1, 2, 3)));
        List<String> labels = Charts.linesCanvas(columns, "iova", "age, µs").labels().stream()
                .map(Canvas.Label::text)
                .toList();
        assertTrue(labels.containsAll(List.of("0x20000000", "0x20020000", "0x20040000")), labels.toString());
        assertEquals(
                "0xffffffffff000000",
                Scale.of(Scale.Form.ADDRESSES, new double[] {0}, false).text(0x1p64 - 0x1000000));
    }

    @Test
    void scale_anyValues_ticksLieOnTheAxisAndCoverIt() {
        for (double[] values : new double[][] {{1, 1000.5}, {1, 5000}, {-3, 8}, {5}, {0}, {}, {1e-12, 1}, {0, 1e299}}) {
            for (boolean fromZero : new boolean[] {true, false}) {
                Scale scale = Scale.of("x", values, fromZero);
                List<Double> ticks = scale.ticks(6);
                assertTrue(ticks.size() >= 2 && ticks.size() <= 12, scale + " " + ticks);
                for (double value : values) {
                    assertTrue(
                            value <= scale.high() * 1.0001 && (scale.log() || value >= scale.low()), scale.toString());
                }
            }
        }
        assertTrue(Scale.of("x", new double[] {1, 1001}, false).log());
        assertFalse(Scale.of("x", new double[] {1, 1000}, false).log());
        assertFalse(Scale.of("x", new double[] {-1, 100_000}, true).log());
    }

    @Test
    void cdf_samples_percentilesAreNearestRank() {
        assertEquals(50, Charts.percentile(ChartExamples.doubles(100, i -> i + 1), 0.5));
        assertEquals(99, Charts.percentile(ChartExamples.doubles(100, i -> i + 1), 0.99));
        assertEquals(7, Charts.percentile(new double[] {7}, 0.5));
        assertTrue(Charts.cdf("t", "µs", 1, Double.NaN, 3).toString().startsWith("t\n2 samples, 1 missing"));
    }

    @Test
    void cdf_markedPercentiles_haveTheUnit() {
        List<String> labels = Charts.cdfCanvas("t", "latency (ms)", 1.5, 1.5, 20).labels().stream()
                .map(Canvas.Label::text)
                .toList();
        assertTrue(labels.contains("50 %: 1.5 ms") && labels.contains("99 %: 20 ms"), labels.toString());
        List<String> sizes = Charts.cdfCanvas("t", "bytes", 4096, 8192).labels().stream()
                .map(Canvas.Label::text)
                .toList();
        assertTrue(sizes.contains("50 %: 4 KiB"), sizes.toString());
    }

    @Test
    void list_longSentence_isWrappedAndWhole() {
        String sentence = "the page at 0x6e430000 is mapped WRITE_BACK at 0xee430000 (kernel, linear map) and "
                + "NORMAL_NONCACHEABLE at 0xffdff000 (kernel, consistent region): mismatched memory types are "
                + "unpredictable (ARM DDI 0406C A3.5.7), a line loaded through the first can hide a write";
        MimeBundle bundle = Renderers.render(List.of(sentence, "z".repeat(130)));
        assertTrue(Examples.html(bundle).contains(sentence), bundle::plainText);
        String text = bundle.plainText();
        assertTrue(
                text.lines()
                        .map(String::strip)
                        .reduce("", (one, other) -> one + " " + other)
                        .contains(sentence),
                text);
        assertTrue(text.lines().allMatch(line -> line.length() <= 64), text);
        assertEquals(130, text.chars().filter(character -> character == 'z').count());
    }
}
