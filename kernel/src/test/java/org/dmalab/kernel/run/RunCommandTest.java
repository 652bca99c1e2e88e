package org.dmalab.kernel.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RunCommandTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private Path fixture(String name) throws Exception {
        Path copy = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(RunCommandTest.class.getResourceAsStream(name), name)) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private boolean run(Path notebook, Optional<Path> html, Optional<Path> output) throws NotebookException {
        return RunCommand.run(notebook, html, output, new PrintStream(progress, true, StandardCharsets.UTF_8));
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
    void run_failingNotebook_namesCellLineAndErrorAndKeepsWhatWasMade() throws Exception {
        Path notebook = fixture("failing.ipynb");
        assertFalse(run(notebook, Optional.empty(), Optional.empty()));
        String said = progress.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("cell 2, line 3: java.lang.ArithmeticException: / by zero"), said);
        assertEquals(1, cell(notebook, 0).get("execution_count").getAsInt());
        assertTrue(cell(notebook, 1).get("outputs").toString().contains("\"output_type\":\"error\""));
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
}
