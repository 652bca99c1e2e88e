package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a reader sees of the notebooks' sources before anything runs. */
final class NotebookSourcesTest {
    /** A cell of JupyterLab on a screen of 1280 pixels, beside the file browser, shows as many without scrolling. */
    private static final int WIDEST_LINE = 100;

    private static final int LONGEST_RECIPE = 10;
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+\\.ipynb)\\)");

    @ParameterizedTest
    @MethodSource("notebooks")
    void lines_ofCode_fitThePage(Path notebook) throws IOException {
        List<String> tooWide = sources(notebook, "code")
                .flatMap(String::lines)
                .filter(line -> line.length() > WIDEST_LINE)
                .toList();

        assertEquals(List.of(), tooWide);
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void links_leadToNotebooksThatExist(Path notebook) throws IOException {
        List<String> broken = sources(notebook, "markdown")
                .flatMap(text -> LINK.matcher(text).results().map(found -> found.group(1)))
                .filter(link -> !Files.exists(notebook.resolveSibling(link)))
                .toList();

        assertEquals(List.of(), broken);
    }

    @ParameterizedTest
    @CsvSource({
        "04-double-mapping,     06-scatter-gather",
        "06-scatter-gather,     07-per-device-iommus",
        "07-per-device-iommus,  09-iova-fragmentation",
        "09-iova-fragmentation, 10-cma",
        "10-cma,                cookbook",
    })
    void next_isTheNextOfTheCurriculum(String notebook, String next) throws IOException {
        String last = sources(Checkout.NOTEBOOKS.resolve(notebook + ".ipynb"), "markdown")
                .filter(text -> text.contains("**Next.**"))
                .findFirst()
                .orElseThrow();

        MatchResult first = LINK.matcher(last.substring(last.indexOf("**Next.**")))
                .results()
                .findFirst()
                .orElseThrow();
        assertEquals(next + ".ipynb", first.group(1));
    }

    @Test
    void recipes_ofTheCookbook_haveTenLines() throws IOException {
        List<String> recipes =
                sources(Checkout.NOTEBOOKS.resolve("cookbook.ipynb"), "code").toList();

        assertTrue(recipes.size() > 1);
        assertEquals(
                List.of(),
                recipes.stream()
                        .filter(recipe -> recipe.lines().count() > LONGEST_RECIPE)
                        .toList());
    }

    private static List<Path> notebooks() throws IOException {
        return Checkout.notebooks();
    }

    private static Stream<String> sources(Path notebook, String type) throws IOException {
        return StreamSupport.stream(
                        JsonParser.parseString(Files.readString(notebook))
                                .getAsJsonObject()
                                .getAsJsonArray("cells")
                                .spliterator(),
                        false)
                .map(JsonElement::getAsJsonObject)
                .filter(cell -> cell.get("cell_type").getAsString().equals(type))
                .map(cell -> source(cell.get("source")));
    }

    private static String source(JsonElement text) {
        return text.isJsonArray()
                ? String.join(
                        "",
                        StreamSupport.stream(text.getAsJsonArray().spliterator(), false)
                                .map(JsonElement::getAsString)
                                .toList())
                : text.getAsString();
    }
}
