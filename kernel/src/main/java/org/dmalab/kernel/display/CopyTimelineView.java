package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.CopyTimeline.Step;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** Who holds which bytes after each step: places down, steps across. */
final class CopyTimelineView {
    /** Steps and places that are drawn; the others are counted. More cells make no PNG that is small enough. */
    private static final int MAX_STEPS = 24;

    private static final int MAX_CELLS = 160;

    private static final int MAX_PLACES = 10;

    /** Of steps that do not all have room, so many are the first ones; the others are the newest. */
    private static final int FIRST_STEPS = 8;

    private static final int TEXT_BYTES = 20;

    private CopyTimelineView() {}

    static MimeBundle render(CopyTimeline timeline) {
        return Png.chart(() -> canvas(timeline), Map.of(), text(timeline));
    }

    /** The painted form alone. */
    static Canvas canvas(CopyTimeline timeline) {
        return card(timeline).paint(new CopyTimelinePainter(timeline));
    }

    private static Card card(CopyTimeline timeline) {
        return new Card(CopyFinding.of(timeline), context(timeline), timeline.source());
    }

    private static String context(CopyTimeline timeline) {
        StringBuilder text = new StringBuilder(SafeText.line(timeline.title(), 120));
        text.append(" · what each place has after each step");
        String leftOut = shownSteps(timeline).note();
        int places = timeline.places().size() - shownPlaces(timeline);
        if (!leftOut.isEmpty()) {
            text.append(" · ").append(leftOut);
        }
        if (places > 0) {
            text.append(" · ").append(places).append(" more places not shown");
        }
        return text.toString();
    }

    /** Which steps are drawn. */
    static StepFold shownSteps(CopyTimeline timeline) {
        int most = Math.min(MAX_STEPS, MAX_CELLS / Math.max(1, shownPlaces(timeline)));
        return StepFold.of(timeline.steps().size(), most, FIRST_STEPS);
    }

    /** How many places are drawn. */
    static int shownPlaces(CopyTimeline timeline) {
        return Math.min(MAX_PLACES, timeline.places().size());
    }

    private static String text(CopyTimeline timeline) {
        Card card = card(timeline);
        List<Header> headers = new ArrayList<>();
        for (String name : List.of("", "step", "should be")) {
            headers.add(new Header(name, name.isEmpty() ? Kind.NUMBER : Kind.TEXT));
        }
        timeline.places().forEach(place -> headers.add(new Header(place, Kind.TEXT)));
        Excerpts excerpts = new Excerpts(CopyFinding.texts(timeline), TEXT_BYTES);
        // A row is for the steps left out.
        StepFold fold = StepFold.of(timeline.steps().size(), Grid.ROWS - 1, FIRST_STEPS);
        List<List<String>> rows = new ArrayList<>();
        for (int index : fold.shown()) {
            if (index == fold.first() + fold.leftOut() && fold.leftOut() > 0) {
                rows.add(leftOut(fold, headers.size()));
            }
            Step step = timeline.steps().get(index);
            List<String> row =
                    new ArrayList<>(List.of(Integer.toString(index + 1), step.what(), excerpts.of(step.truth())));
            step.copies().forEach(copy -> row.add(cell(copy, excerpts)));
            rows.add(row);
        }
        return card.title() + "\n" + card.subtitle() + "\n" + new Grid("", headers, rows, rows.size()).text()
                + "\nSource: " + card.source();
    }

    private static List<String> leftOut(StepFold fold, int columns) {
        List<String> row = new ArrayList<>(List.of("…", fold.note()));
        while (row.size() < columns) {
            row.add("");
        }
        return row;
    }

    private static String cell(Copy copy, Excerpts excerpts) {
        return switch (copy.state()) {
            case ABSENT -> "-";
            case FRESH -> excerpts.of(copy.bytes());
            case DIRTY, STALE, STALE_DIRTY -> excerpts.of(copy.bytes()) + " " + word(copy.state());
        };
    }

    /** The state in a word; stale is loud. */
    static String word(State state) {
        return switch (state) {
            case STALE -> "STALE";
            case STALE_DIRTY -> "STALE, dirty";
            case ABSENT, FRESH, DIRTY -> state.name().toLowerCase(Locale.ROOT);
        };
    }
}
