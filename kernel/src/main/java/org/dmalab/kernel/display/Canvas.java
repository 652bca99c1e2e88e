package org.dmalab.kernel.display;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.TexturePaint;
import java.awt.font.FontRenderContext;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** A white card to draw on in CSS pixels; it remembers where every piece of text lies. */
final class Canvas {
    /** Where the text hangs on its x. */
    enum Align {
        LEFT(0),
        CENTER(0.5),
        RIGHT(1);

        private final double share;

        Align(double share) {
            this.share = share;
        }
    }

    /** A face and size of type. */
    enum Face {
        TITLE(Font.SANS_SERIF, Font.BOLD, Palette.TITLE_SIZE),
        SUBTITLE(Font.SANS_SERIF, Font.PLAIN, Palette.SUBTITLE_SIZE),
        LABEL(Font.SANS_SERIF, Font.PLAIN, Palette.LABEL_SIZE),
        STRONG(Font.SANS_SERIF, Font.BOLD, Palette.LABEL_SIZE),
        SMALL(Font.SANS_SERIF, Font.PLAIN, Palette.SMALL_SIZE),
        STRONG_SMALL(Font.SANS_SERIF, Font.BOLD, Palette.SMALL_SIZE),
        ADDRESS(Font.MONOSPACED, Font.PLAIN, Palette.SMALL_SIZE),
        STRONG_ADDRESS(Font.MONOSPACED, Font.BOLD, Palette.LABEL_SIZE);

        private final String family;
        private final int style;
        private final int size;

        Face(String family, int style, int size) {
            this.family = family;
            this.style = style;
            this.size = size;
        }

        /** The height of a line. */
        double height() {
            return Math.ceil(size * 1.25);
        }

        /** The width of {@code text}. */
        double width(String text) {
            return font().getStringBounds(text, METRICS).getWidth();
        }

        private Font font() {
            return new Font(family, style, size);
        }
    }

    /** A piece of text and its box. */
    record Label(String text, double x, double y, double width, double height) {
        /** Whether the boxes share more than a hair. */
        boolean overlaps(Label other) {
            double hair = 0.5;
            return x + width > other.x + hair
                    && other.x + other.width > x + hair
                    && y + height > other.y + hair
                    && other.y + other.height > y + hair;
        }
    }

    private static final FontRenderContext METRICS = new FontRenderContext(null, true, true);

    private final BufferedImage image;
    private final Graphics2D graphics;
    private final List<Label> labels = new ArrayList<>();

    Canvas(int width, int height) {
        image = new BufferedImage(width * Palette.SCALE, height * Palette.SCALE, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.scale(Palette.SCALE, Palette.SCALE);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        fill(0, 0, width, height, Palette.CARD);
    }

    /** The card as painted so far. */
    BufferedImage image() {
        return image;
    }

    /** Every text drawn, in order. */
    List<Label> labels() {
        return List.copyOf(labels);
    }

    /** A filled rectangle. */
    void fill(double x, double y, double width, double height, int colour) {
        graphics.setPaint(new Color(colour));
        graphics.fill(new Rectangle2D.Double(x, y, width, height));
    }

    /** The outline of a rectangle, drawn inside it. */
    void outline(double x, double y, double width, double height, int colour) {
        graphics.setPaint(new Color(colour));
        graphics.setStroke(new BasicStroke(1));
        graphics.draw(new Rectangle2D.Double(x + 0.5, y + 0.5, width - 1, height - 1));
    }

    /** A rectangle that nobody may use: diagonal lines. */
    void hatch(double x, double y, double width, double height) {
        hatch(x, y, width, height, Palette.RESERVED, Palette.HATCH);
    }

    /** A rectangle of diagonal lines. */
    void hatch(double x, double y, double width, double height, int background, int stroke) {
        int tile = 12;
        BufferedImage lines = new BufferedImage(tile, tile, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = lines.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setPaint(new Color(background));
        pen.fillRect(0, 0, tile, tile);
        pen.setPaint(new Color(stroke));
        pen.setStroke(new BasicStroke(2));
        for (int shift = -tile; shift <= tile; shift += tile) {
            pen.drawLine(shift - 2, tile + 2, shift + tile + 2, -2);
        }
        pen.dispose();
        double size = (double) tile / Palette.SCALE;
        graphics.setPaint(new TexturePaint(lines, new Rectangle2D.Double(0, 0, size, size)));
        graphics.fill(new Rectangle2D.Double(x, y, width, height));
    }

    /** A straight line. */
    void line(double x1, double y1, double x2, double y2, int colour, double width) {
        draw(new Line2D.Double(x1, y1, x2, y2), colour, new BasicStroke((float) width));
    }

    /** A dashed straight line. */
    void dashes(double x1, double y1, double x2, double y2, int colour, double width) {
        draw(new Line2D.Double(x1, y1, x2, y2), colour, dashed(width));
    }

    /** A line through points, {@code x0, y0, x1, y1, ...}. */
    void path(double[] points, int colour, double width, boolean dashed) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        draw(path, colour, dashed ? dashed(width) : new BasicStroke((float) width));
    }

    /** A filled shape with corners {@code x0, y0, x1, y1, ...}. */
    void area(double[] points, int colour) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        graphics.setPaint(new Color(colour));
        graphics.fill(path);
    }

