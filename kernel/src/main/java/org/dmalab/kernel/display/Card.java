package org.dmalab.kernel.display;

import java.util.List;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;

/**
 * The frame every painted picture shares: the finding as title, the moment below it, the source at the foot.
 *
 * @param title the finding
 * @param subtitle when, and over what
 * @param source who says so
 */
record Card(String title, String subtitle, String source) {
    static final double MARGIN = 16;
    private static final double TITLE_GAP = 4;
    private static final double FOOT = 26;

    /** What is drawn between head and foot. */
    interface Body {
        /** The height it takes. */
        double height();

        /** Draws it below {@code top}. */
        void paint(Canvas canvas, double top);
    }

    Card {
        title = SafeText.line(title, 300);
        subtitle = SafeText.line(subtitle, 300);
        source = SafeText.line(source, 300);
    }

    /** The card with {@code body} on it. */
    Canvas paint(Body body) {
        List<String> titles = Canvas.wrap(title, Face.TITLE, inner(), 2);
        List<String> subtitles = subtitle.isEmpty() ? List.of() : Canvas.wrap(subtitle, Face.SUBTITLE, inner(), 2);
        double head = MARGIN
                - 4
                + titles.size() * Face.TITLE.height()
                + TITLE_GAP
                + subtitles.size() * Face.SUBTITLE.height()
                + 12;
        double foot = source.isEmpty() ? 10 : FOOT;
        Canvas canvas = new Canvas(Palette.WIDTH, (int) Math.ceil(head + body.height() + foot));

        double y = MARGIN - 4;
        for (String line : titles) {
            canvas.text(line, Face.TITLE, Palette.TEXT, Align.LEFT, MARGIN, y);
            y += Face.TITLE.height();
        }
        y += TITLE_GAP;
        for (String line : subtitles) {
            canvas.text(line, Face.SUBTITLE, Palette.FAINT_TEXT, Align.LEFT, MARGIN, y);
            y += Face.SUBTITLE.height();
        }
        body.paint(canvas, head);
        if (!source.isEmpty()) {
            canvas.text(
                    Canvas.fit("Source: " + source, Face.SMALL, inner()),
                    Face.SMALL,
                    Palette.FAINT_TEXT,
                    Align.LEFT,
                    MARGIN,
                    head + body.height() + 4);
        }
        return canvas;
    }

    /** The width between the margins. */
    static double inner() {
        return Palette.WIDTH - 2 * MARGIN;
    }
}
