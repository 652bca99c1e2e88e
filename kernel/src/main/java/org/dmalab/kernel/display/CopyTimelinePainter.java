package org.dmalab.kernel.display;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.CopyTimeline.Step;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.Key.Item;

/**
 * Draws the matrix in panels of steps: the step's number, what the bytes should be, and a cell per place with its bytes
 * and its state in a word; a stale cell is hatched and framed. What the numbers stand for is listed below. Of many steps
 * the first ones and the newest are drawn.
 */
final class CopyTimelinePainter implements Card.Body {
    private static final int PANEL_STEPS = 8;
    private static final double NAMES = 130;
    private static final double HEAD = 20;
    private static final double TRUTH = 18;
    private static final double CELL = 34;
    private static final double CELL_MARGIN = 12;
    private static final double PANEL_GAP = 18;
    private static final double STEP_LINE = 16;
    private static final int STEP_LINES = 2;
    /** Height of the words between two panels that say how many steps are left out. */
    private static final double LEFT_OUT = 20;

    private final List<String> places;
    private final List<Step> steps;
    private final StepFold fold;
    private final List<List<Integer>> panels = new ArrayList<>();
    private final Excerpts excerpts;
    private final double column;
    private final Key key;

    CopyTimelinePainter(CopyTimeline timeline) {
        places = timeline.places().subList(0, CopyTimelineView.shownPlaces(timeline));
        steps = timeline.steps();
        fold = CopyTimelineView.shownSteps(timeline);
        List<Integer> shown = fold.shown();
        panels(shown.subList(0, fold.first()));
        panels(shown.subList(fold.first(), shown.size()));
        // Whole tiles of the hatch, for columns that repeat compress.
        double room = (Card.inner() - NAMES) / Math.max(1, Math.min(PANEL_STEPS, steps.size()));
        column = Math.floor(Math.min(110, room) / 6) * 6;
        excerpts = new Excerpts(CopyFinding.texts(timeline), (int) ((column - CELL_MARGIN) / Face.ADDRESS.width("0")));
        List<Item> items = new ArrayList<>();
        items.add(Item.of("fresh: the latest bytes", colour(State.FRESH)));
        items.add(Item.of("dirty: the latest, nobody behind has them yet", colour(State.DIRTY)));
        items.add(
                new Item("STALE: old bytes", (canvas, x, y) -> stale(canvas, x, y, Key.SIZE, Key.SIZE, Palette.CARD)));
        if (shown.stream()
                .map(steps::get)
                .flatMap(step -> step.copies().stream())
                .anyMatch(copy -> copy.state() == State.STALE_DIRTY)) {
            items.add(new Item(
                    "STALE, dirty: old bytes that will replace the latest",
                    (canvas, x, y) -> stale(canvas, x, y, Key.SIZE, Key.SIZE, Palette.DIRTY)));
        }
        items.add(new Item("–  absent", (canvas, x, y) -> canvas.outline(x, y, Key.SIZE, Key.SIZE, Palette.GRID)));
        key = new Key(items);
    }

    private static int colour(State state) {
        return switch (state) {
            case ABSENT -> Palette.CARD;
            case FRESH -> Palette.mix(Palette.CACHED, Palette.CARD, 0.6);
            case DIRTY -> Palette.DIRTY;
            case STALE, STALE_DIRTY -> Palette.STALE;
        };
    }

    private void panels(List<Integer> shown) {
        for (int first = 0; first < shown.size(); first += PANEL_STEPS) {
            panels.add(shown.subList(first, Math.min(shown.size(), first + PANEL_STEPS)));
        }
    }

    private double panel() {
        return HEAD + TRUTH + places.size() * CELL + PANEL_GAP;
    }

    @Override
    public double height() {
        return key.height()
                + panels.size() * panel()
                + (fold.leftOut() > 0 ? LEFT_OUT : 0)
                + legend((line, row) -> {}) * STEP_LINE
                + 4;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double y = top + key.height();
        for (List<Integer> panel : panels) {
            if (panel.get(0) == fold.first() + fold.leftOut() && fold.leftOut() > 0) {
                canvas.text(
                        "… " + fold.note() + " …",
                        Face.SMALL,
                        Palette.FAINT_TEXT,
                        Align.LEFT,
                        Card.MARGIN + NAMES,
                        y - PANEL_GAP / 2);
                y += LEFT_OUT;
            }
            panel(canvas, panel, y);
            y += panel();
        }
        double list = y;
        legend((line, row) -> {
            boolean goesOn = line.number().isEmpty();
            canvas.text(
                    line.number(), Face.STRONG, Palette.TEXT, Align.RIGHT, Card.MARGIN + 22, list + row * STEP_LINE);
            canvas.text(
                    line.text(),
                    Face.LABEL,
                    Palette.TEXT,
                    Align.LEFT,
                    Card.MARGIN + (goesOn ? 42 : 32),
                    list + row * STEP_LINE);
        });
    }

