package org.dmalab.engine.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A sequence of random operations that is a function of its seed. As every step checks everything, the operations done
 * when one fails are the shortest failing prefix.
 */
public final class RandomOperations {
    private static final int MOST_LINES = 200;

    /** One operation, done to the real thing and to the model, and the comparison of the two. */
    @FunctionalInterface
    public interface Step {
        /** Draws an operation, logs it before doing it, does it, and throws if the two disagree. */
        void run(SplittableRandom random, Consumer<String> log);
    }

    private RandomOperations() {}

    /**
     * Runs {@code steps} operations from {@code seed}, or from {@code -Ddmalab.seed} if that is given.
     *
     * @param test whose operations, for the line that reruns them
     */
    public static void run(Class<?> test, long seed, int steps, Step step) {
        long start = Long.decode(System.getProperty("dmalab.seed", Long.toString(seed)));
        SplittableRandom random = new SplittableRandom(start);
        List<String> log = new ArrayList<>();
        for (int i = 1; i <= steps; i++) {
            try {
                step.run(random, log::add);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(report(test, start, i, steps, log, e), e);
            }
        }
    }

    private static String report(Class<?> test, long seed, int step, int steps, List<String> log, Throwable cause) {
        int shown = Math.min(MOST_LINES, log.size());
        String last = log.isEmpty() ? "nothing done" : log.get(log.size() - 1);
        return "step " + step + " of " + steps + ": " + last + ": " + cause.getMessage()
                + "\nrerun: ./mvnw -pl engine test -Dtest=" + test.getSimpleName() + " -Ddmalab.seed=" + seed
                + "\nthe last " + shown + " of " + log.size() + " operations:\n"
                + String.join("\n", log.subList(log.size() - shown, log.size()));
    }
}
