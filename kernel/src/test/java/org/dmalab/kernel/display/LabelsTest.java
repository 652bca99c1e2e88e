package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.kernel.display.Canvas.Label;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No text of a picture lies on another or leaves the card. */
class LabelsTest {
    static Stream<IovaMap> maps() {
        long base = 0x20000000L;
        List<IovaMap> maps = new ArrayList<>(List.of(
                Examples.map(Examples.range(base, Bytes.mib(128)), List.of()),
                Examples.map(Examples.range(base, Bytes.mib(128)), List.of()).mark(new DmaAddr(base + 5)),
                Examples.map(Examples.range(base, 4096), List.of(Examples.mapped(base, 4096, "a", "alloc"))),
                Examples.map(Examples.range(0, 1L << 48), List.of(Examples.mapped(base, 4096, "a", "alloc"))),
                Examples.map(
                        Examples.range(0xffff_0000_0000_0000L, 1L << 47),
                        List.of(Examples.mapped(0xffff_0000_0000_0000L, 1L << 46, "gpu", "alloc"))),
                Examples.map(Examples.range(0, Long.MAX_VALUE), List.of(Examples.mapped(1L << 62, 4096, "a", "alloc"))),
                Examples.map(
                        Examples.range(base, Bytes.mib(64)),
                        List.of(Examples.reserved(base, Bytes.mib(32)), Examples.reserved(0, Bytes.mib(1)))),
                Examples.camera(),
                Examples.frames(),
                Examples.frames().mark(new DmaAddr(0)),
                Examples.frames().mark(new DmaAddr(-1)),
                Examples.frames().mark(new DmaAddr(base)),
                Examples.frames().mark(new DmaAddr(0x27ffffffL)),
                Examples.fragmented(),
                Examples.arm64(),
                Examples.arm64().mark(new DmaAddr(0x7000_0000_0000L)),
                Examples.hostileMap(),
                Examples.crowd(20_000)));
        IntStream.range(0, 60).forEach(seed -> maps.add(random(seed)));
        return maps.stream();
    }

