package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Bitmaps with a palette: which colours they keep, and what a PNG of one weighs. */
final class IndexedTest {
    private static BufferedImage image(int type, IntBinaryOperator colour) {
        BufferedImage image = new BufferedImage(64, 64, type);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                image.setRGB(x, y, colour.applyAsInt(x, y));
            }
        }
        return image;
    }

    private static int farthest(BufferedImage one, BufferedImage other) {
        int most = 0;
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = 0; x < one.getWidth(); x++) {
                most = Math.max(most, Indexed.distance(one.getRGB(x, y), other.getRGB(x, y)));
            }
        }
        return most;
    }

    @Test
    void of_256Colours_keepsEach() {
        BufferedImage image = image(BufferedImage.TYPE_INT_RGB, (x, y) -> (x & 15) << 16 | (y & 15));
        BufferedImage indexed = Indexed.of(image, 4);
        assertEquals(
                256,
                assertInstanceOf(IndexColorModel.class, indexed.getColorModel()).getMapSize());
        assertEquals(0, farthest(image, indexed));
    }

    @Test
    void of_photographOrTransparency_isLeftAsItIs() {
        Random random = new Random(7);
        BufferedImage photograph = image(BufferedImage.TYPE_INT_RGB, (x, y) -> random.nextInt(0x1000000));
        assertSame(photograph, Indexed.of(photograph, 4));
        BufferedImage clear = image(BufferedImage.TYPE_INT_ARGB, (x, y) -> 0x80FFFFFF);
        assertSame(clear, Indexed.of(clear, 4));
    }

    @Test
    void of_moreColours_keepsThoseOfAreasAndIsNearAtEdges() {
        BufferedImage image = image(
                BufferedImage.TYPE_INT_RGB, (x, y) -> y < 32 ? (x < 32 ? 0xE4E9EE : 0xE1E5EA) : (y - 32) * 64 + x);
        BufferedImage indexed = Indexed.of(image, 4);
        assertInstanceOf(IndexColorModel.class, indexed.getColorModel());
        assertEquals(0xFFE4E9EE, indexed.getRGB(0, 0));
        assertEquals(0xFFE1E5EA, indexed.getRGB(63, 0), "four apart from the other area, and kept");
        assertTrue(farthest(image, indexed) <= 4, "edges are near");
        assertSame(image, Indexed.of(image, 0));
    }

    @Test
    void chart_card_isAPngWithAPaletteThatShowsWhatWasPainted() throws IOException {
        Canvas canvas = CopyTimelineView.canvas(CopyExamples.frame());
        MimeBundle bundle = Renderers.render(CopyExamples.frame());
        byte[] png = Base64.getDecoder().decode((String) bundle.data().get(MimeBundle.PNG));
        BufferedImage shown = ImageIO.read(new ByteArrayInputStream(png));
        assertInstanceOf(IndexColorModel.class, shown.getColorModel());
        assertTrue(farthest(canvas.image(), shown) <= 4, "as painted");
        int whole = Png.encode(canvas.image()).length;
        assertTrue(3 * png.length < 2 * whole, png.length + " bytes with a palette, " + whole + " without");
    }
}
