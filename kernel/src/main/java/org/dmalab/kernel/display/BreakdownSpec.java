package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.kernel.display.BreakdownView.Bar;

/** The breakdown as a Vega-Lite object. */
final class BreakdownSpec {
    private static final List<String> UNITS = List.of("ns", "µs", "ms", "s");

    private BreakdownSpec() {}

    static Map<String, Object> of(BreakdownView view) {
        int unit = 0;
        double scale = 1;
        while (unit < UNITS.size() - 1 && view.longest() / scale >= 1000) {
            unit++;
            scale *= 1000;
        }
        List<Object> values = new ArrayList<>();
        for (Bar bar : view.bars()) {
            boolean applies = !Double.isNaN(bar.cell().nanos());
            for (int i = 0; i < bar.nanos().size(); i++) {
                Part part = bar.nanos().get(i);
                values.add(Map.of(
                        "attributes",
                        bar.attributes(),
                        "cause",
                        part.cause(),
                        "order",
                        i,
                        "value",
                        applies ? part.nanos() / scale : 0,
                        "time",
                        applies ? LatencyTable.time(part.nanos()) : LatencyFinding.why(bar.cell()),
                        "total",
                        LatencyFinding.time(bar.cell())));
            }
        }
        List<String> colours = new ArrayList<>();
        for (int i = 0; i < view.causes().size(); i++) {
            colours.add(Palette.hex(view.colour(i)));
        }
        Map<String, Object> colour = Map.of(
                "field", "cause",
                "type", "nominal",
                "title", "cause",
                "scale", Map.of("domain", view.causes(), "range", colours),
                "legend", Map.of("orient", "top", "title", "", "columns", 4, "labelLimit", 220));
        Map<String, Object> spec = VegaLite.card(view.finding(), List.of(view.context(), "Source: " + view.source()));
        spec.put("data", Map.of("values", values));
        spec.put("width", 480);
        spec.put("height", Map.of("step", 34));
        spec.put("mark", Map.of("type", "bar", "height", Map.of("band", 0.7)));
        spec.put(
                "encoding",
                Map.of(
                        "y",
                        Map.of(
                                "field", "attributes",
                                "type", "nominal",
                                "title", "",
                                "sort",
                                        view.bars().stream()
                                                .map(Bar::attributes)
                                                .toList(),
                                "axis", Map.of("labelLimit", 260)),
                        "x",
                        Map.of("field", "value", "type", "quantitative", "title", "time (" + UNITS.get(unit) + ")"),
                        "color",
                        colour,
                        "order",
                        Map.of("field", "order", "type", "quantitative"),
                        "tooltip",
                        VegaLite.tooltip("attributes", "cause", "time", "total")));
        return spec;
    }
}
