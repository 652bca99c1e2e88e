package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.IovaFold.Segment;
import org.dmalab.kernel.display.IovaSummary.Lane;

/** One strip of an IOVA map: stretches of addresses side by side, lanes one below the other, and a hex axis. */
final class IovaStrip {
    private static final double HEADING = 17;
    private static final double MARK_ROW = 24;
    private static final double AXIS_GAP = 5;
    private static final double RECTANGLE_PIXELS = 3;
    private static final double LEAST_PIXELS = 1.5;

    /** What the strip shows. */
    enum Heading {
        WHOLE("whole window"),
        IN_USE("in use"),
        BUSIEST("busiest stretch");

        private final String text;

        Heading(String text) {
            this.text = text;
        }
    }

    private final IovaSummary summary;
    private final Heading heading;
    private final List<Segment> segments;
    private final double[] lefts;
    private final double[] rights;
    private final double laneHeight;
    private final boolean named;
    private final boolean marked;

    /**
     * A strip between {@code left} and {@code right}.
     *
     * @param tall whether the lanes are high enough for their names
     */
    IovaStrip(IovaSummary summary, Heading heading, List<Segment> segments, boolean tall, double left, double right) {
        this.summary = summary;
        this.heading = heading;
        this.segments = segments;
        int lanes = Math.max(1, summary.lanes().size());
        named = tall;
        laneHeight = tall ? (lanes == 1 ? 42 : lanes <= 5 ? 32 : 22) : Math.max(7, 30.0 / lanes);
        marked = segments.stream().anyMatch(segment -> contains(segment, summary))
                || (heading == Heading.WHOLE && summary.map().mark().isPresent());
        lefts = new double[segments.size()];
        rights = new double[segments.size()];
        place(left, right);
    }

    private static boolean contains(Segment segment, IovaSummary summary) {
        return summary.markOffset().stream().anyMatch(segment::contains);
    }

    /** Widths grow with the square root of the size, so that a page beside a gigabyte is still seen. */
    private void place(double left, double right) {
        double least = IovaFold.leastPixels(summary);
        double room = right - left - IovaFold.FOLD_PIXELS * (segments.size() - 1) - least * segments.size();
        double sum = 0;
        for (Segment segment : segments) {
            sum += Math.sqrt((double) segment.bytes());
        }
        double x = left;
        for (int i = 0; i < segments.size(); i++) {
            lefts[i] = x;
            rights[i] = x + least + room * Math.sqrt((double) segments.get(i).bytes()) / sum;
            x = rights[i] + IovaFold.FOLD_PIXELS;
        }
    }

    List<Segment> segments() {
        return segments;
    }

    double left(int segment) {
        return lefts[segment];
    }

    double right(int segment) {
        return rights[segment];
    }

    /** The distance of the lanes' upper edge from the strip's top. */
    double lanesTop() {
        return HEADING + (marked ? MARK_ROW : 0);
    }

    /** The distance of the lanes' lower edge from the strip's top. */
    double lanesBottom() {
        return lanesTop() + laneHeight * Math.max(1, summary.lanes().size());
    }

    double height() {
        return lanesBottom() + AXIS_GAP + 2 * Face.ADDRESS.height();
    }

