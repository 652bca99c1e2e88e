package org.dmalab.engine.dma;

import java.util.List;

/**
 * The copies of a few bytes, step by step: what each cache, RAM and each reader had after each step of an experiment.
 *
 * @param title what was watched
 * @param places the rows, from the CPU outwards: {@code CPU0 reads}, {@code L1 of CPU0}, {@code L2}, {@code RAM}, {@code fimc0 reads}
 * @param steps the columns
 * @param source the model, board and era: printed under every picture
 */
public record CopyTimeline(String title, List<String> places, List<Step> steps, String source) {
    /** How a copy stands to the truth. */
    public enum State {
        /** The place does not hold the bytes. */
        ABSENT,
        /** The bytes are the latest. */
        FRESH,
        /** The bytes are the latest and wait to be written on: no level behind has them yet. */
        DIRTY,
        /** The bytes are old. */
        STALE,
        /** The bytes are old and wait to be written on: they will replace the latest in the level behind. */
        STALE_DIRTY;

        /** Whether the bytes are old. */
        public boolean isStale() {
            return this == STALE || this == STALE_DIRTY;
        }
    }

    /**
     * What one place had.
     *
     * @param bytes the bytes as short text: printable ASCII as it is, everything else in hex; empty if absent
     */
    public record Copy(State state, String bytes) {}

    /**
     * One moment.
     *
     * @param what was done just before, in a few words: {@code camera writes}
     * @param truth what the bytes should be
     * @param copies one per place, in their order
     */
    public record Step(String what, String truth, List<Copy> copies) {
        public Step {
            copies = List.copyOf(copies);
        }
    }

    public CopyTimeline {
        places = List.copyOf(places);
        steps = List.copyOf(steps);
        for (Step step : steps) {
            if (step.copies().size() != places.size()) {
                throw new IllegalArgumentException("step must have a copy for each of the " + places.size()
                        + " places: " + step.what() + " has " + step.copies().size());
            }
        }
    }

    /** {@code the first line of the frame: 4 steps, stale in 2}. */
    @Override
    public String toString() {
        long stale = steps.stream()
                .filter(step ->
                        step.copies().stream().anyMatch(copy -> copy.state().isStale()))
                .count();
        return title + ": " + steps.size() + (steps.size() == 1 ? " step, stale in " : " steps, stale in ") + stale;
    }
}
