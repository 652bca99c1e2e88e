package org.dmalab.kernel.frontend;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What the code cells of a notebook say in words: their streams and the {@code text/plain} of their results. A picture
 * is compared by being there: its bytes depend on the machine's fonts.
 */
final class SavedOutputs {
    private SavedOutputs() {}

    /** A sentence for each cell of {@code saved} whose run in {@code executed} says something else. */
    static List<String> differences(Path saved, Path executed) throws IOException {
        List<JsonObject> before = cells(saved);
        List<JsonObject> after = cells(executed);
        if (before.size() != after.size()) {
            return List.of(saved.getFileName() + ": the run has another number of cells [expected=" + before.size()
                    + "] [found=" + after.size() + "]");
        }
        List<String> differences = new ArrayList<>();
        for (int cell = 0; cell < before.size(); cell++) {
            String expected = words(before.get(cell));
            String found = words(after.get(cell));
            if (!expected.equals(found)) {
                differences.add("%s: cell %d of %d says something else than its saved output; expected:\n%s\nfound:\n%s"
                        .formatted(saved.getFileName(), cell + 1, before.size(), expected, found));
            }
        }
        return differences;
    }

    private static List<JsonObject> cells(Path notebook) throws IOException {
        JsonObject root = JsonParser.parseString(Files.readString(notebook)).getAsJsonObject();
        return objects(root.getAsJsonArray("cells"));
    }

    private static String words(JsonObject cell) {
        if (!cell.get("cell_type").getAsString().equals("code")) {
            return "";
        }
        // A front end may keep a stream in one piece or in several.
        Map<String, String> streams = new TreeMap<>();
        List<String> results = new ArrayList<>();
        for (JsonObject output : objects(cell.getAsJsonArray("outputs"))) {
            String type = output.get("output_type").getAsString();
            switch (type) {
                case "stream" ->
                    streams.merge(output.get("name").getAsString(), text(output.get("text")), String::concat);
                case "error" ->
                    results.add("error " + output.get("ename").getAsString() + ": " + text(output.get("evalue")));
                default -> results.add(result(type, output.getAsJsonObject("data")));
            }
        }
        List<String> parts = new ArrayList<>();
        streams.forEach((name, text) -> parts.add("[" + name + "]\n" + text));
        parts.addAll(results);
        return String.join("\n", parts);
    }

    private static String result(String type, JsonObject data) {
        String plain = data.has("text/plain") ? text(data.get("text/plain")) : "";
        return "[" + type + " as " + data.keySet().stream().sorted().collect(Collectors.joining(", ")) + "]\n" + plain;
    }

    /** nbformat keeps text as one string or as its lines. */
    private static String text(JsonElement text) {
        if (text.isJsonArray()) {
            return StreamSupport.stream(text.getAsJsonArray().spliterator(), false)
                    .map(JsonElement::getAsString)
                    .collect(Collectors.joining());
        }
        return text.getAsString();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
