package org.dmalab.kernel.display;

import java.util.List;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.kernel.display.BreakdownView.Bar;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;

/** Draws the bars: a key of all causes, names at the left, the total behind each bar, the cause in what is wide enough. */
final class BreakdownPainter implements Card.Body {
    private static final double LEFT = Card.MARGIN + 240;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN - 76;
    private static final double KEY_ROW = 20;
    private static final double BAR = 24;
    private static final double STEP = 34;
    private static final double AXIS = 26;

    private final BreakdownView view;

    BreakdownPainter(BreakdownView view) {
        this.view = view;
    }

    @Override
    public double height() {
        return keyRows() * KEY_ROW + 8 + view.bars().size() * STEP + AXIS;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key(canvas, top);
        double upper = top + keyRows() * KEY_ROW + 8;
        double lower = upper + view.bars().size() * STEP;
        axis(canvas, upper, lower);
        for (int i = 0; i < view.bars().size(); i++) {
            bar(canvas, view.bars().get(i), upper + i * STEP + (STEP - BAR) / 2);
        }
    }

    private static double keyWidth(String cause) {
        return Face.SMALL.width(cause) + 36;
    }

    private void key(Canvas canvas, double top) {
        layKey((x, row, cause) -> {
            double y = top + row * KEY_ROW;
            canvas.fill(x, y + 2, 11, 11, view.colour(cause));
            canvas.text(view.causes().get(cause), Face.SMALL, Palette.TEXT, Align.LEFT, x + 16, y);
        });
    }

    /** Where a cause's square and name go. */
    private interface KeyPlace {
        void at(double x, int row, int cause);
    }

    private int keyRows() {
        int[] rows = new int[1];
        layKey((x, row, cause) -> rows[0] = row + 1);
        return rows[0];
    }

    private static boolean fits(Part part, double width) {
        return Face.SMALL.width(part.cause()) + 10 < width;
    }

    private void layKey(KeyPlace place) {
        double x = Card.MARGIN;
        int row = 0;
        for (int i = 0; i < view.causes().size(); i++) {
            double width = keyWidth(view.causes().get(i));
            if (x > Card.MARGIN && x + width > Palette.WIDTH - Card.MARGIN) {
                x = Card.MARGIN;
                row++;
            }
            place.at(x, row, i);
            x += width;
        }
    }

    private void axis(Canvas canvas, double upper, double lower) {
        double step = niceStep(view.longest());
        canvas.line(LEFT, upper, LEFT, lower, Palette.AXIS, 1);
        for (int i = 0; i * step <= view.longest() * 1.0001; i++) {
            double x = x(i * step);
            if (i > 0) {
                canvas.line(x, upper, x, lower, Palette.GRID, 1);
            }
            String text = i == 0 ? "0" : LatencyTable.time(i * step);
            canvas.text(text, Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, x, lower + 4);
        }
    }

    private void bar(Canvas canvas, Bar bar, double top) {
        List<String> name = Canvas.wrap(bar.attributes(), Face.LABEL, LEFT - Card.MARGIN - 10, 2);
        double nameTop = top + (BAR - name.size() * Face.LABEL.height()) / 2;
        for (String line : name) {
            canvas.text(line, Face.LABEL, Palette.TEXT, Align.RIGHT, LEFT - 10, nameTop);
            nameTop += Face.LABEL.height();
        }
        double middle = top + (BAR - Face.STRONG.height()) / 2;
        if (Double.isNaN(bar.cell().nanos())) {
            String text = Canvas.fit(LatencyFinding.why(bar.cell()), Face.LABEL, RIGHT - LEFT);
            canvas.text(text, Face.LABEL, Palette.FAINT_TEXT, Align.LEFT, LEFT + 8, middle);
            return;
        }
        double sum = 0;
        for (int i = 0; i < bar.nanos().size(); i++) {
            Part part = bar.nanos().get(i);
            double left = x(sum);
            sum += Math.max(0, part.nanos());
            double right = x(Math.min(sum, view.longest()));
            canvas.fill(left, top, Math.max(0, right - left), BAR, view.colour(i));
            if (fits(part, right - left)) {
                canvas.text(
                        part.cause(),
                        Face.SMALL,
                        Palette.textOn(view.colour(i)),
                        Align.CENTER,
                        (left + right) / 2,
                        top + (BAR - Face.SMALL.height()) / 2);
            }
        }
        double total = Math.max(sum, bar.cell().nanos());
        if (total > sum) {
            canvas.outline(x(sum), top, Math.max(1, x(total) - x(sum)), BAR, Palette.AXIS);
        }
        double end = x(Math.min(total, view.longest()));
        String time = LatencyTable.time(bar.cell().nanos());
        canvas.fill(end + 4, middle, Face.STRONG.width(time) + 4, Face.STRONG.height(), Palette.CARD);
        canvas.text(time, Face.STRONG, Palette.TEXT, Align.LEFT, end + 6, middle);
    }

    private static double niceStep(double longest) {
        double rough = longest / 5;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double nice : new double[] {1, 2, 5}) {
            if (nice * power >= rough) {
                return nice * power;
            }
        }
        return 10 * power;
    }

    private double x(double nanos) {
        return LEFT + (RIGHT - LEFT) * nanos / view.longest();
    }
}
