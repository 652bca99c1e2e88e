package org.dmalab.kernel.display;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Bundles around a bitmap, and what stands in when this Java cannot draw. */
final class Png {
    /** A larger bitmap is shown smaller, for an output must stay under 1 MB with base64 and all other forms. */
    static final int MAX_BYTES = 450_000;

    private static final int MAX_CSS_WIDTH = 1600;
    /** How far, of 255, the edges of a card's text and lines may be off; nobody sees it. */
    private static final int EDGE_TOLERANCE = 4;

    private Png() {}

    /** A painted card with its other forms: {@code extra} ones first, the bitmap, the text. */
    static MimeBundle chart(Supplier<Canvas> painter, Map<String, Object> extra, String text) {
        return bundle(() -> Indexed.of(painter.get().image(), EDGE_TOLERANCE), Palette.SCALE, extra, text);
    }

    /** A bitmap with {@code scale} of its pixels for each CSS pixel, every pixel as it is. */
    static MimeBundle bundle(Supplier<BufferedImage> picture, int scale, Map<String, Object> extra, String text) {
        Map<String, Object> data = new LinkedHashMap<>(extra);
        String clean = SafeText.clean(text);
        try {
            BufferedImage image = picture.get();
            int width = Math.max(1, image.getWidth() / scale);
            int height = Math.max(1, image.getHeight() / scale);
            byte[] bytes = encode(image);
            BufferedImage shown = image;
            while (bytes.length > MAX_BYTES && Math.min(shown.getWidth(), shown.getHeight()) > 64) {
                shown = shrink(shown, Math.sqrt((double) MAX_BYTES / bytes.length) * 0.95);
                bytes = encode(shown);
            }
            data.put(MimeBundle.PNG, Base64.getEncoder().encodeToString(bytes));
            data.put(MimeBundle.TEXT, clean);
            return new MimeBundle(data, Map.of(MimeBundle.PNG, size(width, height, clean)));
        } catch (RuntimeException | LinkageError | InternalError | java.awt.AWTError thrown) {
            data.put(MimeBundle.TEXT, clean + "\n" + cannotDraw(thrown));
            return new MimeBundle(data, Map.of());
        }
    }

    private static Map<String, Object> size(int width, int height, String text) {
        int shownWidth = Math.min(width, MAX_CSS_WIDTH);
        int shownHeight = (int) Math.max(1, Math.round((double) height * shownWidth / width));
        return Map.of(
                "width",
                shownWidth,
                "height",
                shownHeight,
                "alt",
                SafeText.line(text.lines().findFirst().orElse(""), 300));
    }

    /** Why there is no picture, and what to do about it. */
    private static String cannotDraw(Throwable thrown) {
        return "no picture: this Java cannot draw text; install fontconfig and a font (Debian: fontconfig"
                + " fonts-dejavu-core) and start it with -Djava.awt.headless=true ["
                + thrown.getClass().getName() + ": " + SafeText.message(thrown) + "]";
    }

    /** The image as a PNG file; its quality, 0, is that of the compression: as small as it gets, no pixel is lost. */
    static byte[] encode(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam slowest = writer.getDefaultWriteParam();
            slowest.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            slowest.setCompressionQuality(0);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), slowest);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static BufferedImage shrink(BufferedImage image, double factor) {
        int width = (int) Math.max(1, image.getWidth() * Math.min(factor, 0.9));
        int height = (int) Math.max(1, image.getHeight() * Math.min(factor, 0.9));
        boolean alpha = image.getColorModel().hasAlpha();
        BufferedImage small =
                new BufferedImage(width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}
