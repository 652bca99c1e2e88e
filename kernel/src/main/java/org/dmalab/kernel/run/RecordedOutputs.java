package org.dmalab.kernel.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.shell.CellResult.Failure;
import org.dmalab.kernel.shell.OutputSink;
import org.jspecify.annotations.Nullable;

/** The outputs of one cell as a notebook keeps them: a front end's view of them when the cell has ended. */
final class RecordedOutputs implements OutputSink {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** Less than {@link NotebookFile} reads, because the notebook around an output takes a few. */
    private static final int DEEPEST = 200;

    private final Map<String, List<JsonObject>> displays;
    private final List<JsonObject> outputs = new ArrayList<>();
    private final StringBuilder streamText = new StringBuilder();
    private boolean clearBeforeNext;

    /** {@code displays} is the notebook's: a later cell may update what an earlier one showed. */
    RecordedOutputs(Map<String, List<JsonObject>> displays) {
        this.displays = displays;
    }

    @Override
    public synchronized void print(Stream stream, String text) {
        clearIfAsked();
        String name = stream.name().toLowerCase(Locale.ROOT);
        JsonObject last = outputs.isEmpty() ? null : outputs.get(outputs.size() - 1);
        if (last == null || !last.has("name") || !last.get("name").getAsString().equals(name)) {
            endStream();
            last = output("stream");
            last.addProperty("name", name);
            last.add("text", new JsonArray());
        }
        streamText.append(text);
    }

    @Override
    public synchronized void display(MimeBundle bundle, @Nullable String displayId) {
        clearIfAsked();
        endStream();
        JsonObject output = output("display_data");
        fill(output, bundle);
        if (displayId != null) {
            displays.computeIfAbsent(displayId, id -> new ArrayList<>()).add(output);
        }
    }

    @Override
    public synchronized void update(MimeBundle bundle, String displayId) {
        displays.getOrDefault(displayId, List.of()).forEach(output -> fill(output, bundle));
    }

    @Override
    public synchronized void clearOutput(boolean wait) {
        clearBeforeNext = wait;
        if (!wait) {
            clear();
        }
    }

    synchronized void result(MimeBundle bundle, int count) {
        clearIfAsked();
        endStream();
        JsonObject output = output("execute_result");
        fill(output, bundle);
        output.addProperty("execution_count", count);
    }

    synchronized void failure(Failure failure) {
        clearIfAsked();
        endStream();
        JsonObject output = output("error");
        output.addProperty("ename", failure.name());
        output.addProperty("evalue", failure.message());
        JsonArray traceback = new JsonArray();
        failure.traceback().forEach(traceback::add);
        output.add("traceback", traceback);
    }

    /** The outputs, fields in the order in which Jupyter writes them. */
    synchronized JsonArray json() {
        endStream();
        JsonArray all = new JsonArray();
        outputs.forEach(output -> all.add(sorted(output)));
        return all;
    }

    private static JsonElement sorted(JsonElement element) {
        if (element instanceof JsonObject object) {
            JsonObject copy = new JsonObject();
            new TreeMap<>(object.asMap()).forEach((name, value) -> copy.add(name, sorted(value)));
            return copy;
        }
        if (element instanceof JsonArray array) {
            JsonArray copy = new JsonArray();
            array.forEach(each -> copy.add(sorted(each)));
            return copy;
        }
        return element;
    }

    private JsonObject output(String type) {
        JsonObject output = new JsonObject();
        output.addProperty("output_type", type);
        outputs.add(output);
        return output;
    }

    private void endStream() {
        if (streamText.length() > 0) {
            outputs.get(outputs.size() - 1).add("text", NotebookCell.lines(streamText.toString()));
            streamText.setLength(0);
        }
    }

    private void clearIfAsked() {
        if (clearBeforeNext) {
            clear();
        }
    }

    private void clear() {
        clearBeforeNext = false;
        outputs.clear();
        streamText.setLength(0);
    }

    private static void fill(JsonObject output, MimeBundle bundle) {
        JsonObject data = new JsonObject();
        bundle.data()
                .forEach((type, content) -> data.add(
                        type,
                        content instanceof String text && type.startsWith("text/")
                                ? NotebookCell.lines(text)
                                : json(type, content)));
        output.add("data", data);
        output.add("metadata", json("metadata", bundle.metadata()));
    }

    /** {@code content} as JSON that can be written and read again, or a sentence that says why it has none. */
    private static JsonElement json(String type, Object content) {
        try {
            JsonElement json = GSON.toJsonTree(content);
            if (isDeeper(json, DEEPEST)) {
                return new JsonPrimitive(type + " cannot be written as JSON: nested deeper than " + DEEPEST);
            }
            return json;
        } catch (RuntimeException | StackOverflowError e) {
            // Gson's word for a number that is none, for a class it may not look into, for an object within itself.
            return new JsonPrimitive(type + " cannot be written as JSON: " + e);
        }
    }

    private static boolean isDeeper(JsonElement json, int levels) {
        if (levels == 0) {
            return json.isJsonObject() || json.isJsonArray();
        }
        if (json instanceof JsonObject object) {
            return object.asMap().values().stream().anyMatch(each -> isDeeper(each, levels - 1));
        }
        return json instanceof JsonArray array && array.asList().stream().anyMatch(each -> isDeeper(each, levels - 1));
    }
}