    private static IovaMap random(int seed) {
        Random random = new Random(seed);
        int bits = 20 + random.nextInt(43);
        long bytes = 1L << bits;
        long start = random.nextBoolean() ? 0 : random.nextLong() & -bytes;
        List<Entry> entries = new ArrayList<>();
        int count = random.nextInt(60);
        int owners = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            long size = 4096L << random.nextInt(Math.max(1, Math.min(20, bits - 14)));
            long offset = (random.nextLong() & (bytes - 1)) >>> random.nextInt(bits - 12);
            long at = Math.min(offset & -4096L, bytes - size);
            entries.add(Examples.mapped(start + at, size, "device" + random.nextInt(owners), "alloc"));
        }
        IovaMap map = Examples.map(Examples.range(start, bytes), entries);
        return random.nextBoolean() ? map : map.mark(new DmaAddr(start + (random.nextLong() & (bytes - 1))));
    }

    @ParameterizedTest
    @MethodSource("maps")
    void paint_iovaMap_labelsAreApart(IovaMap map) {
        IovaSummary summary = new IovaSummary(map);
        assertApart(IovaMapPainter.paint(summary, new IovaFold(summary, IovaMapPainter.PIXELS)));
    }

    @Test
    void paint_fragmentation_labelsAreApart() {
        FragmentationSnapshot empty = new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(0, Examples.HOSTILE, List.of(0L, 12_345_678_901L))),
                Examples.HOSTILE,
                Examples.HOSTILE);
        for (List<FragmentationSnapshot> snapshots : List.of(
                List.of(Examples.fresh()),
                List.of(Examples.fresh(), Examples.aged()),
                List.of(empty),
                List.of(Examples.fresh(), empty))) {
            assertApart(new Card("t", "s", "source").paint(new FragmentationPainter(snapshots)));
        }
    }

    @Test
    void paint_breakdown_labelsAreApart() {
        for (String operation : Examples.latencies().operations()) {
            assertApart(BreakdownView.canvas(Examples.latencies(), operation));
        }
        assertApart(BreakdownView.canvas(Examples.hostileLatencies(), Examples.HOSTILE));
        assertApart(BreakdownView.canvas(Examples.manyCauses(), "alloc"));
    }

    static Stream<Canvas> gallery() {
        return Stream.of(
                        MemoryExamples.all().stream().map(PageMapView::canvas),
                        AddressExamples.all().stream().map(AddressMapView::canvas),
                        ScatterExamples.all().stream().map(ScatterView::canvas),
                        CopyExamples.all().stream().map(CopyTimelineView::canvas),
                        ChartExamples.all().stream().map(ChartExamples.Example::canvas),
                        IovaExamples.canvases().stream())
                .flatMap(each -> each);
    }

    @ParameterizedTest
    @MethodSource("gallery")
    void paint_galleryOfHostileAndEmpty_labelsAreApart(Canvas canvas) {
        assertApart(canvas);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
    void paint_randomAddressMap_labelsAreApart(int seed) {
        assertApart(AddressMapView.canvas(AddressExamples.random(seed)));
    }

    @ParameterizedTest
    @ValueSource(longs = {16, 17, 1000, 4096, 1 << 14, (1 << 18) - 3})
    void paint_pageMapOfAnySize_labelsAreApart(long pages) {
        assertApart(PageMapView.canvas(MemoryExamples.random(pages)));
    }

    @Test
    void paint_stripWithoutTheMark_isPassedByTheLine() {
        AddressMap.Strip bare =
                new AddressMap.Strip("fimc1", AddressExamples.device("fimc1").areas(), List.of());
        int middle = Palette.WIDTH / 2;
        AddressMap joined = AddressExamples.map("joined", AddressExamples.ram(), bare, AddressExamples.device("fimc0"));
        AddressMap alone = AddressExamples.map("alone", AddressExamples.ram(), bare, bare);
        assertTrue(pixels(AddressMapView.canvas(joined), middle, Palette.FAULT) > 0);
        assertEquals(0, pixels(AddressMapView.canvas(alone), middle, Palette.FAULT));
    }

    /** How many pixels of {@code colour} the column of pixels at {@code x} has. */
    private static long pixels(Canvas canvas, int x, int colour) {
        return IntStream.range(0, canvas.image().getHeight())
                .filter(y -> (canvas.image().getRGB(x * Palette.SCALE, y) & 0xFFFFFF) == colour)
                .count();
    }

    @Test
    void paint_longNameInANarrowStrip_isOnTwoLines() {
        AddressMap.Area rest = AddressExamples.dma(
                0x20001000L, 0xf000, "fimc0, rest of a granule of 64 KiB", AddressMap.Kind.RESERVED, "");
        AddressMap.Strip strip = new AddressMap.Strip("fimc0", List.of(rest), List.of());
        List<String> texts =
                AddressMapView.canvas(AddressExamples.map("t", strip, strip, strip, strip, strip)).labels().stream()
                        .map(Label::text)
                        .toList();
        assertTrue(texts.contains("fimc0, rest of a") && texts.contains("granule of 64 KiB"), texts::toString);
    }

    @Test
    void wrap_lastWordAlone_takesTheOneBeforeAlong() {
        double width = Canvas.Face.SUBTITLE.width("sixteen pages of") + 1;
        assertEquals(
                List.of("sixteen pages", "of 16"), Canvas.wrap("sixteen pages of 16", Canvas.Face.SUBTITLE, width, 2));
        assertEquals(List.of("sixteen"), Canvas.wrap("sixteen", Canvas.Face.SUBTITLE, width, 2));
    }

    @Test
    void overlaps_boxesThatShareAnArea_areFound() {
        Label one = new Label("a", 0, 0, 10, 10);
        assertTrue(one.overlaps(new Label("b", 5, 5, 10, 10)));
        assertEquals(
                List.of(false, false),
                List.of(one.overlaps(new Label("c", 10, 0, 10, 10)), one.overlaps(new Label("d", 0, 10, 10, 10))));
    }

    private static void assertApart(Canvas canvas) {
        List<Label> labels = canvas.labels();
        assertTrue(labels.size() >= 2, "a picture has labels");
        double height = (double) canvas.image().getHeight() / Palette.SCALE;
        for (int i = 0; i < labels.size(); i++) {
            Label label = labels.get(i);
            assertTrue(
                    label.x() >= 0
                            && label.y() >= 0
                            && label.x() + label.width() <= Palette.WIDTH
                            && label.y() + label.height() <= height + 1,
                    "leaves the card: " + label);
            for (int k = 0; k < i; k++) {
                assertTrue(!label.overlaps(labels.get(k)), label + " lies on " + labels.get(k));
            }
        }
    }
}
