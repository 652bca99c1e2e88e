package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.kernel.display.ScatterView.Piece;
import org.junit.jupiter.api.Test;

class ScatterViewTest {
    @Test
    void pieces_entriesThatEndWithinPages_areFoundInTheirSegments() {
        List<Piece> pieces = ScatterView.pieces(ScatterExamples.pieces().mapping());
        assertEquals(List.of(0, 0, 1), pieces.stream().map(Piece::segment).toList());
        assertEquals(
                List.of(new DmaAddr(0x20000200L), new DmaAddr(0x20001000L), new DmaAddr(0x20002010L)),
                pieces.stream().map(Piece::dma).toList());
    }

    @Test
    void finding_saysWhatTheDeviceIsGiven() {
        assertEquals(
                List.of(
                        "16 entries are one segment for fimc0: 64 KiB in a row from 0x20000000",
                        "16 entries are 16 segments for fimc0: nothing was joined, it must be given each",
                        "16 entries are 4 segments for fimc0: it is given these, not the entries",
                        "1 entry is one segment for fimc0: 4 KiB in a row from 0x20000000"),
                List.of(
                        ScatterView.finding(ScatterExamples.pages(16, 16).mapping()),
                        ScatterView.finding(ScatterExamples.pages(16, 1).mapping()),
                        ScatterView.finding(ScatterExamples.pages(16, 4).mapping()),
                        ScatterView.finding(ScatterExamples.pages(1, 1).mapping())));
    }

    @Test
    void render_longList_saysHowManyAreNotDrawn() {
        String text = Renderers.render(ScatterExamples.pages(2000, 7)).plainText();
        assertTrue(text.contains("1968 more entries not drawn"), text);
    }
}
