package org.dmalab.kernel.display;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Which steps of many are shown: the first ones and the newest; those between are left out and counted.
 *
 * @param steps how many there are
 * @param first how many are shown from the start on
 * @param newest how many are shown before the end
 */
record StepFold(int steps, int first, int newest) {
    /** At most {@code most} of {@code steps}, of which {@code first} are the first ones if not all have room. */
    static StepFold of(int steps, int most, int first) {
        return steps <= most ? new StepFold(steps, steps, 0) : new StepFold(steps, first, most - first);
    }

    int leftOut() {
        return steps - first - newest;
    }

    /** The places of those shown, ascending, from 0. */
    List<Integer> shown() {
        return IntStream.range(0, steps)
                .filter(step -> step < first || step >= steps - newest)
                .boxed()
                .toList();
    }

    /** {@code 36 steps left out}; empty if none is. */
    String note() {
        return leftOut() == 0 ? "" : leftOut() == 1 ? "1 step left out" : leftOut() + " steps left out";
    }
}
