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

/** Who holds which bytes after each step: places down, steps across; the finding is the last stale read. */
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

    /**
     * The reader who saw old bytes last, since when and until when; of several the last place, for a timeline's last rows
     * are the devices that were asked for. If no reader saw any, the place that held some last.
     */
    static String finding(CopyTimeline timeline) {
        List<Step> steps = timeline.steps();
        if (steps.isEmpty()) {
            return "No step was taken";
        }
        for (boolean reader : new boolean[] {true, false}) {
            for (int i = steps.size() - 1; i >= 0; i--) {
                for (int place = timeline.places().size() - 1; place >= 0; place--) {
                    if (isReader(timeline, place) == reader && isStale(steps.get(i), place)) {
                        return stale(timeline, since(steps, i, place), i, place);
                    }
                }
            }
        }
        return steps.size() == 1
                ? "No copy is stale after the one step"
                : "No copy is stale after any of the " + steps.size() + " steps";
    }

    /** The first of the steps up to {@code last} after all of which {@code place} is stale. */
    private static int since(List<Step> steps, int last, int place) {
        int first = last;
        while (first > 0 && isStale(steps.get(first - 1), place)) {
            first--;
        }
        return first;
    }

    private static String stale(CopyTimeline timeline, int from, int last, int place) {
        Step first = timeline.steps().get(from);
        String name = SafeText.line(timeline.places().get(place), NAME);
        String after = " after step " + (from + 1) + ", " + SafeText.line(first.what(), NAME);
        boolean reader = isReader(timeline, place);
        if (!reader && timeline.places().stream().anyMatch(other -> other.endsWith(READER))) {
            return "No reader sees stale bytes, but " + name + " holds some" + after;
        }
        StringBuilder text = new StringBuilder(name)
                .append(reader ? " stale bytes" : " holds stale bytes")
                .append(after)
                .append(": ")
                .append(SafeText.line(first.copies().get(place).bytes(), 24))
                .append(" instead of ")
                .append(SafeText.line(first.truth(), 24));
        boolean right = last + 1 < timeline.steps().size()
                && timeline.steps().get(last + 1).copies().get(place).state() != State.ABSENT;
        return right ? text.append("; right after step ").append(last + 2).toString() : text.toString();
    }

    private static boolean isReader(CopyTimeline timeline, int place) {
        return timeline.places().get(place).endsWith(READER);
    }

    private static boolean isStale(Step step, int place) {
        return step.copies().get(place).state().isStale();
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
            case DIRTY, STALE, STALE_DIRTY -> SafeText.line(copy.bytes(), 20) + " " + word(copy.state());
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
