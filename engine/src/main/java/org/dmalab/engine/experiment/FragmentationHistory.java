package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.dmalab.engine.base.Bytes;

/**
 * How windows of DMA addresses filled and crumbled under different policies, each with several seeds.
 *
 * @param title what was done
 * @param runs sampled at the same operations
 * @param measure what the picture shows
 */
public record FragmentationHistory(String title, List<Run> runs, Measure measure) {
    /**
     * A policy with one seed.
     *
     * @param samples ascending
     */
    public record Run(String policy, long seed, List<Sample> samples) {
        public Run {
            samples = List.copyOf(samples);
        }
    }

    /**
     * A moment.
     *
     * @param operation how many calls were made before
     * @param ranges how many ranges their owners hold
     * @param usedBytes what they asked for
     * @param windowBytes the whole window
     * @param freeBytes what the allocator could still give
     * @param largestHole in how long a range at most
     * @param requests how many ranges were asked for so far
     * @param refused how many of them were not given
     * @param searched how many entries the allocator looked at, per request; NaN if it does not count them
     */
    public record Sample(
            int operation,
            int ranges,
            long usedBytes,
            long windowBytes,
            long freeBytes,
            long largestHole,
            int requests,
            int refused,
            double searched) {}

    /** What can be read off a sample. */
    public enum Measure {
        /** {@code 1 - largest hole / free}. */
        FRAGMENTATION("external fragmentation", "%"),
        /** What the allocator cannot give, be it in use, rounded up or kept in a magazine. */
        UTILISATION("addresses in use", "%"),
        /** The longest range that one request could get. */
        LARGEST_HOLE("largest hole", "MiB"),
        /** Of all requests so far. */
        REFUSED("requests refused", "%"),
        /** Per request, over all so far. */
        SEARCHED("entries looked at per request", "entries");

        private final String text;
        private final String unit;

        Measure(String text, String unit) {
            this.text = text;
            this.unit = unit;
        }

        /** In words, without the unit. */
        public String text() {
            return text;
        }

        /** {@code %}. */
        public String unit() {
            return unit;
        }

        /** Whether the value at a sample counts everything up to it, not that moment alone. */
        public boolean isSum() {
            return this == REFUSED || this == SEARCHED;
        }

        /** The value at {@code sample}, in the unit. */
        public double of(Sample sample) {
            return switch (this) {
                case FRAGMENTATION ->
                    sample.freeBytes() == 0 ? 0 : 100 * (1 - (double) sample.largestHole() / sample.freeBytes());
                case UTILISATION -> 100 * (1 - (double) sample.freeBytes() / sample.windowBytes());
                case LARGEST_HOLE -> sample.largestHole() / (double) Bytes.mib(1);
                case REFUSED -> sample.requests() == 0 ? 0 : 100.0 * sample.refused() / sample.requests();
                case SEARCHED -> sample.searched();
            };
        }
    }

    /**
     * One policy over all seeds.
     *
     * @param operations where it was sampled
     * @param low the least of all seeds there
     * @param median the middle one
     * @param high the most
     */
    public record Series(
            String policy, List<Integer> operations, List<Double> low, List<Double> median, List<Double> high) {
        /** The median at the end. */
        public double last() {
            return median.get(median.size() - 1);
        }
    }