    /** A dot. */
    void dot(double x, double y, double radius, int colour) {
        graphics.setPaint(new Color(colour));
        graphics.fill(new java.awt.geom.Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius));
    }

    /** Text whose box begins at {@code top}. */
    void text(String text, Face face, int colour, Align align, double x, double top) {
        paint(place(text, face, align, x, top), face, colour);
    }

    /** Like {@link #text}, but only if nothing is written within {@code margin}; says whether it was. */
    @CanIgnoreReturnValue
    boolean tryText(String text, Face face, int colour, Align align, double x, double top, double margin) {
        Label label = place(text, face, align, x, top);
        Label wide = new Label(text, label.x() - margin, label.y(), label.width() + 2 * margin, label.height());
        if (labels.stream().anyMatch(wide::overlaps)) {
            return false;
        }
        paint(label, face, colour);
        return true;
    }

    /** The longest start of {@code text} that fits into {@code width}, with an ellipsis if it is not all. */
    static String fit(String text, Face face, double width) {
        if (face.width(text) <= width) {
            return text;
        }
        int end = text.length();
        while (end > 0 && face.width(text.substring(0, end) + "…") > width) {
            end = text.offsetByCodePoints(end, -1);
        }
        return text.substring(0, end) + "…";
    }

    /** {@code name} if it fits into {@code width}, else its start and its end, for names differ at the end. */
    static String fitName(String name, Face face, double width) {
        if (face.width(name) <= width) {
            return name;
        }
        int[] points = name.codePoints().toArray();
        int kept = points.length;
        String shorter = name;
        while (kept > 0 && face.width(shorter) > width) {
            kept--;
            int tail = kept / 2;
            shorter = new String(points, 0, kept - tail) + "…" + new String(points, points.length - tail, tail);
        }
        return shorter;
    }

    /**
     * {@code text} broken at spaces into lines of at most {@code width}; what exceeds {@code max} lines is cut. The last line
     * is no lone word if the one before can spare one.
     */
    static List<String> wrap(String text, Face face, double width, int max) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (!rest.isEmpty() && lines.size() < max - 1 && face.width(rest) > width) {
            int end = rest.length();
            while (end > 0 && face.width(rest.substring(0, end)) > width) {
                end = rest.lastIndexOf(' ', end - 1);
            }
            if (end <= 0) {
                break;
            }
            lines.add(rest.substring(0, end).strip());
            rest = rest.substring(end).strip();
        }
        int last = lines.size() - 1;
        int spared = last < 0 ? -1 : lines.get(last).lastIndexOf(' ');
        if (spared > 0 && rest.indexOf(' ') < 0) {
            String longer = lines.get(last).substring(spared + 1) + " " + rest;
            if (face.width(longer) <= width) {
                lines.set(last, lines.get(last).substring(0, spared).strip());
                rest = longer;
            }
        }
        if (!rest.isEmpty()) {
            lines.add(fit(rest, face, width));
        }
        return lines;
    }

    /** A triangle that points down at ({@code x}, {@code y}). */
    void pointer(double x, double y, int colour) {
        area(new double[] {x - 5, y - 8, x + 5, y - 8, x, y}, colour);
    }

    private Label place(String text, Face face, Align align, double x, double top) {
        double width = face.width(text);
        return new Label(text, x - align.share * width, top, width, face.height());
    }

    private void paint(Label label, Face face, int colour) {
        labels.add(label);
        graphics.setPaint(new Color(colour));
        graphics.setFont(face.font());
        graphics.drawString(label.text(), (float) label.x(), (float) (label.y() + face.size));
    }

    private void draw(java.awt.Shape shape, int colour, BasicStroke stroke) {
        graphics.setPaint(new Color(colour));
        graphics.setStroke(stroke);
        graphics.draw(shape);
    }

    private static BasicStroke dashed(double width) {
        return new BasicStroke((float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {4, 3}, 0);
    }
}
