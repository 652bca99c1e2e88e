package org.dmalab.kernel.display;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dmalab.engine.experiment.FragmentationHistory.Measure;
import org.dmalab.engine.experiment.FragmentationHistory.Series;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;

/**
 * Draws a panel per policy, all to the same scales: its median over a band from the least to the most of all seeds, and
 * behind it, faint, the medians of the others.
 */
final class FragmentationHistoryPainter implements Card.Body {
    private static final int MOST_COLUMNS = 4;
    private static final double Y_LABELS = 42;
    private static final double GAP = 18;
    private static final double HEAD = 20;
    private static final double PLOT = 130;
    private static final double TICKS = 22;
    private static final double TITLE = 20;

    private final Measure measure;
    private final List<Series> series;
    private final int columns;
    private final int rows;
    private final double width;
    private final Scale xs;
    private final Scale ys;

    FragmentationHistoryPainter(Measure measure, List<Series> series) {
        this.measure = measure;
        this.series = series;
        rows = (series.size() + MOST_COLUMNS - 1) / MOST_COLUMNS;
        columns = (series.size() + rows - 1) / rows;
        width = (Card.inner() - Y_LABELS - GAP * (columns - 1)) / columns;
        double[] operations = series.stream()
                .flatMap(each -> each.operations().stream())
                .mapToDouble(Integer::doubleValue)
                .toArray();
        xs = new Scale(0, Math.max(1, operations[operations.length - 1]), false, Scale.Form.NUMBERS);
        double[] highs = series.stream()
                .flatMap(each -> each.high().stream())
                .mapToDouble(Double::doubleValue)
                .toArray();
        double most = Arrays.stream(highs).filter(Scale::isShown).max().orElse(0);
        ys = measure.unit().equals("%") && most > 50
                ? new Scale(0, 100, false, Scale.Form.NUMBERS)
                : Scale.of(Scale.Form.NUMBERS, new double[] {0, most}, true);
    }

    /** {@code 97 %}, {@code 0.57 %}, {@code 43 entries}. */
    static String value(double value, String unit) {
        if (!Scale.isShown(value)) {
            return "not counted";
        }
        String digits = value >= 9.95 || value == Math.rint(value) ? "%.0f" : value >= 0.995 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, digits, value) + " " + unit;
    }

    @Override
    public double height() {
        return TITLE + rows * (HEAD + PLOT + TICKS) + TITLE;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        canvas.text(
                measure.text() + ", " + measure.unit(), Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, Card.MARGIN, top);
        for (int i = 0; i < series.size(); i++) {
            int row = i / columns;
            double left = Card.MARGIN + Y_LABELS + i % columns * (width + GAP);
            panel(canvas, i, left, top + TITLE + row * (HEAD + PLOT + TICKS));
        }
        double middle = Card.MARGIN + Y_LABELS + (Card.inner() - Y_LABELS) / 2;
        canvas.text(
                "operations (allocations and frees)",
                Face.SMALL,
                Palette.FAINT_TEXT,
                Align.CENTER,
                middle,
                top + height() - TITLE + 2);
    }

    private void panel(Canvas canvas, int index, double left, double top) {
        Series own = series.get(index);
        double upper = top + HEAD;
        double base = upper + PLOT;
        String end = value(own.last(), measure.unit());
        double room = width - Face.SMALL.width(end) - 8;
        String whole = SafeText.line(own.policy(), 80);
        Face face = Face.STRONG.width(whole) <= room ? Face.STRONG : Face.STRONG_SMALL;
        canvas.text(Canvas.fitName(whole, face, room), face, Palette.TEXT, Align.LEFT, left, top);
        canvas.text(end, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, left + width, top + 1);
        for (double tick : ys.ticks(5)) {
            double y = base - PLOT * ys.share(tick);
            canvas.line(left, y, left + width, y, Palette.GRID, 1);
            if (index % columns == 0) {
                canvas.tryText(ys.text(tick), Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, left - 6, y - 7.5, 0);
            }
        }
        for (double tick : xs.ticks(2)) {
            double x = left + width * xs.share(tick);
            canvas.line(x, base, x, base + 4, Palette.AXIS, 1);
            double half = Face.SMALL.width(xs.text(tick)) / 2;
            double middle = Math.max(left + half, Math.min(left + width - half, x));
            canvas.tryText(xs.text(tick), Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, middle, base + 5, 4);
        }
        int colour = Palette.owner(0);
        band(canvas, own, left, base, Palette.mix(Palette.CARD, colour, 0.25));
        for (int other = 0; other < series.size(); other++) {
            if (other != index) {
                line(canvas, series.get(other), left, base, Palette.mix(Palette.CARD, Palette.AXIS, 0.55), 1);
            }
        }
        line(canvas, own, left, base, colour, 2);
        canvas.line(left, base, left + width, base, Palette.AXIS, 1);
        canvas.line(left, upper, left, base, Palette.AXIS, 1);
    }

    private void band(Canvas canvas, Series own, double left, double base, int colour) {
        int count = own.operations().size();
        double[] corners = new double[4 * count];
        for (int i = 0; i < count; i++) {
            if (!Scale.isShown(own.low().get(i)) || !Scale.isShown(own.high().get(i))) {
                return;
            }
            int back = 4 * count - 2 - 2 * i;
            corners[2 * i] = x(own, i, left);
            corners[2 * i + 1] = base - PLOT * ys.share(own.low().get(i));
            corners[back] = x(own, i, left);
            corners[back + 1] = base - PLOT * ys.share(own.high().get(i));
        }
        canvas.area(corners, colour);
    }

    private void line(Canvas canvas, Series drawn, double left, double base, int colour, double thickness) {
        double[] points = new double[2 * drawn.operations().size()];
        for (int i = 0; i < drawn.operations().size(); i++) {
            if (!Scale.isShown(drawn.median().get(i))) {
                return;
            }
            points[2 * i] = x(drawn, i, left);
            points[2 * i + 1] = base - PLOT * ys.share(drawn.median().get(i));
        }
        canvas.path(points, colour, thickness, false);
    }

    private double x(Series drawn, int at, double left) {
        return left + width * xs.share(drawn.operations().get(at));
    }
}
