package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.IovaFold.Segment;
import org.dmalab.kernel.display.IovaStrip.Heading;

/**
 * Draws an IOVA map as strips from low to high addresses, a lane per owner: the whole window, below it the stretches
 * in use with the gaps folded away, below that the busiest stretch, each as far as the one above leaves something to see.
 */
final class IovaMapPainter implements Card.Body {
    private static final double LEFT = Card.MARGIN + 168;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN;
    private static final double STRIP_GAP = 14;

    /** The width of a strip. */
    static final double PIXELS = RIGHT - LEFT;

    private final IovaSummary summary;
    private final List<IovaStrip> strips = new ArrayList<>();

    private IovaMapPainter(IovaSummary summary, IovaFold fold) {
        this.summary = summary;
        long window = summary.map().window().bytes();
        Segment whole = new Segment(0, window);
        List<Segment> folded = fold.inUse();
        Optional<Segment> busiest = fold.busiest();

        boolean alone = folded.isEmpty() && busiest.isEmpty();
        strips.add(strip(Heading.WHOLE, List.of(whole), alone));
        if (!folded.isEmpty()) {
            strips.add(strip(Heading.IN_USE, folded, busiest.isEmpty()));
        }
        busiest.ifPresent(segment -> strips.add(strip(Heading.BUSIEST, List.of(segment), true)));
    }

    /** The picture of {@code summary}'s map. */
    static Canvas paint(IovaSummary summary, IovaFold fold) {
        Card card = new Card(summary.finding(), summary.context(), summary.map().source());
        return card.paint(new IovaMapPainter(summary, fold));
    }

    private IovaStrip strip(Heading heading, List<Segment> segments, boolean tall) {
        return new IovaStrip(summary, heading, segments, tall, LEFT, RIGHT);
    }

    @Override
    public double height() {
        return strips.stream().mapToDouble(IovaStrip::height).sum() + STRIP_GAP * (strips.size() - 1);
    }

    @Override
    public void paint(Canvas canvas, double top) {
        double y = top;
        List<Double> tops = new ArrayList<>();
        for (IovaStrip strip : strips) {
            tops.add(y);
            y += strip.height() + STRIP_GAP;
        }
        for (int i = 1; i < strips.size(); i++) {
            wedges(canvas, strips.get(i - 1), tops.get(i - 1), strips.get(i), tops.get(i));
        }
        for (int i = 0; i < strips.size(); i++) {
            strips.get(i).paint(canvas, tops.get(i));
        }
        if (summary.lanes().isEmpty()) {
            canvas.text(
                    "nothing mapped",
                    Face.LABEL,
                    Palette.FAINT_TEXT,
                    Align.LEFT,
                    Card.MARGIN,
                    tops.get(0) + strips.get(0).lanesTop());
        }
    }

    /** From each stretch in the upper strip to the same stretch drawn larger in the lower one. */
    private static void wedges(Canvas canvas, IovaStrip upper, double upperTop, IovaStrip lower, double lowerTop) {
        double from = upperTop + upper.lanesBottom();
        double to = lowerTop + lower.lanesTop();
        for (int i = 0; i < lower.segments().size(); i++) {
            Segment segment = lower.segments().get(i);
            double left = upper.x(segment.from());
            double right = Math.max(upper.x(segment.to()), left + 1);
            canvas.area(new double[] {left, from, right, from, lower.right(i), to, lower.left(i), to}, Palette.WEDGE);
        }
    }
}