    public FragmentationHistory {
        runs = List.copyOf(runs);
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("a history must have at least one run");
        }
        List<Integer> first = operations(runs.get(0));
        for (Run run : runs) {
            if (first.isEmpty() || !operations(run).equals(first)) {
                throw new IllegalArgumentException("runs must be sampled at the same operations: " + run.policy()
                        + ", seed " + run.seed() + ", has " + run.samples().size() + " samples, the first "
                        + first.size());
            }
        }
    }

    private static List<Integer> operations(Run run) {
        return run.samples().stream().map(Sample::operation).toList();
    }

    /** The same runs, another measure in the picture. */
    public FragmentationHistory show(Measure other) {
        return new FragmentationHistory(title, runs, other);
    }

    /** The policies, in the order in which they were run. */
    public List<String> policies() {
        return runs.stream().map(Run::policy).distinct().toList();
    }

    /** How many seeds each policy had, at most. */
    public int seeds() {
        return (int) runs.stream().mapToLong(Run::seed).distinct().count();
    }

    /** What the picture shows: a series per policy. */
    public List<Series> series() {
        return policies().stream().map(policy -> series(policy, measure)).toList();
    }

    private Series series(String policy, Measure what) {
        List<Run> own = runs.stream().filter(run -> run.policy().equals(policy)).toList();
        List<Double> low = new ArrayList<>();
        List<Double> median = new ArrayList<>();
        List<Double> high = new ArrayList<>();
        List<Integer> operations = operations(own.get(0));
        for (int i = 0; i < operations.size(); i++) {
            int at = i;
            double[] values = own.stream()
                    .mapToDouble(run -> what.of(run.samples().get(at)))
                    .sorted()
                    .toArray();
            low.add(values[0]);
            median.add(
                    values.length % 2 == 1
                            ? values[values.length / 2]
                            : (values[values.length / 2 - 1] + values[values.length / 2]) / 2);
            high.add(values[values.length - 1]);
        }
        return new Series(policy, operations, low, median, high);
    }

    /** A row per policy: the medians of all seeds at the end. */
    public Columns summary() {
        List<Columns.Column> columns = new ArrayList<>(List.of(new Columns.Text("policy", policies())));
        for (Measure each : Measure.values()) {
            columns.add(Columns.Doubles.of(
                    each.text() + (each == Measure.SEARCHED ? "" : " (" + each.unit() + ")"),
                    policies().stream()
                            .mapToDouble(
                                    policy -> Math.rint(series(policy, each).last() * 100) / 100)
                            .toArray()));
        }
        return new Columns(title + "; medians of " + seeds() + (seeds() == 1 ? " seed" : " seeds"), columns);
    }

    /** A row per policy, seed and sample: everything that was measured. */
    public Columns columns() {
        List<Columns.Column> columns = new ArrayList<>(List.of(
                new Columns.Text(
                        "policy",
                        runs.stream()
                                .flatMap(run -> run.samples().stream().map(sample -> run.policy()))
                                .toList()),
                Columns.Longs.of(
                        "seed",
                        runs.stream()
                                .flatMapToLong(run -> run.samples().stream().mapToLong(sample -> run.seed()))
                                .toArray()),
                longs("operation", Sample::operation),
                longs("ranges", Sample::ranges),
                longs("asked for and held (bytes)", Sample::usedBytes),
                longs("free (bytes)", Sample::freeBytes),
                longs("largest hole (bytes)", Sample::largestHole),
                longs("requests", Sample::requests),
                longs("refused", Sample::refused)));
        for (Measure each : List.of(Measure.FRAGMENTATION, Measure.UTILISATION, Measure.SEARCHED)) {
            columns.add(Columns.Doubles.of(
                    each.text() + (each == Measure.SEARCHED ? "" : " (" + each.unit() + ")"),
                    samples().mapToDouble(each::of).toArray()));
        }
        return new Columns(title, columns);
    }

    private Columns.Longs longs(String name, ToLongFunction<Sample> value) {
        return Columns.Longs.of(name, samples().mapToLong(value).toArray());
    }

    private Stream<Sample> samples() {
        return runs.stream().flatMap(run -> run.samples().stream());
    }

    /** {@code external fragmentation at the end: best fit 31 %, buddy 75 %; 10 seeds}. */
    @Override
    public String toString() {
        List<String> ends = series().stream()
                .map(each -> each.policy() + " "
                        + (Double.isNaN(each.last())
                                ? "not counted"
                                : String.format(Locale.ROOT, "%.3g", each.last()) + " " + measure.unit()))
                .toList();
        return measure.text() + " at the end: " + String.join(", ", ends) + "; medians of " + seeds()
                + (seeds() == 1 ? " seed" : " seeds");
    }
}
