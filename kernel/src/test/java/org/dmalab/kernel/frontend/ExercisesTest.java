package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.dmalab.kernel.run.RunCommand;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exercises of the notebooks as a reader solves them, rightly and wrongly. */
final class ExercisesTest {
    /** The cells before the first exercise that exercises build on. */
    private static final int SETUP_CELLS = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "01-three-addresses | exercise 1 | new DmaAddr(0x20001000L)     | new DmaAddr(0x20010000L)   | passed",
                "01-three-addresses | exercise 2 | new VirtAddr(0x42345678L)    | new VirtAddr(0xc2345678L)  | passed",
                "02-stale-data      | exercise 1 | // your line here            | camera.syncForCpu(stream); | passed",
                "02-stale-data      | exercise 1 | // your line here            | camera.syncForDevice(stream); | not yet",
                "02-stale-data      | exercise 2 | offset = 4, length = 50      | offset = 32, length = 64   | passed",
                "02-stale-data      | exercise 2 | offset = 4, length = 50      | offset = 32, length = 50   | not yet",
                "04-double-mapping  | exercise 1 | yourAnswer = 2               | yourAnswer = 1             | passed",
                "04-double-mapping  | exercise 2 | = CoherentMapping.HIGHMEM    | = CoherentMapping.CMA_REMAP | passed",
                "04-double-mapping  | exercise 2 | = CoherentMapping.HIGHMEM    | = CoherentMapping.VMALLOC  | not yet",
                "09-iova-fragmentation | exercise 1 | // your line here         | mine.free(camera); camera = mine.alloc(\"camera\", mib(500)); | passed",
                "09-iova-fragmentation | exercise 1 | // your line here         | mine.free(display);        | not yet",
                "09-iova-fragmentation | exercise 2 | .max(                      | .min(                      | passed",
                "06-scatter-gather  | exercise 1 | scaler.maxSegSize(kib(64))   | scaler.maxSegSize(kib(8))  | passed",
                "06-scatter-gather  | exercise 2 | camera.unmap(rx, rx.nents()) | camera.unmap(rx, 16)       | passed",
                "06-scatter-gather  | exercise 2 | camera.unmap(rx, rx.nents()) | camera.unmap(rx, 15)       | not yet",
                "07-per-device-iommus | exercise 1 | forOther  = forCamera;       | forOther = other.map(page, 4096, TO_DEVICE); | passed",
                "07-per-device-iommus | exercise 1 | forOther  = forCamera;       | forOther = camera.map(page, 4096, TO_DEVICE); | not yet",
                "07-per-device-iommus | exercise 2 | = FaultHandler.NOT_HANDLED   | = 0                        | passed",
                "07-per-device-iommus | exercise 2 | = FaultHandler.NOT_HANDLED   | = -22                      | not yet",
                "02-stale-data      | exercise 2 | offset = 4, length = 50      | offset = -32, length = 64  | not yet",
                "10-cma             | exercise 1 | files.free(0, 1)             | files.free(10_000, 1)      | passed",
                "10-cma             | exercise 2 | pages = 0; long distance = 0 | pages = 1280; long distance = 256 | passed",
            })
    void check_answer_isJudged(String notebook, String exercise, String was, String is, String verdict)
            throws Exception {
        Path solved = folder.resolve(notebook + ".ipynb");
        JsonObject json = JsonParser.parseString(Files.readString(Checkout.NOTEBOOKS.resolve(notebook + ".ipynb")))
                .getAsJsonObject();
        List<JsonObject> code = StreamSupport.stream(
                        json.getAsJsonArray("cells").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .filter(cell -> cell.get("cell_type").getAsString().equals("code"))
                .toList();
        JsonObject asked = code.stream()
                .filter(cell -> source(cell).contains("check(\"" + exercise))
                .findFirst()
                .orElseThrow();
        assertTrue(source(asked).contains(was), () -> "the exercise no longer says " + was);
        asked.addProperty("source", source(asked).replace(was, is));
        List<JsonObject> needed = new ArrayList<>(code.subList(0, SETUP_CELLS));
        needed.add(asked);
        JsonArray cells = new JsonArray();
        needed.forEach(cells::add);
        json.add("cells", cells);
        Files.writeString(solved, json.toString());

        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream log = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertTrue(
                RunCommand.run(solved, Optional.empty(), Optional.empty(), log, log),
                () -> said.toString(StandardCharsets.UTF_8));
        JsonArray executed = JsonParser.parseString(Files.readString(solved))
                .getAsJsonObject()
                .getAsJsonArray("cells");
        JsonObject output = executed.get(executed.size() - 1)
                .getAsJsonObject()
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject();
        String text = joined(output.getAsJsonObject("data").get("text/plain"));
        assertEquals(
                verdict + ": " + exercise,
                text.substring(0, Math.min(text.length(), verdict.length() + exercise.length() + 2)));
    }

    private static String source(JsonObject cell) {
        return joined(cell.get("source"));
    }

    private static String joined(JsonElement text) {
        if (!text.isJsonArray()) {
            return text.getAsString();
        }
        StringBuilder whole = new StringBuilder();
        text.getAsJsonArray().forEach(part -> whole.append(part.getAsString()));
        return whole.toString();
    }
}
