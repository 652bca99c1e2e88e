package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What every Vega-Lite object of ours has in common: schema, white card, type. */
final class VegaLite {
    static final String SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

    private static final String FONT = "DejaVu Sans, Verdana, sans-serif";

    private VegaLite() {}

    /** A specification without data and marks. */
    static Map<String, Object> card(String title, List<String> subtitles) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("$schema", SCHEMA);
        spec.put("description", SafeText.line(title, 300));
        spec.put("background", Palette.hex(Palette.CARD));
        spec.put("padding", 12);
        spec.put(
                "title",
                Map.of(
                        "text",
                        lines(SafeText.line(title, 300), 90),
                        "subtitle",
                        subtitles.stream()
                                .flatMap(line -> lines(SafeText.line(line, 300), 120).stream())
                                .toList(),
                        "anchor",
                        "start",
                        "frame",
                        "bounds",
                        "offset",
                        12));
        spec.put("config", config());
        return spec;
    }

    /** Turns all legends off: the lanes carry the names. A null in an encoding would not survive every JSON writer. */
    static void hideLegends(Map<String, Object> spec) {
        Map<String, Object> config = new LinkedHashMap<>(config());
        config.put("legend", Map.of("disable", true));
        spec.put("config", config);
    }

    /** Tooltip lines that show {@code fields} under their own names. */
    static List<Object> tooltip(String... fields) {
        List<Object> lines = new ArrayList<>();
        for (String field : fields) {
            lines.add(Map.of("field", field, "type", "nominal"));
        }
        return lines;
    }

    /** {@code text} broken at spaces into lines of about {@code max} characters. */
    private static List<String> lines(String text, int max) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > max && rest.lastIndexOf(' ', max) > 0) {
            int end = rest.lastIndexOf(' ', max);
            lines.add(rest.substring(0, end));
            rest = rest.substring(end + 1);
        }
        lines.add(SafeText.line(rest, max));
        return lines;
    }

    private static Map<String, Object> config() {
        return Map.of(
                "font",
                FONT,
                "view",
                Map.of("stroke", Palette.hex(Palette.AXIS)),
                "title",
                Map.of(
                        "fontSize",
                        Palette.TITLE_SIZE,
                        "color",
                        Palette.hex(Palette.TEXT),
                        "subtitleFontSize",
                        Palette.SUBTITLE_SIZE,
                        "subtitleColor",
                        Palette.hex(Palette.FAINT_TEXT)),
                "axis",
                Map.of(
                        "labelFontSize", Palette.SMALL_SIZE,
                        "titleFontSize", Palette.SMALL_SIZE,
                        "titleFontWeight", "normal",
                        "labelColor", Palette.hex(Palette.TEXT),
                        "titleColor", Palette.hex(Palette.FAINT_TEXT),
                        "gridColor", Palette.hex(Palette.GRID),
                        "domainColor", Palette.hex(Palette.AXIS),
                        "tickColor", Palette.hex(Palette.AXIS)),
                "legend",
                Map.of("labelFontSize", Palette.SMALL_SIZE, "labelColor", Palette.hex(Palette.TEXT)));
    }
}
