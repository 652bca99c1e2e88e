package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class HexDumpTest {
    @Test
    void render_ofText_showsHexAndAscii() {
        assertEquals(
                "00000000  48 69 0a                                         |Hi.|\n3 bytes",
                Renderers.render("Hi\n".getBytes(StandardCharsets.US_ASCII)).plainText());
    }

    @Test
    void render_ofManyEqualBytes_foldsThemAndCountsAll() {
        String text = Renderers.render(new byte[1000]).plainText();
        assertTrue(text.contains("\n*\n"), text);
        assertTrue(text.endsWith("1000 bytes, the first 256 shown"), text);
    }
}
