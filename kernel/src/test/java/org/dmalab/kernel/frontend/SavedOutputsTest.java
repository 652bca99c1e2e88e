package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SavedOutputsTest {
    private static final String NOTEBOOK = """
            {"cells": [
              {"cell_type": "markdown", "source": "Seeds."},
              {"cell_type": "code", "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["one\\n", "two\\n"]},
                {"output_type": "execute_result",
                 "data": {"text/plain": "13252919c4b2c8b9", "image/png": "AAAA", "text/html": "<b>1</b>"}}]}]}
            """;

    private final Path saved;
    private final Path executed;

    SavedOutputsTest(@TempDir Path folder) {
        saved = folder.resolve("seeds.ipynb");
        executed = folder.resolve("run.ipynb");
    }

    @BeforeEach
    void writeSaved() throws IOException {
        Files.writeString(saved, NOTEBOOK);
    }

    @ParameterizedTest
    @CsvSource({
        "13252919c4b2c8b9, 03252919c4b2c8b9",
        "two, too",
        "stdout, stderr",
        "'\"image/png\": \"AAAA\", ', ''",
        "execute_result, display_data",
    })
    void differences_otherWords_nameNotebookAndCell(String was, String is) throws IOException {
        Files.writeString(executed, NOTEBOOK.replace(was, is));
        List<String> differences = SavedOutputs.differences(saved, executed);
        assertEquals(1, differences.size(), differences::toString);
        String first = differences.get(0).lines().findFirst().orElseThrow();
        assertEquals("seeds.ipynb: cell 2 of 2 says something else than its saved output; expected:", first);
    }

    @Test
    void differences_fingerprint_showsBoth() throws IOException {
        Files.writeString(executed, NOTEBOOK.replace("13252919c4b2c8b9", "03252919c4b2c8b9"));
        assertEquals("""
                seeds.ipynb: cell 2 of 2 says something else than its saved output; expected:
                [stdout]
                one
                two

                [execute_result as image/png, text/html, text/plain]
                13252919c4b2c8b9
                found:
                [stdout]
                one
                two

                [execute_result as image/png, text/html, text/plain]
                03252919c4b2c8b9""", SavedOutputs.differences(saved, executed).get(0));
    }

    @Test
    void differences_sameWordsInOtherPieces_areNone() throws IOException {
        Files.writeString(
                executed,
                NOTEBOOK.replace("[\"one\\n\", \"two\\n\"]", "\"one\\ntwo\\n\"")
                        .replace("AAAA", "BBBB")
                        .replace("<b>1</b>", "<i>1</i>"));
        assertEquals(List.of(), SavedOutputs.differences(saved, executed));
    }

    @Test
    void differences_cellIsMissing_isSaid() throws IOException {
        Files.writeString(executed, "{\"cells\": []}");
        assertEquals(
                List.of("seeds.ipynb: the run has another number of cells [expected=2] [found=0]"),
                SavedOutputs.differences(saved, executed));
    }
}
