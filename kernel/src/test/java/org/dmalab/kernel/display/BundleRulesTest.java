package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.iommu.IoTlbGeometry;
import org.dmalab.engine.iommu.IoTlbView;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of DESIGN.md, "Pictures: what survives where", held by every bundle. */
class BundleRulesTest {
    private static final Pattern TAG = Pattern.compile("<[^>]*>");
    private static final Pattern FORBIDDEN =
            Pattern.compile("<(style|script|iframe|svg|link)|\\s(id|on[a-z]+)\\s*=|javascript:");

    private static final List<Case> CHARTS = cases(
            Examples.camera(),
            Examples.frames().mark(new DmaAddr(0x21810000L)),
            Examples.arm64(),
            Examples.fragmented(),
            Examples.crowd(100_000),
            Examples.hostileMap(),
            Examples.fresh(),
            List.of(Examples.fresh(), Examples.aged()),
            BreakdownView.of(Examples.latencies(), "alloc"),
            new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB),
            Examples.noise(900, 900));

    private static final List<Case> TABLES = cases(
            Examples.latencies(),
            Examples.hostileLatencies(),
            Examples.columns(),
            Tables.tablesaw(Examples.columns()),
            Examples.camera().entries(),
            Examples.camera().entries().get(0),
            AuditExamples.lying(),
            AuditExamples.hostile(),
            AuditExamples.empty(),
            new IoTlbView(Examples.HOSTILE, IoTlbGeometry.EXYNOS_V1, List.of(), List.of()),
            new Check("the frame is contiguous", true, ""),
            new Check(Examples.HOSTILE, false, Examples.HOSTILE),
            Check.all(List.of()),
            Check.all(Collections.nCopies(50, new Check(Examples.HOSTILE, false, Examples.HOSTILE))),
            Map.of(new DmaAddr(0xfffff000L), "<b>\"x\"</b>"),
            new byte[1000],
            new long[] {1, 2},
            new HostileReason());

    /** A value and what it became. */
    record Case(Object value, MimeBundle bundle) {
        @Override
        public String toString() {
            return value.getClass().getSimpleName();
        }
    }

    private static List<Case> cases(Object... values) {
        return Stream.of(values)
                .map(value -> new Case(value, Renderers.render(value)))
                .toList();
    }

    private static final List<Case> GALLERY = cases(Stream.of(
                    MemoryExamples.all(),
                    AddressExamples.all(),
                    ScatterExamples.all(),
                    CopyExamples.all(),
                    ChartExamples.pictures(),
                    IovaExamples.pictures())
            .flatMap(List::stream)
            .toArray());

    static Stream<Case> charts() {
        return Stream.concat(CHARTS.stream(), GALLERY.stream());
    }

    static Stream<Case> tables() {
        return TABLES.stream();
    }

    static Stream<Case> all() {
        return Stream.concat(charts(), tables());
    }

    @ParameterizedTest
    @MethodSource("all")
    void render_anything_hasText(Case shown) {
        assertFalse(shown.bundle().plainText().isBlank());
    }

    @ParameterizedTest
    @MethodSource("all")
    void render_anything_staysBelowOneMegabyte(Case shown) {
        assertTrue(new Gson().toJson(shown.bundle().data()).length() < 1_000_000);
    }

    @ParameterizedTest
    @MethodSource("all")
    void render_anything_textHasNoControlCharacters(Case shown) {
        String text = shown.bundle().plainText();
        assertTrue(text.chars().allMatch(character -> character == '\n' || !Character.isISOControl(character)), text);
    }

    @ParameterizedTest
    @MethodSource("charts")
    void render_chart_hasNoHtml(Case shown) {
        assertFalse(shown.bundle().data().containsKey(MimeBundle.HTML));
    }

    @ParameterizedTest
    @MethodSource("charts")
    void render_chart_hasPngWithStatedSize(Case shown) throws IOException {
        MimeBundle bundle = shown.bundle();
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(String.valueOf(bundle.data().get(MimeBundle.PNG)))));
        int width = size(bundle, "width");
        int height = size(bundle, "height");
        if (shown.value() instanceof BufferedImage) {
            assertEquals((double) width / height, (double) image.getWidth() / image.getHeight(), 0.01);
        } else {
            assertEquals(List.of(2 * width, 2 * height), List.of(image.getWidth(), image.getHeight()));
            assertTrue(width >= 720 && width <= 860, "width " + width);
        }
    }

    @ParameterizedTest
    @MethodSource("tables")
    void render_table_hasHtmlAndTextOnly(Case shown) {
        assertEquals(
                List.of(MimeBundle.HTML, MimeBundle.TEXT),
                List.copyOf(shown.bundle().data().keySet()));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void render_table_htmlSurvivesAnUntrustedNotebook(Case shown) {
        String html = Examples.html(shown.bundle());
        String withoutValues = html.toLowerCase(Locale.ROOT).replaceAll("\"[^\"]*\"", "");
        List<String> tags =
                TAG.matcher(withoutValues).results().map(MatchResult::group).toList();
        assertTrue(tags.size() > 2, html);
        assertEquals(
                List.of(),
                tags.stream().filter(tag -> FORBIDDEN.matcher(tag).find()).toList());
    }

    @ParameterizedTest
    @MethodSource("tables")
    void render_table_keepsMathJaxOut(Case shown) {
        String html = Examples.html(shown.bundle());
        assertTrue(html.substring(0, html.indexOf('>')).contains(Html.NO_MATH), html);
    }

    private static int size(MimeBundle bundle, String name) {
        Object hints = bundle.metadata().get(MimeBundle.PNG);
        return hints instanceof Map<?, ?> map && map.get(name) instanceof Integer number ? number : -1;
    }
}
