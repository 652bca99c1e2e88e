package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.PageTypeInfo;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Table;

class RenderersTest {
    private static final class Thrower {
        @Override
        public String toString() {
            throw new IllegalStateException("broken \u001b[31m");
        }
    }

    record Point(long x, DmaAddr at, String name) {}

    record Own(int a, int b) implements Renderable {
        @Override
        public MimeBundle render() {
            return MimeBundle.text("own form");
        }
    }

    interface Shape {}

    static final class Circle implements Shape {}

    private static String text(Object value) {
        return Renderers.render(value).plainText();
    }

    @Test
    void render_null_isTheWord() {
        assertEquals("null", Renderers.render(null).plainText());
    }

    @Test
    void render_string_isItself() {
        assertEquals("a\tb\nc", text("a\tb\nc"));
    }

    @Test
    void render_stringWithEscapes_losesThem() {
        assertEquals("\uFFFD[31mred\uFFFD", text("\u001b[31mred\u202e"));
    }

    @Test
    void render_endlessString_isCutWithAWord() {
        String shown = text("x".repeat(SafeText.LIMIT + 7));
        assertTrue(shown.endsWith("x… 7 more characters"), shown.substring(SafeText.LIMIT - 1));
    }

    @Test
    void render_toStringThrows_saysSo() {
        String shown = text(new Thrower());
        assertTrue(shown.endsWith("(its toString threw java.lang.IllegalStateException: broken \uFFFD[31m)"), shown);
    }

    /** A row as a driver's statistics are. */
    record Optionals(String name, OptionalInt cpu, OptionalLong bytes, OptionalDouble share) {}

    @Test
    void render_optionalNumbers_areTheNumbersOrNothing() {
        String shown = text(List.of(
                new Optionals("a", OptionalInt.of(3), OptionalLong.of(4096), OptionalDouble.of(0.5)),
                new Optionals("b", OptionalInt.empty(), OptionalLong.empty(), OptionalDouble.empty())));
        assertEquals(
                List.of("a       3   4096    0.5", "b"), shown.lines().skip(2).toList(), shown);
    }

    @Test
    void render_listThatContainsItself_survives() {
        List<Object> list = new ArrayList<>();
        list.add(list);
        assertTrue(text(list).contains("(this Collection)"), text(list));
    }

    @Test
    void render_mapsThatContainEachOther_survive() {
        Map<String, Object> one = new LinkedHashMap<>();
        Map<String, Object> other = new LinkedHashMap<>(Map.of("one", one));
        one.put("other", other);
        assertTrue(text(one).contains("its toString threw"), text(one));
    }

    @Test
    void render_rendererThrows_fallsBackToTextAndSaysWhy() {
        Renderable broken = new Renderable() {
            @Override
            public MimeBundle render() {
                throw new IllegalStateException("no data");
            }

            @Override
            public String toString() {
                return "a value";
            }
        };
        assertEquals("a value\n(no rich form: java.lang.IllegalStateException: no data)", text(broken));
    }

    @Test
    void render_recordWithOwnForm_usesIt() {
        assertEquals("own form", text(new Own(1, 2)));
    }

    @Test
    void register_interface_servesItsImplementations() {
        Renderers.register(Shape.class, shape -> MimeBundle.text("a shape"));
        assertEquals("a shape", text(new Circle()));
    }

    @Test
    void render_address_isOneLineOfHex() {
        assertEquals(List.of("0xffffffffffffffff", "CPU0"), List.of(text(new DmaAddr(-1)), text(CpuId.BOOT)));
    }

    @Test
    void render_success_isItsValue() {
        assertEquals("0x20000000", text(Outcome.done(new DmaAddr(0x20000000L))));
    }

