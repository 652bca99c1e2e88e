package org.dmalab.kernel.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DisplayMagicsTest {
    @ParameterizedTest
    @CsvSource({
        "html, text/html",
        "markdown, text/markdown",
        "svg, image/svg+xml",
        "latex, text/latex",
        "javascript, application/javascript",
        "js, application/javascript",
    })
    void show_magic_isItsBody(String name, String type) {
        var shown = DisplayMagics.show("%%" + name + "\nfirst\nsecond").orElseThrow();
        assertEquals("first\nsecond", shown.data().get(type));
        assertEquals("first\nsecond", shown.plainText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1+1", "String s = \"%%html\";", "%%unknown\nx", "%html\nx", ""})
    void show_otherCell_isNone(String cell) {
        assertTrue(DisplayMagics.show(cell).isEmpty());
    }

    @Test
    void show_crlf_isAccepted() {
        assertEquals("x", DisplayMagics.show("%%html\r\nx").orElseThrow().plainText());
    }
}
