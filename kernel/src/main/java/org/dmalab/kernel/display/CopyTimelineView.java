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

/** Who holds which bytes after each step: places down, steps across; the finding is the first stale read. */
final class CopyTimelineView {
    /** Steps and places that are drawn; the rest is a number. More cells make no PNG that is small enough. */
    private static final int MAX_STEPS = 24;

    private static final int MAX_CELLS = 160;

    private static final int MAX_PLACES = 10;

    private static final int NAME = 60;
    private static final String READER = " reads";

    private CopyTimelineView() {}

    static MimeBundle render(CopyTimeline timeline) {
        return Png.chart(() -> canvas(timeline), Map.of(), text(timeline));
    }

    /** The painted form alone. */
    static Canvas canvas(CopyTimeline timeline) {
        return card(timeline).paint(new CopyTimelinePainter(timeline));
    }

    private static Card card(CopyTimeline timeline) {
        return new Card(finding(timeline), context(timeline), timeline.source());
    }

    /** The first step after which a reader sees old bytes, and until when; failing that, the first old copy. */
    static String finding(CopyTimeline timeline) {
        List<Step> steps = timeline.steps();
        if (steps.isEmpty()) {
            return "No step was taken";
        }
        for (boolean reader : new boolean[] {true, false}) {
            for (int i = 0; i < steps.size(); i++) {
                for (int place = 0; place < timeline.places().size(); place++) {
                    if (isReader(timeline, place) == reader && isStale(steps.get(i), place)) {
                        return stale(timeline, i, place);
                    }
                }
            }
        }
        return steps.size() == 1
                ? "No copy is stale after the one step"
                : "No copy is stale after any of the " + steps.size() + " steps";
    }

    private static String stale(CopyTimeline timeline, int step, int place) {
        Step first = timeline.steps().get(step);
        String name = SafeText.line(timeline.places().get(place), NAME);
        Copy copy = first.copies().get(place);
        String after = " after step " + (step + 1) + ", " + SafeText.line(first.what(), NAME);
        boolean reader = isReader(timeline, place);
        if (!reader && timeline.places().stream().anyMatch(other -> other.endsWith(READER))) {
            return "No reader sees stale bytes, but " + name + " holds some" + after;
        }
        StringBuilder text = new StringBuilder(name)
                .append(reader ? " stale bytes" : " holds stale bytes")
                .append(after)
                .append(": ")
                .append(SafeText.line(copy.bytes(), 24))
                .append(" instead of ")
                .append(SafeText.line(first.truth(), 24));
        for (int later = step + 1; later < timeline.steps().size(); later++) {
            Step next = timeline.steps().get(later);
            State state = next.copies().get(place).state();
            if (state == State.FRESH || state == State.DIRTY) {
                return text.append("; right after step ").append(later + 1).toString();
            }
        }
        return text.toString();
    }

    private static boolean isReader(CopyTimeline timeline, int place) {
        return timeline.places().get(place).endsWith(READER);
    }

    private static boolean isStale(Step step, int place) {
        return step.copies().get(place).state() == State.STALE;
    }

    private static String context(CopyTimeline timeline) {
        StringBuilder text = new StringBuilder(SafeText.line(timeline.title(), 120));
        text.append(" · what each place has after each step");
        int steps = timeline.steps().size() - shownSteps(timeline);
        int places = timeline.places().size() - shownPlaces(timeline);
        if (steps > 0) {
            text.append(" · ").append(steps).append(" more steps not shown");
        }
        if (places > 0) {
            text.append(" · ").append(places).append(" more places not shown");
        }
        return text.toString();
    }

    /** How many steps are drawn. */
    static int shownSteps(CopyTimeline timeline) {
        int most = Math.min(MAX_STEPS, MAX_CELLS / Math.max(1, shownPlaces(timeline)));
        return Math.min(most, timeline.steps().size());
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
        List<List<String>> rows = new ArrayList<>();
        for (Step step : timeline.steps()) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(rows.size() + 1), step.what(), step.truth()));
            step.copies().forEach(copy -> row.add(cell(copy)));
            rows.add(row);
        }
        return card.title() + "\n" + card.subtitle() + "\n" + new Grid("", headers, rows, rows.size()).text()
                + "\nSource: " + card.source();
    }

    private static String cell(Copy copy) {
        return switch (copy.state()) {
            case ABSENT -> "-";
            case FRESH -> SafeText.line(copy.bytes(), 20);
            case DIRTY, STALE -> SafeText.line(copy.bytes(), 20) + " " + word(copy.state());
        };
    }

    /** The state in a word; stale is loud. */
    static String word(State state) {
        return state == State.STALE ? "STALE" : state.name().toLowerCase(Locale.ROOT);
    }
}