    @Test
    void render_failure_hasErrnoMessageAndExplanation() {
        String html = Examples.html(Renderers.render(Outcome.failed(new HostileReason())));
        assertTrue(html.contains("ENOMEM (-12), Cannot allocate memory"), html);
        assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), html);
        assertTrue(html.contains("asked for 8 MiB,\nlargest hole 4 MiB"), html);
    }

    @Test
    void render_recordList_hasAColumnPerComponent() {
        List<Point> points = List.of(new Point(-3, new DmaAddr(-4096), "<i>"), new Point(12, new DmaAddr(0), "b"));
        assertEquals("""
                list of 2
                 x                  at  name
                -3  0xfffffffffffff000  <i>
                12          0x00000000  b""", text(points));
        assertTrue(Examples.html(Renderers.render(points)).contains("&lt;i&gt;"));
    }

    @Test
    void render_longList_showsTwentyAndCountsTheRest() {
        String shown = text(IntStream.range(0, 1000).boxed().toList());
        assertTrue(shown.endsWith("\n19     19\n… 980 more"), shown);
    }

    @Test
    void render_map_hasKeyAndComponents() {
        assertEquals("""
                map of 1
                key  x          at  name
                k    1  0x00000002  n""", text(Map.of("k", new Point(1, new DmaAddr(2), "n"))));
    }

    @Test
    void render_bytes_isAHexDump() {
        assertTrue(text(new byte[] {0x41, -1}).endsWith("0x00000000  41 ff  A."), text(new byte[] {0x41, -1}));
    }

    @Test
    void render_columns_showsAddressesUnsignedAndNoNaN() {
        String shown = text(Examples.columns());
        assertTrue(shown.contains("0xfffffffff0000000"), shown);
        assertFalse(shown.contains("NaN"), shown);
    }

    @Test
    void render_tablesaw_equalsItsColumns() {
        assertEquals(text(Examples.columns()), text(Tables.tablesaw(Examples.columns())));
    }

    @Test
    void render_tablesawOfTheUser_showsMissingAsEmpty() {
        LongColumn column = LongColumn.create("n", 2);
        column.set(0, 5);
        assertEquals("t\nn\n5", text(Table.create("t", column)));
    }

    @Test
    void render_pageTypes_isATableOfTheTypesThatHaveSomething() {
        PageTypeInfo info = Soc.exynos4412().pageTypes();
        String text = Renderers.render(info).plainText();
        assertTrue(text.startsWith("free blocks by type of Normal, HighMem at "), text);
        assertTrue(text.contains("Normal") && text.contains("Movable") && text.contains("order 10"), text);
        assertFalse(text.contains("Isolate"), text);
    }

    @Test
    void render_twoSnapshots_compares() {
        FragmentationSnapshot[] both = {Examples.fresh(), Examples.aged()};
        assertTrue(text(both).startsWith("From <1 % to 91 %"), text(both));
        assertEquals(text(both), text(List.of(both)));
    }

    @Test
    void render_xchart_isAPngOfItsSize() {
        XYChart chart = new XYChartBuilder().width(600).height(300).title("t").build();
        chart.addSeries("s", new double[] {1, 2}, new double[] {3, 4});
        MimeBundle bundle = Renderers.render(chart);
        assertTrue(String.valueOf(bundle.metadata().get(MimeBundle.PNG)).contains("width=600"));
        assertEquals("t (600 x 300 chart)", bundle.plainText());
    }

    @Test
    void bundle_cannotDraw_fallsBackToTextWithOneSentence() {
        MimeBundle bundle = Png.bundle(
                () -> {
                    throw new NoClassDefFoundError("Could not initialize class sun.awt.X11FontManager");
                },
                2,
                Map.of(MimeBundle.VEGA_LITE, Map.of("a", 1)),
                "the finding");
        assertEquals(
                List.of(MimeBundle.VEGA_LITE, MimeBundle.TEXT),
                List.copyOf(bundle.data().keySet()));
        assertTrue(bundle.plainText().startsWith("the finding\nno picture: this Java cannot draw text; install"));
        assertEquals(Map.of(), bundle.metadata());
    }

    @Test
    void encode_image_isAPngFile() {
        byte[] bytes = Png.encode(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB));
        assertArrayEquals(new byte[] {(byte) 0x89, 'P', 'N', 'G'}, java.util.Arrays.copyOf(bytes, 4));
    }
}
