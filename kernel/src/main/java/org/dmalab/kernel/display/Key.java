package org.dmalab.kernel.display;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;

/** What the colours of a picture mean: squares with words behind them, in as many rows as they take. */
record Key(List<Item> items) {
    /** The side of a square. */
    static final double SIZE = 11;

    private static final double ROW = 20;
    private static final double BETWEEN = 20;

    /** What stands before the words. */
    interface Swatch {
        /** Draws it into the square of {@link #SIZE} below and right of the point. */
        void paint(Canvas canvas, double x, double y);
    }

    /** A square and its meaning. */
    record Item(String text, Swatch swatch) {
        Item {
            text = Canvas.fitName(SafeText.line(text, 120), Face.SMALL, Card.inner() - SIZE - BETWEEN);
        }

        /** A square of one colour. */
        static Item of(String text, int colour) {
            return new Item(text, (canvas, x, y) -> canvas.fill(x, y, SIZE, SIZE, colour));
        }

        /** The hatched square of what nobody may use. */
        static Item hatched(String text) {
            return new Item(text, (canvas, x, y) -> canvas.hatch(x, y, SIZE, SIZE));
        }

        private double width() {
            return SIZE + 5 + Face.SMALL.width(text) + BETWEEN;
        }
    }

    Key {
        items = List.copyOf(items);
    }

    double height() {
        return items.isEmpty() ? 0 : lay((x, row, item) -> {}) * ROW + 6;
    }

    void paint(Canvas canvas, double top) {
        lay((x, row, item) -> {
            double y = top + row * ROW;
            item.swatch().paint(canvas, x, y + 2);
            canvas.text(item.text(), Face.SMALL, Palette.TEXT, Align.LEFT, x + SIZE + 5, y);
        });
    }

    /** Where an item goes. */
    private interface Place {
        void at(double x, int row, Item item);
    }

    @CanIgnoreReturnValue
    private int lay(Place place) {
        double x = Card.MARGIN;
        int row = 0;
        for (Item item : items) {
            if (x > Card.MARGIN && x + item.width() - BETWEEN > Palette.WIDTH - Card.MARGIN) {
                x = Card.MARGIN;
                row++;
            }
            place.at(x, row, item);
            x += item.width();
        }
        return row + 1;
    }
}
