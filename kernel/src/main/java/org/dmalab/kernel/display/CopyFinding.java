package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.CopyTimeline.Step;

/**
 * The sentence above a timeline of copies: the reader who saw old bytes last, since when and until when; of several the
 * last place, for a timeline's last rows are the devices that were asked for. If no reader saw any, the place that held
 * some last. Where the bytes are old because a stale dirty line was written back over the latest, that is the sentence.
 */
final class CopyFinding {
    private static final int NAME = 60;
    private static final int BYTES = 24;
    private static final String READER = " reads";

    private final CopyTimeline timeline;
    private final List<Step> steps;
    private final Excerpts excerpts;

    private CopyFinding(CopyTimeline timeline) {
        this.timeline = timeline;
        this.steps = timeline.steps();
        this.excerpts = new Excerpts(texts(timeline), BYTES);
    }

    /** Everything that a timeline says its bytes are or should be. */
    static List<String> texts(CopyTimeline timeline) {
        List<String> texts = new ArrayList<>();
        for (Step step : timeline.steps()) {
            texts.add(step.truth());
            step.copies().forEach(copy -> texts.add(copy.bytes()));
        }
        return texts;
    }

    static String of(CopyTimeline timeline) {
        return new CopyFinding(timeline).sentence();
    }

    private String sentence() {
        if (steps.isEmpty()) {
            return "No step was taken";
        }
        for (boolean reader : new boolean[] {true, false}) {
            for (int i = steps.size() - 1; i >= 0; i--) {
                for (int place = timeline.places().size() - 1; place >= 0; place--) {
                    if (isReader(place) == reader && isStale(i, place)) {
                        return stale(since(i, place), i, place);
                    }
                }
            }
        }
        return steps.size() == 1
                ? "No copy is stale after the one step"
                : "No copy is stale after any of the " + steps.size() + " steps";
    }

    /** The first of the steps up to {@code last} after all of which {@code place} is stale. */
    private int since(int last, int place) {
        int first = last;
        while (first > 0 && isStale(first - 1, place)) {
            first--;
        }
        return first;
    }

    private String stale(int from, int last, int place) {
        for (int step = last; step >= Math.max(1, from); step--) {
            Optional<String> lost = writtenBack(step);
            if (lost.isPresent()) {
                return lost.get();
            }
        }
        Step first = steps.get(from);
        String name = SafeText.line(timeline.places().get(place), NAME);
        String after = " after " + step(from);
        boolean reader = isReader(place);
        if (!reader && timeline.places().stream().anyMatch(other -> other.endsWith(READER))) {
            return "No reader sees stale bytes, but " + name + " holds some" + after;
        }
        String text = name + (reader ? " stale bytes" : " holds stale bytes") + after + ": "
                + excerpts.of(first.copies().get(place).bytes()) + " instead of " + excerpts.of(first.truth());
        boolean right = last + 1 < steps.size() && copy(last + 1, place).state() != State.ABSENT;
        return right ? text + "; right after step " + (last + 2) : text;
    }

    /** What happened if in {@code step} a stale dirty copy went to a place that had the latest bytes until then. */
    private Optional<String> writtenBack(int step) {
        String truth = steps.get(step).truth();
        if (!truth.equals(steps.get(step - 1).truth())) {
            return Optional.empty();
        }
        for (int lost = 0; lost < timeline.places().size(); lost++) {
            State before = copy(step - 1, lost).state();
            boolean hadLatest = before == State.FRESH || before == State.DIRTY;
            if (isReader(lost) || !hadLatest || !isStale(step, lost)) {
                continue;
            }
            for (int from = 0; from < timeline.places().size(); from++) {
                Copy old = copy(step - 1, from);
                boolean cleaned = copy(step, from).state() != State.STALE_DIRTY;
                if (!isReader(from)
                        && old.state() == State.STALE_DIRTY
                        && cleaned
                        && old.bytes().equals(copy(step, lost).bytes())) {
                    return Optional.of("Data lost in " + step(step) + ": a stale dirty line of "
                            + SafeText.line(timeline.places().get(from), NAME) + " was written back, "
                            + excerpts.of(old.bytes()) + " over " + excerpts.of(truth) + " ("
                            + step(written(step)) + ")");
                }
            }
        }
        return Optional.empty();
    }

    /** The step that made the truth of {@code step} what it is. */
    private int written(int step) {
        int written = step;
        while (written > 0
                && steps.get(written - 1).truth().equals(steps.get(step).truth())) {
            written--;
        }
        return written;
    }

    /** {@code step 3, line evicted}. */
    private String step(int index) {
        return "step " + (index + 1) + ", " + SafeText.line(steps.get(index).what(), NAME);
    }

    private boolean isReader(int place) {
        return timeline.places().get(place).endsWith(READER);
    }

    private Copy copy(int step, int place) {
        return steps.get(step).copies().get(place);
    }

    private boolean isStale(int step, int place) {
        return copy(step, place).state().isStale();
    }
}
