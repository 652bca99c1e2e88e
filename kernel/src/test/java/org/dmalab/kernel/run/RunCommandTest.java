package org.dmalab.kernel.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RunCommandTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();
    private final ByteArrayOutputStream problems = new ByteArrayOutputStream();

    private Path fixture(String name) throws Exception {
        Path copy = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(RunCommandTest.class.getResourceAsStream(name), name)) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private boolean run(Path notebook, Optional<Path> html, Optional<Path> output) throws NotebookException {
        return RunCommand.run(
                notebook,
                html,
                output,
                new PrintStream(progress, true, StandardCharsets.UTF_8),
                new PrintStream(problems, true, StandardCharsets.UTF_8));
    }

    private static JsonObject cell(Path notebook, int index) throws Exception {
        return JsonParser.parseString(Files.readString(notebook))
                .getAsJsonObject()
                .getAsJsonArray("cells")
                .get(index)
                .getAsJsonObject();
    }

    @Test
    void run_goodNotebook_writesOutputsBack() throws Exception {
        Path notebook = fixture("good.ipynb");
        assertTrue(run(notebook, Optional.empty(), Optional.empty()), progress::toString);
        assertEquals(
                "[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":[\"a is <20>\\n\"]},"
                        + "{\"data\":{\"text/plain\":[\"42\"]},\"execution_count\":1,\"metadata\":{},"
                        + "\"output_type\":\"execute_result\"}]",
                cell(notebook, 1).get("outputs").toString());
        assertEquals(1, cell(notebook, 1).get("execution_count").getAsInt());
        assertTrue(cell(notebook, 2).get("execution_count").isJsonNull());
        JsonObject error = cell(notebook, 5).getAsJsonArray("outputs").get(0).getAsJsonObject();
        assertEquals("java.lang.ArithmeticException", error.get("ename").getAsString());
        assertEquals(5, cell(notebook, 6).get("execution_count").getAsInt());
    }

    @Test
    void run_goodNotebook_keepsAllItDoesNotKnowAndJupytersLayout() throws Exception {
        Path notebook = fixture("good.ipynb");
        assertTrue(run(notebook, Optional.empty(), Optional.empty()), progress::toString);
        List<String> lines = Files.readAllLines(notebook);
        assertTrue(
                lines.containsAll(List.of("   \"pace\": 1.50", "   \"id\": \"one\",", "  {", "   \"metadata\": {},")));
        assertTrue(Files.readString(notebook).endsWith("}\n"));
        assertTrue(Files.readString(notebook).contains("# Gr\u00fc\u00dfe & <script>"));
    }

    @Test
    void run_twice_writesTheSame() throws Exception {
        Path notebook = fixture("good.ipynb");
        assertTrue(run(notebook, Optional.empty(), Optional.empty()));
        byte[] first = Files.readAllBytes(notebook);
        assertTrue(run(notebook, Optional.empty(), Optional.empty()));
        assertEquals(new String(first, StandardCharsets.UTF_8), Files.readString(notebook));
    }

    @Test
    void run_output_leavesTheOriginalAlone() throws Exception {
        Path notebook = fixture("good.ipynb");
        String before = Files.readString(notebook);
        Path output = folder.resolve("executed.ipynb");
        assertTrue(run(notebook, Optional.empty(), Optional.of(output)));
        assertEquals(before, Files.readString(notebook));
        assertTrue(Files.readString(output).contains("a is <20>"));
        assertTrue(progress.toString(StandardCharsets.UTF_8).contains("[1/6] int a = 20;"), progress::toString);
    }

    @Test
    void run_htmlOfANotebookWithoutATitle_escapesItsFileName() throws Exception {
        Path named = folder.resolve("a&b \"<img src=x onerror=alert(1)>.ipynb");
        Files.move(notebook("1 + 1"), named);
        Path page = folder.resolve("page.html");
        assertTrue(run(named, Optional.of(page), Optional.empty()), problems::toString);
        String html = Files.readString(page);
        assertTrue(html.contains("<title>a&amp;b &quot;&lt;img src=x onerror=alert(1)&gt;.ipynb</title>"), html);
        assertFalse(html.contains("<img src=x"), html);
    }

    @Test
    void run_html_isOnePageWithoutReferences() throws Exception {
        Path page = folder.resolve("page.html");
        assertTrue(run(fixture("good.ipynb"), Optional.of(page), Optional.empty()));
        String html = Files.readString(page);
        assertTrue(html.contains("<h1>Gr\u00fc\u00dfe &amp; &lt;script&gt;"), html);
        assertFalse(html.contains("<script"), html);
        assertFalse(html.contains("https://example.org"), html);
        assertTrue(html.contains("<td>2</td>"), html);
        assertTrue(html.contains("a is &lt;20&gt;"), html);
        assertTrue(html.contains("<img src=\"data:image/png;base64,iVBOR"), html);
        assertTrue(html.contains("width=\"30\" height=\"20\" alt=\"a dot\""), html);
        assertFalse(html.contains("<b>not me"), html);
        assertTrue(html.contains("<table><tr><td>cell</td></tr></table>"), html);
        assertTrue(html.contains("<span class=\"k\">int</span> a = <span class=\"n\">20</span>;"), html);
        assertTrue(html.contains("prefers-color-scheme: dark"), html);
    }

    @Test
    void run_failingNotebook_namesCellLineAndErrorAndLeavesNoOutputOfAnEarlierRun() throws Exception {
        Path notebook = fixture("failing.ipynb");
        assertFalse(run(notebook, Optional.empty(), Optional.empty()));
        String said = problems.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("cell 2, line 3: java.lang.ArithmeticException: / by zero"), said);
        assertEquals(1, cell(notebook, 0).get("execution_count").getAsInt());
        JsonObject error = cell(notebook, 1).getAsJsonArray("outputs").get(0).getAsJsonObject();
        assertEquals(
                List.of("error", "java.lang.ArithmeticException", "/ by zero"),
                Stream.of("output_type", "ename", "evalue")
                        .map(field -> error.get(field).getAsString())
                        .toList());
        assertEquals(2, cell(notebook, 1).get("execution_count").getAsInt());
        assertEquals("[]", cell(notebook, 2).get("outputs").toString());
        assertTrue(cell(notebook, 2).get("execution_count").isJsonNull());
    }

    @ParameterizedTest
    @CsvSource({
        "truncated.ipynb, truncated",
        "empty.ipynb, is empty",
        "binary.ipynb, not text in UTF-8",
        "nbformat3.ipynb, has nbformat 3",
        "python.ipynb, language=python",
        "not-a-notebook.ipynb, not a notebook",
        "broken-cells.ipynb, needs a cell_type and a source",
    })
    void run_badNotebook_saysWhyAndTouchesNothing(String name, String why) throws Exception {
        Path notebook = fixture(name);
        byte[] before = Files.readAllBytes(notebook);
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(notebook, Optional.empty(), Optional.empty()));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(why), message);
        assertTrue(message.startsWith(notebook.toString()), message);
        assertEquals(1, message.lines().count());
        assertArrayEquals(before, Files.readAllBytes(notebook));
    }

    @Test
    void run_missingFile_saysSo() {
        Path missing = folder.resolve("missing.ipynb");
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(missing, Optional.empty(), Optional.empty()));
        assertEquals(missing + " does not exist", refused.getMessage());
    }

    @Test
    void run_folder_saysSo() {
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(folder, Optional.empty(), Optional.empty()));
        assertEquals(folder + " is a folder, expected a notebook (.ipynb)", refused.getMessage());
    }

    @Test
    void run_outputInNoFolder_isRefusedBeforeACellRuns() throws Exception {
        Path notebook = fixture("good.ipynb");
        Path nowhere = folder.resolve("no/such/folder/out.ipynb");
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(notebook, Optional.empty(), Optional.of(nowhere)));
        assertTrue(String.valueOf(refused.getMessage()).contains("there is no folder"), refused::getMessage);
        assertEquals("", progress.toString(StandardCharsets.UTF_8));
    }

    private Path notebook(String... sources) throws Exception {
        JsonArray cells = new JsonArray();
        for (String source : sources) {
            JsonObject cell = new JsonObject();
            cell.addProperty("cell_type", "code");
            cell.add("execution_count", JsonNull.INSTANCE);
            cell.add("metadata", new JsonObject());
            cell.add("outputs", new JsonArray());
            cell.addProperty("source", source);
            cells.add(cell);
        }
        JsonObject json = new JsonObject();
        json.add("cells", cells);
        json.add("metadata", new JsonObject());
        json.addProperty("nbformat", 4);
        json.addProperty("nbformat_minor", 4);
        return Files.writeString(folder.resolve("written.ipynb"), json.toString());
    }

    @Test
    void run_ended_leavesTheProcessItsStreams() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream process = new ByteArrayOutputStream();
        System.setErr(new PrintStream(process, true, StandardCharsets.UTF_8));
        try {
            assertTrue(run(notebook("System.err.println(\"of the cell\");"), Optional.empty(), Optional.empty()));
            System.err.println("of the process");
            assertEquals("of the process\n", process.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(before);
        }
    }

    @Test
    void run_loneSurrogate_isWrittenAsReplacementCharacter() throws Exception {
        Path notebook = notebook("throw new RuntimeException(\"\\ud83d\");");
        assertFalse(run(notebook, Optional.empty(), Optional.empty()));
        assertEquals(
                "\ufffd",
                cell(notebook, 0)
                        .getAsJsonArray("outputs")
                        .get(0)
                        .getAsJsonObject()
                        .get("evalue")
                        .getAsString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Map.of(\"a\", Double.NaN)", "Map.of(\"a\", java.time.Duration.ofSeconds(1))"})
    void run_outputThatIsNoJson_isTheCellsError(String data) throws Exception {
        Path notebook =
                notebook("display(new Picture(new MimeBundle(Map.of(\"text/plain\", \"x\", \"application/json\", "
                        + data + "), Map.of())));");
        assertFalse(run(notebook, Optional.empty(), Optional.empty()));
        assertTrue(problems.toString(StandardCharsets.UTF_8).contains("cell 1, line 1"), problems::toString);
        assertTrue(
                problems.toString(StandardCharsets.UTF_8).contains("content must be JSON [type=application/json]"),
                problems::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Map.of(\"a\", Stream.iterate((Object) 1, each -> List.of(each)).skip(300).findFirst().get())",
            })
    void run_outputTooDeepForAFile_saysSoInItsPlace(String data) throws Exception {
        Path notebook =
                notebook("display(new Picture(new MimeBundle(Map.of(\"text/plain\", \"x\", \"application/json\", "
                        + data + "), Map.of())));");
        assertTrue(run(notebook, Optional.empty(), Optional.empty()), problems::toString);
        String outputs = cell(notebook, 0).get("outputs").toString();
        assertTrue(outputs.contains("application/json cannot be written as JSON"), outputs);
        assertTrue(outputs.contains("\"text/plain\":[\"x\"]"), outputs);
    }

    @Test
    void run_outputToLink_writesWhatItNames() throws Exception {
        Path real =
                Files.writeString(Files.createDirectory(folder.resolve("real")).resolve("n.ipynb"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.ipynb"), Path.of("real/n.ipynb"));
        assertTrue(run(notebook("1 + 1"), Optional.empty(), Optional.of(link)));
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(1, cell(real, 0).get("execution_count").getAsInt());
    }

    @Test
    void run_outputToLinkToNothing_makesTheFile() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link.ipynb"), Path.of("new.ipynb"));
        assertTrue(run(notebook("1 + 1"), Optional.empty(), Optional.of(link)));
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(
                1, cell(folder.resolve("new.ipynb"), 0).get("execution_count").getAsInt());
    }

    @Test
    void run_outputToPipe_writesThroughIt() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readString(pipe);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertTrue(run(notebook("1 + 1"), Optional.empty(), Optional.of(pipe)));
        assertTrue(read.get(20, TimeUnit.SECONDS).contains("\"execution_count\": 1"));
        assertFalse(Files.isRegularFile(pipe));
    }

    @Test
    void run_fullDevice_saysSoInOneSentence() throws Exception {
        Path full = Path.of("/dev/full");
        Path notebook = notebook("1 + 1");
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(notebook, Optional.empty(), Optional.of(full)));
        assertEquals("/dev/full cannot be written: No space left on device", refused.getMessage());
    }

    @Test
    void run_hugeFile_isRefusedBeforeItIsRead() throws Exception {
        Path huge = folder.resolve("huge.ipynb");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(huge, Optional.empty(), Optional.empty()));
        assertEquals(
                huge + " is too large to be run [largest=268435456 bytes] [file=3221225472 bytes]",
                refused.getMessage());
    }

    @Test
    void run_deepJson_isRefusedInOneSentence() throws Exception {
        String deep = "[".repeat(200_000) + "]".repeat(200_000);
        Path notebook = Files.writeString(
                folder.resolve("deep.ipynb"), "{\"cells\":[],\"nbformat\":4,\"nbformat_minor\":4,\"x\":" + deep + "}");
        NotebookException refused =
                assertThrows(NotebookException.class, () -> run(notebook, Optional.empty(), Optional.empty()));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("nests too deeply"), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void run_htmlOfOpenTag_leavesLaterCellsVisible() throws Exception {
        Path page = folder.resolve("page.html");
        Path notebook = notebook("%%html\n<!-- open", "%%html\n<div><style>section {", "%%html\n<p>plain</p>");
        assertTrue(run(notebook, Optional.of(page), Optional.empty()));
        String html = Files.readString(page);
        assertTrue(html.contains("<iframe sandbox title=\"HTML output\" srcdoc=\"&lt;!-- open\"></iframe>"), html);
        assertFalse(html.contains("<!--"), html);
        assertFalse(html.contains("<div><style>"), html);
        assertTrue(html.contains("<div class=\"output\"><p>plain</p></div>"), html);
        assertTrue(html.contains("form-action 'none'; base-uri 'none'"), html);
    }
}
