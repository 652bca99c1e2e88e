package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.Key.Item;

/** Draws horizontal bars from one baseline, in groups if there are several columns, the value behind each bar. */
final class BarChart implements Card.Body {
    /** Rows that are drawn. */
    static final int MAX_ROWS = 40;

    private static final double NAMES = 200;
    private static final double VALUE = 76;
    private static final double BAR = 18;
    private static final double THIN_BAR = 15;
    private static final double BETWEEN = 10;
    private static final double HEAD = 18;
    private static final double FOOT = 40;
    private static final double LEFT = Card.MARGIN + NAMES;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN - VALUE;

    private final String label;
    private final List<String> names;
    private final List<Bars> series;
    private final Scale scale;
    private final String axis;
    private final Key key;

    /** A column of values, one per name. */
    static final class Bars {
        private final String name;
        private final double[] values;

        Bars(String name, double[] values) {
            this.name = name;
            this.values = values;
        }
    }

    BarChart(String label, String title, List<String> names, List<Bars> series) {
        this.label = label;
        this.names = names;
        this.series = series;
        double[] all = series.stream()
                .flatMapToDouble(bars -> DoubleStream.of(bars.values))
                .toArray();
        scale = Scale.of(title, all, true);
        axis = scale.title(title);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < series.size() && series.size() > 1; i++) {
            items.add(Item.of(series.get(i).name, Palette.owner(i)));
        }
        key = new Key(items);
    }

    private double bar() {
        return series.size() == 1 ? BAR : THIN_BAR;
    }

    private double group() {
        return series.size() * bar() + BETWEEN;
    }

    @Override
    public double height() {
        return key.height() + HEAD + names.size() * group() + FOOT;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double upper = top + key.height() + HEAD;
        double lower = upper + names.size() * group();
        canvas.text(
                Canvas.fit(label, Face.SMALL, NAMES - 10),
                Face.SMALL,
                Palette.FAINT_TEXT,
                Align.RIGHT,
                LEFT - 10,
                upper - HEAD);
        grid(canvas, upper, lower);
        for (int row = 0; row < names.size(); row++) {
            group(canvas, row, upper + row * group() + BETWEEN / 2);
        }
        canvas.line(x(0), upper, x(0), lower, Palette.AXIS, 1);
    }

    private void grid(Canvas canvas, double upper, double lower) {
        for (double tick : scale.ticks(6)) {
            canvas.line(x(tick), upper, x(tick), lower, Palette.GRID, 1);
            canvas.tryText(scale.text(tick), Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, x(tick), lower + 4, 4);
        }
        String title = Canvas.fit(axis, Face.SMALL, RIGHT - LEFT);
        canvas.text(title, Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, (LEFT + RIGHT) / 2, lower + 20);
    }

    private void group(Canvas canvas, int row, double top) {
        double middle = top + series.size() * bar() / 2;
        List<String> lines = Canvas.wrap(names.get(row), Face.LABEL, NAMES - 10, group() >= 30 ? 2 : 1);
        double y = middle - lines.size() * Face.LABEL.height() / 2;
        for (String line : lines) {
            canvas.text(line, Face.LABEL, Palette.TEXT, Align.RIGHT, LEFT - 10, y);
            y += Face.LABEL.height();
        }
        for (int i = 0; i < series.size(); i++) {
            double value = series.get(i).values[row];
            double barTop = top + i * bar();
            String text = "–";
            double end = x(0);
            if (Scale.isShown(value)) {
                end = Math.max(x(0), x(value));
                canvas.fill(
                        Math.min(x(0), x(value)), barTop + 1, Math.abs(x(value) - x(0)), bar() - 2, Palette.owner(i));
                text = scale.bytes() ? scale.text(value) : Tables.number(value);
            }
            double textTop = barTop + (bar() - Face.SMALL.height()) / 2;
            String shown = Canvas.fit(text, Face.SMALL, VALUE);
            canvas.fill(end + 2, textTop, Face.SMALL.width(shown) + 6, Face.SMALL.height(), Palette.CARD);
            canvas.text(shown, Face.SMALL, Palette.TEXT, Align.LEFT, end + 5, textTop);
        }
    }

    private double x(double value) {
        return LEFT + (RIGHT - LEFT) * scale.share(value);
    }
}
