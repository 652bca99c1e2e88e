package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.kernel.display.IovaFold.Segment;
import org.dmalab.kernel.display.IovaSummary.Lane;

/**
 * An IOVA map as a Vega-Lite object: the whole window above, below it the busiest stretch in use, which shift and wheel zoom
 * and the mouse drags to any other. A double click returns.
 *
 * <p>Positions are offsets from the window's start: doubles hold those exactly up to 8 PiB, and no address of a 64-bit
 * window. The axis adds the start again, digit by digit. No text of the map becomes an expression.
 */
final class IovaMapSpec {
    /** More mappings are put together with their neighbours, least where they are drawn largest. */
    static final int MAX_ROWS = 1500;

    private static final int WIDTH = 600;
    private static final int TEXT = 60;

    private final IovaSummary summary;
    private static final String ZOOM = "shift and wheel zooms, drag moves, double click returns";
    /** A detail shows stretches together while the gaps between them are no longer than this many times the stretches. */
    private static final int MOST_SPREAD = 20;

    private final IovaFold fold;

    private IovaMapSpec(IovaSummary summary, IovaFold fold) {
        this.summary = summary;
        this.fold = fold;
    }

    static Map<String, Object> of(IovaSummary summary, IovaFold fold) {
        return new IovaMapSpec(summary, fold).spec();
    }

    private Map<String, Object> spec() {
        Map<String, Object> spec = VegaLite.card(
                summary.finding(),
                List.of(summary.context(), "Source: " + summary.map().source()));
        VegaLite.hideLegends(spec);
        Segment whole = new Segment(0, summary.map().window().bytes());
        List<Segment> folded = fold.inUse();
        Optional<Segment> busiest = fold.busiest();
        if (folded.isEmpty() && busiest.isEmpty()) {
            spec.put("data", Map.of("values", rows(whole)));
            spec.putAll(view("x", whole, true, laneHeight(), "DMA address (" + ZOOM + ")"));
        } else {
            Segment first = busiest.orElseGet(() -> detail(folded));
            spec.put("data", Map.of("values", rows(first)));
            spec.put(
                    "vconcat",
                    List.of(
                            view(
                                    "concat_0_x",
                                    whole,
                                    false,
                                    Math.max(8, laneHeight() / 2),
                                    "DMA address, whole window of " + size(whole)),
                            view(
                                    "concat_1_x",
                                    first,
                                    true,
                                    laneHeight(),
                                    "DMA address, " + Bytes.text(summary.usedBytes(first)) + " of " + size(first)
                                            + " in use (" + ZOOM + ")")));
        }
        return spec;
    }

    private static String size(Segment segment) {
        return Bytes.text(segment.bytes());
    }

    private int laneHeight() {
        return Math.max(20, Math.min(56, 120 / Math.max(1, summary.lanes().size())));
    }

    /** All stretches in use if they are not far apart, else the one with most mappings. */
    private Segment detail(List<Segment> segments) {
        Segment all = new Segment(
                segments.get(0).from(), segments.get(segments.size() - 1).to());
        long used = segments.stream().mapToLong(Segment::bytes).sum();
        return all.bytes() <= used * MOST_SPREAD ? all : mostMapped(segments);
    }

    private Segment mostMapped(List<Segment> segments) {
        Segment best = segments.get(0);
        long most = -1;
        for (Segment segment : segments) {
            boolean marked = summary.markOffset().stream().anyMatch(segment::contains);
            long count = summary.lanes().stream()
                    .flatMap(lane -> lane.entries().stream())
                    .filter(entry -> segment.contains(summary.from(entry.range())))
                    .count();
            if (marked || count > most) {
                best = segment;
                most = marked ? Long.MAX_VALUE : count;
            }
        }
        return best;
    }

