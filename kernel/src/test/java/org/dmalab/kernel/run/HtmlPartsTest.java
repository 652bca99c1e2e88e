package org.dmalab.kernel.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of a page that take what a notebook's author wrote. */
final class HtmlPartsTest {
    private static final int LONG = 60_000;

    @ParameterizedTest
    @ValueSource(strings = {"\"", "'"})
    void highlight_longLiteral_isOneSpan(String quote) {
        String literal = quote + "a".repeat(LONG) + "\\n".repeat(LONG) + quote;
        assertEquals("<span class=\"s\">" + HtmlPage.escape(literal) + "</span>;", JavaHighlight.html(literal + ";"));
    }

    @Test
    void highlight_literals_endWhereTheyEnd() {
        assertEquals(
                "<span class=\"s\">&quot;a\\&quot;b&quot;</span> + <span class=\"s\">&quot;&quot;</span> + open",
                JavaHighlight.html("\"a\\\"b\" + \"\" + open"));
        assertEquals("<span class=\"s\">&quot;open</span>\na", JavaHighlight.html("\"open\na"));
        assertEquals(
                "<span class=\"s\">&quot;&quot;&quot;\na \"b\n&quot;&quot;&quot;</span>;".replace("\"b", "&quot;b"),
                JavaHighlight.html("\"\"\"\na \"b\n\"\"\";"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a < b & c",
                "<table class=\"x\" style='border:0'><tr><td>cell<br>2</td></tr></table>",
                "<DIV hidden><img src=\"data:,\" alt=\"a > b\"/></div>",
            })
    void plainHtml_closedElements_isPlain(String html) {
        assertTrue(PlainHtml.matches(html));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!-- open",
                "<!-- closed -->",
                "<div>",
                "</div>",
                "<b><i></b></i>",
                "<td",
                "<div class=\"open>",
                "<div class=a></div>",
                "<style>* { display: none }</style>",
                "<script></script>",
                "<form></form>",
                "<plaintext>",
                "<textarea></textarea>",
                "<![CDATA[",
                "<?x",
            })
    void plainHtml_whatCouldReachFurther_isNot(String html) {
        assertFalse(PlainHtml.matches(html));
    }

    @Test
    void plainHtml_longAndDeep_isJudged() {
        assertTrue(PlainHtml.matches("<b a=\"1\">".repeat(LONG) + "x".repeat(LONG) + "</b>".repeat(LONG)));
        assertTrue(PlainHtml.matches("<b" + " a=\"1\"".repeat(LONG) + "></b>"));
    }

    @Test
    void markdown_images_areTakenFromBelowTheNotebook(@TempDir Path folder) throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.writeString(Files.createDirectory(own.resolve("sub")).resolve("my pic.png"), "P");
        Files.writeString(own.resolve("100%.png"), "P");
        Path secret = Files.writeString(folder.resolve("secret.png"), "S");
        Files.createSymbolicLink(own.resolve("link.png"), secret);
        MarkdownHtml markdown = new MarkdownHtml(own);
        String embedded = "src=\"data:image/png;base64,UA==\"";
        assertTrue(markdown.render("![](sub/my%20pic.png)").contains(embedded));
        assertTrue(markdown.render("![](100%.png)").contains(embedded));
        for (String outside :
                new String[] {"../secret.png", "sub/%2e%2e/../../secret.png", secret.toString(), "link.png"}) {
            String html = markdown.render("![](" + outside + ")");
            assertFalse(html.contains("base64"), html);
        }
    }
}
