package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.dmalab.engine.base.DmaAddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Vega-Lite objects by structure: what JupyterLab's Vega-Lite 5 needs in order to draw them. */
class IovaMapSpecTest {
    private static final List<JsonObject> SPECS = Stream.of(
                    Examples.camera(),
                    Examples.full(),
                    Examples.arm64(),
                    Examples.frames().mark(new DmaAddr(0x21810000L)),
                    Examples.hostileMap(),
                    Examples.crowd(10_000),
                    BreakdownView.of(Examples.latencies(), "alloc"),
                    BreakdownView.of(Examples.hostileLatencies(), Examples.HOSTILE))
            .map(value -> new Gson()
                    .toJsonTree(Renderers.render(value).data().get(MimeBundle.VEGA_LITE))
                    .getAsJsonObject())
            .toList();

    static Stream<JsonObject> specs() {
        return SPECS.stream();
    }

    @ParameterizedTest
    @MethodSource("specs")
    void of_anything_namesSchemaFive(JsonObject spec) {
        assertEquals(
                "https://vega.github.io/schema/vega-lite/v5.json",
                spec.get("$schema").getAsString());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void of_anything_carriesItsData(JsonObject spec) {
        assertFalse(spec.getAsJsonObject("data").getAsJsonArray("values").isEmpty());
        assertEquals(List.of(), values(spec, "url"));
    }

    @Test
    void of_aFullWindow_isOneViewWithEveryMapping() {
        JsonObject spec = SPECS.get(1);
        assertFalse(spec.has("vconcat"));
        assertEquals(16, spec.getAsJsonObject("data").getAsJsonArray("values").size());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void of_anything_encodesFieldsThatExist(JsonObject spec) {
        Set<String> fields = new HashSet<>();
        for (JsonElement row : spec.getAsJsonObject("data").getAsJsonArray("values")) {
            fields.addAll(row.getAsJsonObject().keySet());
        }
        List<String> used = values(spec, "field");
        assertTrue(used.size() > 3, "fields are encoded");
        used.removeAll(fields);
        assertEquals(List.of(), used);
    }

    @ParameterizedTest
    @MethodSource("specs")
    void of_anything_noExpressionHasTextOfTheMap(JsonObject spec) {
        List<String> expressions = values(spec, "expr");
        expressions.addAll(values(spec, "labelExpr"));
        expressions.addAll(values(spec, "filter"));
        assertEquals(
                List.of(),
                expressions.stream()
                        .filter(text -> text.contains("script") || text.contains("alert"))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void of_anything_isAWhiteCard(JsonObject spec) {
        assertEquals("#ffffff", spec.get("background").getAsString());
    }

    @Test
    void of_hundredThousandMappings_mergesOnlyOutsideTheDetail() {
        IovaSummary summary = new IovaSummary(Examples.crowd(100_000));
        IovaFold fold = new IovaFold(summary, IovaMapPainter.PIXELS);
        JsonObject spec = new Gson().toJsonTree(IovaMapSpec.of(summary, fold)).getAsJsonObject();
        long from = fold.busiest().orElseThrow().from();
        long to = fold.busiest().orElseThrow().to();
        int shown = 0;
        for (JsonElement element : spec.getAsJsonObject("data").getAsJsonArray("values")) {
            JsonObject row = element.getAsJsonObject();
            if (row.get("start").getAsLong() < to && row.get("end").getAsLong() > from) {
                assertEquals("map TO_DEVICE", row.get("label").getAsString());
                shown++;
            }
        }
        long expected = summary.lanes().stream()
                .flatMap(lane -> lane.entries().stream())
                .filter(entry -> summary.from(entry.range()) < to && summary.to(entry.range()) > from)
                .count();
        assertEquals(expected, shown);
    }

    @Test
    void lanes_namesCutToTheSame_areToldApart() {
        List<String> names = new IovaSummary(Examples.hostileMap())
                .lanes().stream().map(IovaSummary.Lane::name).distinct().toList();
        assertEquals(3, names.size());
    }

    /** Every text that some key {@code name} outside the data has. */
    private static List<String> values(JsonElement element, String name) {
        List<String> found = new ArrayList<>();
        if (element instanceof JsonArray array) {
            array.forEach(each -> found.addAll(values(each, name)));
        } else if (element instanceof JsonObject object) {
            object.entrySet().forEach(entry -> {
                boolean isText = entry.getValue().isJsonPrimitive();
                if (entry.getKey().equals(name) && isText) {
                    found.add(entry.getValue().getAsString());
                } else if (!entry.getKey().equals("values") || !entry.getValue().isJsonArray()) {
                    found.addAll(values(entry.getValue(), name));
                }
            });
        }
        return found;
    }
}