    private Map<String, Object> view(String scale, Segment domain, boolean zooms, int laneHeight, String title) {
        Map<String, Object> x = Map.of(
                "field",
                "start",
                "type",
                "quantitative",
                "title",
                title,
                "scale",
                Map.of("domain", List.of(domain.from(), domain.to()), "nice", false, "zero", false),
                "axis",
                Map.of(
                        "labelExpr",
                        hexLabel(),
                        "values",
                        Map.of("expr", ticks(scale)),
                        "grid",
                        zooms,
                        "labelOverlap",
                        true,
                        "labelFlush",
                        true));
        List<String> names = summary.lanes().stream().map(Lane::name).toList();
        List<String> colours =
                summary.lanes().stream().map(lane -> Palette.hex(lane.colour())).toList();

        List<String> edges = summary.lanes().stream()
                .map(lane -> Palette.hex(Palette.mix(lane.colour(), Palette.TEXT, 0.5)))
                .toList();

        Map<String, Object> reserved = new LinkedHashMap<>();
        reserved.put("transform", List.of(Map.of("filter", "datum.kind === 'reserved'")));
        reserved.put(
                "mark",
                Map.of(
                        "type",
                        "rect",
                        "color",
                        Palette.hex(Palette.RESERVED),
                        "stroke",
                        Palette.hex(Palette.HATCH),
                        "strokeWidth",
                        1,
                        "clip",
                        true));
        reserved.put(
                "encoding",
                Map.of(
                        "x",
                        x,
                        "x2",
                        Map.of("field", "end"),
                        "tooltip",
                        VegaLite.tooltip("owner", "label", "first", "last", "size")));

        Map<String, Object> bars = new LinkedHashMap<>();
        bars.put("transform", List.of(Map.of("filter", "datum.kind === 'mapped'")));
        bars.put("mark", Map.of("type", "bar", "strokeWidth", 1, "clip", true, "height", Map.of("band", 0.86)));
        bars.put(
                "encoding",
                Map.of(
                        "x",
                        x,
                        "x2",
                        Map.of("field", "end"),
                        "y",
                        Map.of(
                                "field",
                                "lane",
                                "type",
                                "nominal",
                                "title",
                                "",
                                "sort",
                                names,
                                "scale",
                                Map.of("domain", names),
                                "axis",
                                Map.of("labelLimit", 150, "ticks", false, "labels", zooms || laneHeight >= 11)),
                        "color",
                        Map.of("field", "lane", "type", "nominal", "scale", Map.of("domain", names, "range", colours)),
                        "fillOpacity",
                        Map.of("field", "cover", "type", "quantitative", "scale", false),
                        "stroke",
                        Map.of("field", "lane", "type", "nominal", "scale", Map.of("domain", names, "range", edges)),
                        "tooltip",
                        VegaLite.tooltip("owner", "label", "first", "last", "size", "attributes", "age")));
        if (zooms) {
            bars.put(
                    "params",
                    List.of(Map.of(
                            "name", "zoom",
                            "select",
                                    Map.of(
                                            "type", "interval",
                                            "encodings", List.of("x"),
                                            "zoom", "wheel![event.shiftKey]"),
                            "bind", "scales")));
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("width", WIDTH);
        view.put("height", laneHeight * Math.max(1, names.size()));
        view.put("view", Map.of("fill", Palette.hex(Palette.FREE), "stroke", Palette.hex(Palette.AXIS)));
        List<Object> layers = new ArrayList<>(List.of(reserved, bars));
        if (summary.markOffset().isPresent()) {
            layers.add(mark(
                    x,
                    Map.of(
                            "type",
                            "rule",
                            "color",
                            Palette.hex(Palette.FAULT),
                            "strokeWidth",
                            2,
                            "strokeDash",
                            List.of(4, 3),
                            "clip",
                            true)));
            layers.add(mark(
                    x,
                    Map.of(
                            "type",
                            "point",
                            "shape",
                            "triangle-down",
                            "filled",
                            true,
                            "size",
                            80,
                            "opacity",
                            1,
                            "color",
                            Palette.hex(Palette.FAULT),
                            "y",
                            0,
                            "clip",
                            false)));
            layers.add(Map.of(
                    "transform", List.of(Map.of("filter", "datum.kind === 'mark'")),
                    "mark",
                            Map.of(
                                    "type",
                                    "text",
                                    "y",
                                    -14,
                                    "fontWeight",
                                    "bold",
                                    "fontSize",
                                    Palette.LABEL_SIZE,
                                    "color",
                                    Palette.hex(Palette.FAULT)),
                    "encoding", Map.of("x", x, "text", Map.of("field", "first", "type", "nominal"))));
        }
        view.put("layer", layers);
        return view;
    }

    private static Map<String, Object> mark(Map<String, Object> x, Map<String, Object> mark) {
        return Map.of(
                "transform", List.of(Map.of("filter", "datum.kind === 'mark'")),
                "mark", mark,
                "encoding", Map.of("x", x, "tooltip", VegaLite.tooltip("label", "first")));
    }

    /**
     * Ticks at multiples of a power of two, about five whatever the zoom.
     *
     * @param scale Vega-Lite's own name for the scale of the axis: {@code x}, or {@code concat_1_x} in the second view
     */
    private String ticks(String scale) {
        String domain = "domain('" + scale + "')";
        String step = "pow(2, max(0, ceil(log((" + domain + "[1] - " + domain + "[0]) / 6) / LN2)))";
        long base = summary.map().window().start().value() & 0xFFFF_FFFF_FFFFL;
        String first = "ceil((" + domain + "[0] + " + base + ") / " + step + ") * " + step + " - " + base;
        return "sequence(" + first + ", " + domain + "[1], " + step + ")";
    }

    /** Adds the window's start to the tick's offset in two halves, for a double has no 64 bits; empty outside. */
    private String hexLabel() {
        long start = summary.map().window().start().value();
        long high = start >>> 32;
        long low = start & 0xFFFFFFFFL;
        String sum = "(" + low + " + datum.value)";
        String upper = "(" + high + " + floor(" + sum + " / 4294967296))";
        String lower = "(" + sum + " - 4294967296 * floor(" + sum + " / 4294967296))";
        boolean wide = summary.map().window().last() >>> 32 != 0;
        String inside =
                "datum.value < 0 || datum.value > " + summary.map().window().bytes() + " ? '' : ";
        return inside
                + (wide
                        ? "'0x' + format(" + upper + ", '04x') + format(" + lower + ", '08x')"
                        : "'0x' + format(" + lower + ", '08x')");
    }

    private boolean isIn(Segment detail, Entry entry) {
        return summary.from(entry.range()) < detail.to() && summary.to(entry.range()) > detail.from();
    }

    /** The lane's mappings in groups, which end where the stretch drawn in detail begins or ends. */
    private void rows(List<Object> rows, Lane lane, Segment detail, int group, int groupInDetail) {
        List<Entry> entries = lane.entries();
        int first = 0;
        while (first < entries.size()) {
            boolean inside = isIn(detail, entries.get(first));
            int end = first + 1;
            while (end < entries.size()
                    && end - first < (inside ? groupInDetail : group)
                    && isIn(detail, entries.get(end)) == inside) {
                end++;
            }
            rows.add(row("mapped", lane.name(), entries.subList(first, end)));
            first = end;
        }
    }

    private List<Object> rows(Segment detail) {
        List<Object> rows = new ArrayList<>();
        for (Entry entry :
                summary.reserved().subList(0, Math.min(summary.reserved().size(), MAX_ROWS / 3))) {
            rows.add(row("reserved", "", List.of(entry)));
        }
        long single = summary.lanes().stream()
                .flatMap(lane -> lane.entries().stream())
                .filter(entry -> isIn(detail, entry))
                .count();
        int group = summary.mapped() <= MAX_ROWS ? 1 : (int) Math.ceil(summary.mapped() * 2.0 / MAX_ROWS);
        int groupInDetail = (int) Math.max(1, Math.ceil(single * 2.0 / MAX_ROWS));
        summary.lanes().forEach(lane -> rows(rows, lane, detail, group, groupInDetail));
        summary.markOffset()
                .ifPresent(offset -> rows.add(Map.of(
                        "kind",
                        "mark",
                        "start",
                        offset,
                        "label",
                        "marked address",
                        "first",
                        Addresses.hex(summary.map().window().start().value() + offset))));
        return rows;
    }

    private Map<String, Object> row(String kind, String lane, List<Entry> group) {
        Entry first = group.get(0);
        Entry last = group.get(group.size() - 1);
        boolean alone = group.size() == 1;
        long from = summary.from(first.range());
        long to = Math.max(from + 1, summary.to(last.range()));
        double bytes =
                group.stream().mapToDouble(entry -> entry.range().bytes()).sum();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("kind", kind);
        row.put("start", from);
        row.put("end", to);
        row.put("lane", lane);
        row.put("cover", alone ? 1 : Math.round(Math.min(1, 0.35 + 0.65 * bytes / (to - from)) * 100) / 100.0);
        row.put("owner", SafeText.line(first.owner(), TEXT));
        row.put("label", alone ? SafeText.line(first.label(), TEXT) : group.size() + " mappings");
        row.put("first", first.range().start().toString());
        row.put("last", Addresses.hex(last.range().last()));
        row.put("size", Bytes.text((long) bytes));
        row.put("attributes", alone ? SafeText.line(first.attributes(), 2 * TEXT) : "");
        row.put("age", alone ? first.age().toString() : "");
        return row;
    }
}