    private void panel(Canvas canvas, List<Integer> panel, double top) {
        double left = Card.MARGIN + NAMES;
        name(canvas, "after step", Face.SMALL, Palette.FAINT_TEXT, top + 2);
        name(canvas, "should be", Face.SMALL, Palette.FAINT_TEXT, top + HEAD);
        for (int place = 0; place < places.size(); place++) {
            double y = top + HEAD + TRUTH + place * CELL;
            name(canvas, SafeText.line(places.get(place), 60), Face.LABEL, Palette.TEXT, y + (CELL - 15) / 2);
        }
        for (int i = 0; i < panel.size(); i++) {
            Step step = steps.get(panel.get(i));
            double x = left + i * column;
            double middle = x + column / 2;
            canvas.text(Integer.toString(panel.get(i) + 1), Face.STRONG, Palette.TEXT, Align.CENTER, middle, top + 2);
            String truth = Canvas.fit(SafeText.line(excerpts.of(step.truth()), 60), Face.ADDRESS, column - 8);
            canvas.text(truth, Face.ADDRESS, Palette.FAINT_TEXT, Align.CENTER, middle, top + HEAD);
            for (int place = 0; place < places.size(); place++) {
                cell(canvas, step.copies().get(place), x, top + HEAD + TRUTH + place * CELL);
            }
        }
    }

    private static void name(Canvas canvas, String text, Face face, int colour, double top) {
        canvas.text(Canvas.fitName(text, face, NAMES - 10), face, colour, Align.LEFT, Card.MARGIN, top);
    }

    private void cell(Canvas canvas, Copy copy, double x, double top) {
        double width = column - 3;
        double height = CELL - 3;
        double middle = x + width / 2;
        State state = copy.state();
        if (state == State.ABSENT) {
            canvas.outline(x, top, width, height, Palette.GRID);
            canvas.text("–", Face.LABEL, Palette.FAINT_TEXT, Align.CENTER, middle, top + (height - 15) / 2);
            return;
        }
        if (state.isStale()) {
            stale(canvas, x, top, width, height, state == State.STALE ? Palette.CARD : Palette.DIRTY);
        } else {
            canvas.fill(x, top, width, height, colour(state));
        }
        Face face = state.isStale() ? Face.STRONG : Face.SMALL;
        String bytes = Canvas.fit(SafeText.line(excerpts.of(copy.bytes()), 60), Face.ADDRESS, width - 8);
        String word = Canvas.fit(CopyTimelineView.word(state), face, width - 12);
        if (state.isStale()) {
            double plate = Math.max(Face.ADDRESS.width(bytes), face.width(word)) + 8;
            canvas.fill(middle - plate / 2, top + 2, plate, height - 4, Palette.CARD);
        }
        canvas.text(bytes, Face.ADDRESS, Palette.BLACK, Align.CENTER, middle, top + 1);
        canvas.text(word, face, Palette.BLACK, Align.CENTER, middle, top + 14.5);
    }

    private static void stale(Canvas canvas, double x, double y, double width, double height, int background) {
        canvas.hatch(x, y, width, height, background, Palette.STALE);
        canvas.outline(x, y, width, height, Palette.STALE);
        canvas.outline(x + 1, y + 1, width - 2, height - 2, Palette.STALE);
    }

    /** A line of the list of steps; a step's second line has no number. */
    private record Line(String number, String text) {}

    /** Hands out the lines of the list and says how many there are. */
    @CanIgnoreReturnValue
    private int legend(ObjIntConsumer<Line> lines) {
        int row = 0;
        for (int i : fold.shown()) {
            if (i == fold.first() + fold.leftOut() && fold.leftOut() > 0) {
                lines.accept(new Line("…", fold.note()), row++);
            }
            List<String> wrapped =
                    Canvas.wrap(SafeText.line(steps.get(i).what(), 300), Face.LABEL, Card.inner() - 46, STEP_LINES);
            lines.accept(new Line(Integer.toString(i + 1), wrapped.isEmpty() ? "" : wrapped.get(0)), row++);
            if (wrapped.size() > 1) {
                lines.accept(new Line("", wrapped.get(1)), row++);
            }
        }
        return row;
    }
}
