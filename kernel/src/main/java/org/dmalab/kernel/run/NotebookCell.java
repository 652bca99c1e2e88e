package org.dmalab.kernel.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;

/** One cell of a notebook's JSON. */
record NotebookCell(JsonObject json) {
    static boolean isSound(JsonObject cell) {
        JsonElement type = cell.get("cell_type");
        return type != null && type.isJsonPrimitive() && isText(cell.get("source"));
    }

    boolean isCode() {
        return type().equals("code");
    }

    String type() {
        return json.get("cell_type").getAsString();
    }

    String source() {
        return text(json.get("source"));
    }

    /** Whether its author tagged it as one that fails. */
    boolean mayRaise() {
        JsonElement metadata = json.get("metadata");
        JsonElement tags = metadata != null && metadata.isJsonObject()
                ? metadata.getAsJsonObject().get("tags")
                : null;
        return tags instanceof JsonArray list
                && list.asList().stream()
                        .anyMatch(tag ->
                                tag.isJsonPrimitive() && tag.getAsString().equals("raises-exception"));
    }

    JsonArray outputs() {
        return json.get("outputs") instanceof JsonArray list ? list : new JsonArray();
    }

    /** Removes what an earlier run left. */
    void clear() {
        json.add("execution_count", JsonNull.INSTANCE);
        json.add("outputs", new JsonArray());
    }

    void recordRun(int count, JsonArray outputs) {
        json.addProperty("execution_count", count);
        json.add("outputs", outputs);
    }

    /** A multi-line string of nbformat: one string, or a list of lines. */
    static String text(JsonElement element) {
        if (element instanceof JsonArray lines) {
            StringBuilder text = new StringBuilder();
            lines.forEach(line -> text.append(line.isJsonPrimitive() ? line.getAsString() : ""));
            return text.toString();
        }
        return element.isJsonPrimitive() ? element.getAsString() : "";
    }

    /** Text as Jupyter writes it: a list of lines that keep their ends. */
    static JsonArray lines(String text) {
        JsonArray lines = new JsonArray();
        List.of(text.split("(?<=\n)", -1)).stream()
                .filter(line -> !line.isEmpty())
                .forEach(lines::add);
        return lines;
    }

    private static boolean isText(JsonElement element) {
        return element instanceof JsonArray lines
                ? lines.asList().stream().allMatch(JsonElement::isJsonPrimitive)
                : element != null && element.isJsonPrimitive();
    }
}