    /** Where {@code offset} lies; an offset folded away lies at the edge of the stretch before it. */
    double x(long offset) {
        double x = lefts[0];
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (offset >= segment.from()) {
                double share = (double) (Math.min(offset, segment.to()) - segment.from()) / segment.bytes();
                x = lefts[i] + share * (rights[i] - lefts[i]);
            }
        }
        return x;
    }

    void paint(Canvas canvas, double top) {
        double upper = top + lanesTop();
        double lower = top + lanesBottom();
        canvas.text(heading(), Face.LABEL, Palette.FAINT_TEXT, Align.LEFT, lefts[0], top);
        for (int i = 0; i < segments.size(); i++) {
            canvas.fill(lefts[i], upper, rights[i] - lefts[i], lower - upper, Palette.FREE);
            canvas.outline(lefts[i], upper, rights[i] - lefts[i], lower - upper, Palette.AXIS);
            for (Entry entry : summary.reserved()) {
                hatch(canvas, i, entry, upper, lower);
            }
        }
        for (Lane lane : summary.lanes()) {
            double laneTop = upper + lane.index() * laneHeight;
            for (int i = 0; i < segments.size(); i++) {
                lane(canvas, i, lane, laneTop);
                if (named && lane.index() > 0) {
                    canvas.line(lefts[i], laneTop, rights[i], laneTop, Palette.CARD, 1);
                }
            }
        }
        mark(canvas, top, upper, lower);
        for (int i = 0; i < segments.size(); i++) {
            new HexAxis(summary.map().window(), segments.get(i), lefts[i], rights[i]).paint(canvas, lower, AXIS_GAP);
            if (i > 0) {
                fold(canvas, i, upper, lower);
            }
        }
        if (named) {
            summary.lanes().forEach(lane -> name(canvas, lane, upper + lane.index() * laneHeight));
        }
        hole(canvas, upper, lower);
    }

    /** What the strip shows, and how much of that is in use where it is not the whole window. */
    private String heading() {
        if (segments.size() > 1) {
            return heading.text + ", " + segments.size() + " stretches, each to its own scale";
        }
        Segment only = segments.get(0);
        String size = Bytes.text(only.bytes());
        return switch (heading) {
            case WHOLE -> heading.text + ", " + size;
            case IN_USE -> heading.text + ", " + Bytes.text(summary.usedBytes(only)) + " of the " + size + " shown";
            case BUSIEST ->
                heading.text + ", " + Bytes.text(summary.usedBytes(only)) + " in use of the " + size + " shown";
        };
    }

    private void hatch(Canvas canvas, int index, Entry entry, double upper, double lower) {
        Segment segment = segments.get(index);
        long from = Math.max(summary.from(entry.range()), segment.from());
        long to = Math.min(summary.to(entry.range()), segment.to());
        if (from >= to) {
            return;
        }
        double left = in(index, from);
        canvas.hatch(left, upper, Math.max(1, in(index, to) - left), lower - upper);
    }

    /**
     * The lane's mappings: a rectangle for each that is wide enough, the others as columns one device pixel wide, darker
     * the more of the column they cover.
     */
    private void lane(Canvas canvas, int index, Lane lane, double top) {
        Segment segment = segments.get(index);
        double pixel = 1.0 / Palette.SCALE;
        int columns = (int) Math.ceil((rights[index] - lefts[index]) / pixel);
        double[] covered = new double[columns];
        List<Entry> wide = new ArrayList<>();
        for (Entry entry : lane.entries()) {
            long from = Math.max(summary.from(entry.range()), segment.from());
            long to = Math.min(summary.to(entry.range()), segment.to());
            if (from >= to) {
                continue;
            }
            double left = (in(index, from) - lefts[index]) / pixel;
            double right = (in(index, to) - lefts[index]) / pixel;
            if ((right - left) * pixel >= RECTANGLE_PIXELS) {
                wide.add(entry);
                continue;
            }
            int last = Math.min(columns - 1, (int) right);
            for (int column = Math.min(columns - 1, (int) left); column <= last; column++) {
                covered[column] += Math.max(0.01, Math.min(right, column + 1) - Math.max(left, column));
            }
        }
        double height = laneHeight - 1;
        for (int column = 0; column < columns; column++) {
            if (covered[column] > 0) {
                double strength = 0.45 + 0.55 * Math.min(1, covered[column]);
                boolean alone = covered[column] < 0.2;
                double left = Math.min(lefts[index] + column * pixel, rights[index] - LEAST_PIXELS);
                int colour = Palette.mix(Palette.FREE, lane.colour(), strength);
                canvas.fill(left, top, alone ? LEAST_PIXELS : pixel, height, alone ? lane.colour() : colour);
            }
        }
        for (Entry entry : wide) {
            rectangle(canvas, index, lane, entry, top, height);
        }
    }

    private void rectangle(Canvas canvas, int index, Lane lane, Entry entry, double top, double height) {
        Segment segment = segments.get(index);
        double left = in(index, Math.max(summary.from(entry.range()), segment.from()));
        double right = in(index, Math.min(summary.to(entry.range()), segment.to()));
        canvas.fill(left, top, right - left, height, lane.colour());
        canvas.line(right, top, right, top + height, Palette.CARD, 0.75);
        canvas.line(left, top, left, top + height, Palette.CARD, 0.75);
        if (height < Face.SMALL.height()) {
            return;
        }
        String size = Bytes.text(entry.range().bytes());
        String full = SafeText.line(entry.label(), 40) + " " + size;
        double middle = top + (height - Face.SMALL.height()) / 2;
        for (String text : List.of(full, size)) {
            boolean fits = Face.SMALL.width(text) + 8 <= right - left;
            if (fits
                    && canvas.tryText(
                            text,
                            Face.SMALL,
                            Palette.textOn(lane.colour()),
                            Align.CENTER,
                            (left + right) / 2,
                            middle,
                            0)) {
                return;
            }
        }
    }

    private void name(Canvas canvas, Lane lane, double top) {
        double left = Card.MARGIN + 14;
        double right = lefts[0] - 10;
        String size = lane.entries().size() + " · " + Bytes.text(lane.bytes());
        boolean twoLines = laneHeight >= 32;
        double first = top + (laneHeight - Face.STRONG.height()) / 2 - (twoLines ? 7 : 0);
        String name = Canvas.fitName(lane.name(), Face.STRONG, right - left);
        canvas.fill(Card.MARGIN, first + 3, 9, 9, lane.colour());
        canvas.text(name, Face.STRONG, Palette.TEXT, Align.LEFT, left, first);
        if (twoLines) {
            canvas.text(size, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, left, first + 15);
        } else {
            canvas.tryText(size, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, right, first + 1, 6);
        }
    }

    /** The pointer at the marked address, with the address above it; at the edge if it lies outside the window. */
    private void mark(Canvas canvas, double top, double upper, double lower) {
        if (!marked) {
            return;
        }
        long address = summary.map().mark().getAsLong();
        String hex = org.dmalab.engine.base.Addresses.hex(address);
        double x;
        if (summary.markOffset().isPresent()) {
            x = x(summary.markOffset().getAsLong());
        } else {
            boolean below =
                    Long.compareUnsigned(address, summary.map().window().start().value()) < 0;
            x = below ? lefts[0] : rights[rights.length - 1];
            hex = below ? "◀ " + hex : hex + " ▶";
        }
        double half = Face.STRONG_ADDRESS.width(hex) / 2;
        double middle = Math.max(lefts[0] + half, Math.min(rights[rights.length - 1] - half, x));
        canvas.dashes(x, upper, x, lower, Palette.FAULT, 1.5);
        canvas.pointer(x, upper, Palette.FAULT);
        canvas.text(hex, Face.STRONG_ADDRESS, Palette.FAULT, Align.CENTER, middle, top + HEADING - 1);
    }

    /** The break between two stretches. */
    private void fold(Canvas canvas, int index, double upper, double lower) {
        double left = rights[index - 1];
        double right = lefts[index];
        double centre = (left + right) / 2;
        double middle = (upper + lower) / 2;
        long bytes = segments.get(index).from() - segments.get(index - 1).to();
        canvas.text(Bytes.text(bytes), Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, centre, middle - 14);
        canvas.text("folded", Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, centre, middle);
        for (double edge : new double[] {left + 4, right - 4}) {
            canvas.line(edge - 3, lower + 4, edge + 1, lower - 4, Palette.AXIS, 1);
            canvas.line(edge - 1, lower + 4, edge + 3, lower - 4, Palette.AXIS, 1);
        }
    }

    /** Says how large the largest hole is, where it is wide enough to be written into. */
    private void hole(Canvas canvas, double upper, double lower) {
        AddrRange<DmaAddr> hole = summary.largestHole();
        if (hole == null || summary.mapped() == 0 || heading != Heading.WHOLE) {
            return;
        }
        String text = "largest hole " + Bytes.text(hole.bytes());
        double left = x(summary.from(hole));
        double right = x(summary.to(hole));
        if (right - left > Face.LABEL.width(text) + 12) {
            double middle = (upper + lower - Face.LABEL.height()) / 2;
            canvas.tryText(text, Face.LABEL, Palette.FAINT_TEXT, Align.CENTER, (left + right) / 2, middle, 0);
        }
    }

    private double in(int index, long offset) {
        Segment segment = segments.get(index);
        return lefts[index] + (double) (offset - segment.from()) / segment.bytes() * (rights[index] - lefts[index]);
    }
}
