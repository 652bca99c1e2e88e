package org.dmalab.kernel.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A notebook of nbformat 4 as it stands in its file: known fields by name, all others untouched and in their order. */
final class NotebookFile {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** Levels of JSON; an ordinary notebook has ten. */
    private static final int DEEPEST = 255;

    private final Path path;
    private final JsonObject json;

    private NotebookFile(Path path, JsonObject json) {
        this.path = path;
        this.json = json;
    }

    static NotebookFile read(Path path) throws NotebookException {
        String text = TextFile.read(path);
        if (text.isBlank()) {
            throw new NotebookException(path + " is empty; a notebook is a JSON document");
        }
        JsonObject json = parse(path, text);
        if (depth(text) > DEEPEST) {
            throw new NotebookException(path + " cannot be run: its JSON nests too deeply [deepest=" + DEEPEST + "]");
        }
        JsonElement format = json.get("nbformat");
        if (!isNumber(format) || (!json.has("cells") && format.getAsInt() == 4)) {
            throw new NotebookException(path + " is JSON, but not a notebook: it has no nbformat and cells");
        }
        if (format.getAsInt() != 4) {
            throw new NotebookException(path + " has nbformat " + format.getAsInt()
                    + "; only 4 can be run [convert it with: jupyter nbconvert --to notebook --nbformat 4]");
        }
        NotebookFile file = new NotebookFile(path, json);
        file.check();
        return file;
    }

    Path path() {
        return path;
    }

    List<NotebookCell> cells() {
        List<NotebookCell> cells = new ArrayList<>();
        json.getAsJsonArray("cells").forEach(each -> cells.add(new NotebookCell(each.getAsJsonObject())));
        return cells;
    }

    /** The language of the notebook's kernel, or "" where it names none. */
    String language() {
        JsonElement metadata = json.get("metadata");
        if (metadata == null || !metadata.isJsonObject()) {
            return "";
        }
        JsonElement spec = metadata.getAsJsonObject().get("kernelspec");
        JsonElement language =
                spec != null && spec.isJsonObject() ? spec.getAsJsonObject().get("language") : null;
        return language != null && language.isJsonPrimitive() ? language.getAsString() : "";
    }

    /** Writes the notebook to {@code target} as Jupyter would, all of it or nothing. */
    void write(Path target) throws NotebookException {
        StringWriter text = new StringWriter();
        try {
            JsonWriter writer = new JsonWriter(text);
            writer.setIndent(" ");
            writer.setHtmlSafe(false);
            GSON.toJson(json, writer);
        } catch (StackOverflowError e) {
            throw new NotebookException(target + " cannot be written: the notebook's JSON nests too deeply", e);
        }
        TextFile.replace(target, text.append('\n').toString());
    }

    private static JsonObject parse(Path path, String text) throws NotebookException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        try {
            JsonElement json = JsonParser.parseReader(reader);
            if (!json.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
                throw new NotebookException(path + " is not a notebook: expected one JSON object");
            }
            return json.getAsJsonObject();
        } catch (JsonParseException | IOException e) {
            String where = e.getMessage() == null
                    ? ""
                    : e.getMessage().replaceAll("(?s).*?(End of input)?( at line \\d+ column \\d+).*", " [$1$2]");
            throw new NotebookException(
                    path + " is not a whole JSON document; the file may be truncated" + where.replace("[ ", "["), e);
        }
    }

    /** How many arrays and objects of sound JSON lie within each other. */
    private static int depth(String json) {
        int deepest = 0;
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted) {
                i += c == '\\' ? 1 : 0;
            } else if (c == '[' || c == '{') {
                depth++;
                deepest = Math.max(deepest, depth);
            } else if (c == ']' || c == '}') {
                depth--;
            }
        }
        return deepest;
    }

    private static boolean isNumber(@Nullable JsonElement element) {
        return element != null
                && element.isJsonPrimitive()
                && element.getAsJsonPrimitive().isNumber();
    }

    private void check() throws NotebookException {
        JsonElement cells = json.get("cells");
        boolean sound = cells instanceof JsonArray list
                && list.asList().stream()
                        .allMatch(each -> each.isJsonObject() && NotebookCell.isSound(each.getAsJsonObject()));
        if (!sound) {
            throw new NotebookException(path + " is not a notebook: each of its cells needs a cell_type and a source");
        }
    }
}
