package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.Key.Item;
import org.dmalab.kernel.display.Scale.Form;

/** Draws lines over a numeric axis; each series has a colour and a shape of its own. */
final class LineChart implements Card.Body {
    private static final double PLOT = 300;
    private static final double HEAD = 22;
    private static final double FOOT = 42;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN - 20;
    private static final int SHAPES_PER_LINE = 24;

    private final String xTitle;
    private final String yTitle;
    private final List<Series> series;
    private final List<Point> points;
    private final Scale xs;
    private final Scale ys;
    private final Key key;
    private double left;
    private double base;

    /** A line's points, in the order in which they are joined; NaN breaks it. */
    static final class Series {
        private final String name;
        private final double[] x;
        private final double[] y;

        Series(String name, double[] x, double[] y) {
            this.name = name;
            this.x = x;
            this.y = y;
        }
    }

    /** A point that is named. */
    record Point(String name, double x, double y) {}

    /** Lines over values of the form {@code xs}; the vertical axis goes by its title. */
    LineChart(String xTitle, Form xs, String yTitle, List<Series> series) {
        this(xTitle, xs, yTitle, series, List.of(), yScale(yTitle, series));
    }

    LineChart(String xTitle, Form xForm, String yTitle, List<Series> series, List<Point> points, Scale ys) {
        this.xTitle = xTitle;
        this.yTitle = yTitle;
        this.series = series;
        this.points = points;
        xs = Scale.of(xForm, all(series, true), false);
        this.ys = ys;
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < series.size() && series.size() > 1; i++) {
            int index = i;
            items.add(new Item(series.get(i).name, (canvas, x, y) -> {
                canvas.line(x - 2, y + 5.5, x + 13, y + 5.5, Palette.owner(index), 2);
                shape(canvas, index, x + 5.5, y + 5.5);
            }));
        }
        key = new Key(items);
    }

    private static Scale yScale(String title, List<Series> series) {
        double[] values = all(series, false);
        boolean log = Scale.of(title, values, false).log();
        return Scale.of(title, values, !log);
    }

    private static double[] all(List<Series> series, boolean x) {
        return series.stream()
                .flatMapToDouble(each -> DoubleStream.of(x ? each.x : each.y))
                .toArray();
    }

    @Override
    public double height() {
        return key.height() + HEAD + PLOT + FOOT;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double upper = top + key.height() + HEAD;
        base = upper + PLOT;
        double widest = 0;
        for (double tick : ys.ticks(6)) {
            widest = Math.max(widest, Face.SMALL.width(ys.text(tick)));
        }
        left = Card.MARGIN + widest + 8;
        String title = Canvas.fit(ys.title(yTitle), Face.SMALL, Card.inner());
        canvas.text(title, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, Card.MARGIN, upper - HEAD);
        axes(canvas, upper);
        for (int i = 0; i < series.size(); i++) {
            line(canvas, series.get(i), i);
        }
        for (Point point : points) {
            name(canvas, point);
        }
    }

    private void axes(Canvas canvas, double upper) {
        for (double tick : ys.ticks(6)) {
            double y = y(tick);
            canvas.line(left, y, RIGHT, y, Palette.GRID, 1);
            canvas.tryText(ys.text(tick), Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, left - 6, y - 7.5, 0);
        }
        for (double tick : xs.ticks(8)) {
            double x = x(tick);
            canvas.line(x, upper, x, base, Palette.GRID, 1);
            double half = Face.SMALL.width(xs.text(tick)) / 2;
            double middle = Math.max(Card.MARGIN + half, Math.min(Palette.WIDTH - 4 - half, x));
            canvas.tryText(xs.text(tick), Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, middle, base + 9, 6);
        }
        canvas.line(left, base, RIGHT, base, Palette.AXIS, 1);
        canvas.line(left, upper, left, base, Palette.AXIS, 1);
        String title = Canvas.fit(xs.title(xTitle), Face.SMALL, RIGHT - left);
        canvas.text(title, Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, (left + RIGHT) / 2, base + 25);
    }

    private void line(Canvas canvas, Series line, int index) {
        int colour = Palette.owner(index);
        double[] path = new double[2 * line.x.length];
        int length = 0;
        for (int i = 0; i <= line.x.length; i++) {
            boolean shown = i < line.x.length && isShown(line.x[i], line.y[i]);
            if (shown) {
                path[length++] = x(line.x[i]);
                path[length++] = y(line.y[i]);
            } else {
                if (length > 2) {
                    canvas.path(thinned(path, length), colour, 2, false);
                } else if (length == 2) {
                    canvas.dot(path[0], path[1], 3, colour);
                }
                length = 0;
            }
        }
        int stride = Math.max(1, line.x.length / SHAPES_PER_LINE);
        for (int i = 0; i < line.x.length && points.isEmpty(); i += stride) {
            if (isShown(line.x[i], line.y[i])) {
                shape(canvas, index, x(line.x[i]), y(line.y[i]));
            }
        }
    }

    private boolean isShown(double x, double y) {
        return Scale.isShown(x) && Scale.isShown(y) && !(xs.log() && x <= 0) && !(ys.log() && y <= 0);
    }

    /** The points without those that lie within half a device pixel of the one kept before. */
    private static double[] thinned(double[] path, int length) {
        double[] kept = new double[length];
        int next = 0;
        double near = 0.5 / Palette.SCALE;
        for (int i = 0; i < length; i += 2) {
            boolean apart = next == 0
                    || i == length - 2
                    || Math.abs(path[i] - kept[next - 2]) > near
                    || Math.abs(path[i + 1] - kept[next - 1]) > near;
            if (apart) {
                kept[next++] = path[i];
                kept[next++] = path[i + 1];
            }
        }
        return Arrays.copyOf(kept, next);
    }

    private void name(Canvas canvas, Point point) {
        double x = x(point.x());
        double y = y(point.y());
        canvas.dashes(x, y, x, base, Palette.AXIS, 1);
        canvas.dot(x, y, 4, Palette.TEXT);
        String text = point.name();
        double width = Face.STRONG.width(text);
        double start = x + 8 + width <= RIGHT ? x + 8 : x - 8 - width;
        for (double top : new double[] {y + 4, y - 18, y + 20, y + 36, y + 52}) {
            if (top + 16 < base && canvas.tryText(text, Face.STRONG, Palette.TEXT, Align.LEFT, start, top, 2)) {
                return;
            }
        }
    }

    private static void shape(Canvas canvas, int index, double x, double y) {
        int colour = Palette.owner(index);
        switch (index % 4) {
            case 0 -> canvas.dot(x, y, 3.5, colour);
            case 1 -> canvas.fill(x - 3.2, y - 3.2, 6.4, 6.4, colour);
            case 2 -> canvas.area(new double[] {x - 4, y + 3.5, x + 4, y + 3.5, x, y - 4}, colour);
            default -> canvas.area(new double[] {x - 4.5, y, x, y - 4.5, x + 4.5, y, x, y + 4.5}, colour);
        }
    }

    private double x(double value) {
        return left + (RIGHT - left) * xs.share(value);
    }

    private double y(double value) {
        return base - PLOT * ys.share(value);
    }
}
