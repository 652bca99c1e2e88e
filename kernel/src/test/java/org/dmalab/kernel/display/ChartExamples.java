package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.dmalab.engine.experiment.Columns;

/** Charts of column tables, for their tests; the painted forms, whose labels can be looked at. */
final class ChartExamples {
    /** What a cell ends in and what was painted for it. */
    record Example(Picture picture, Canvas canvas) {}

    private ChartExamples() {}

    static double[] doubles(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count).mapToDouble(value).toArray();
    }

    static Columns attributes() {
        return new Columns(
                "NO_KERNEL_MAPPING saves the mapping, not the zeroing",
                List.of(
                        new Columns.Text(
                                "attributes",
                                List.of(
                                        "none (coherent)",
                                        "WRITE_COMBINE",
                                        "NO_KERNEL_MAPPING",
                                        "NON_CONSISTENT, the policy of June 2011")),
                        Columns.Doubles.of("alloc, µs", 3400, 3400.5, 2950, 2800),
                        Columns.Doubles.of("mmap, µs", 21, 21.25, Double.NaN, 19),
                        Columns.Doubles.of("CPU read, µs", 24000, 23987.123456, 0, 1600)));
    }

    static Columns sweep() {
        int rows = 15;
        return new Columns(
                "Cleaning by line costs more than the whole cache from 1 MiB on",
                List.of(
                        Columns.Longs.of(
                                "bytes",
                                IntStream.range(0, rows)
                                        .mapToLong(i -> 4096L << i)
                                        .toArray()),
                        Columns.Doubles.of("by range, µs", doubles(rows, i -> 0.7 * (1 << i))),
                        Columns.Doubles.of("whole cache, µs", doubles(rows, i -> 180 + i))));
    }

    static Columns linear() {
        return new Columns(
                "Free memory falls, the longest run falls faster",
                List.of(
                        Columns.Longs.of(
                                "step",
                                IntStream.range(0, 200).mapToLong(i -> i).toArray()),
                        Columns.Doubles.of("free, MiB", doubles(200, i -> i == 100 ? Double.NaN : 64 - i * 0.2)),
                        Columns.Doubles.of("longest run, MiB", doubles(200, i -> 64 / (1 + i * 0.1)))));
    }

    static double[] latencies(int count) {
        Random random = new Random(9);
        return doubles(count, i -> 3 + random.nextDouble() * 2 + (random.nextInt(50) == 0 ? 40 : 0));
    }

    private static Columns hostile(int rows) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            names.add(i % 2 == 0 ? Examples.HOSTILE + i : "😀");
        }
        double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, -1e308, 1e299, 0, -5, 1e-300, 3};
        return new Columns(
                Examples.HOSTILE,
                List.of(
                        new Columns.Text(Examples.HOSTILE, names),
                        Columns.Doubles.of("<b>odd</b> " + Examples.HOSTILE, doubles(rows, i -> odd[i % odd.length])),
                        Columns.Doubles.of("tiny", doubles(rows, i -> 1e-12 * i)),
                        Columns.Longs.addresses("address", new long[rows])));
    }

    private static Example bars(Columns columns, String label, String... values) {
        return new Example(Charts.bars(columns, label, values), Charts.barsCanvas(columns, label, values));
    }

    private static Example lines(Columns columns, String x, String... ys) {
        return new Example(Charts.lines(columns, x, ys), Charts.linesCanvas(columns, x, ys));
    }

    private static Example cdf(String title, String unit, double... samples) {
        return new Example(Charts.cdf(title, unit, samples), Charts.cdfCanvas(title, unit, samples));
    }

    static List<Picture> pictures() {
        return all().stream().map(Example::picture).toList();
    }

    static List<Example> all() {
        List<Example> all = new ArrayList<>(List.of(
                bars(attributes(), "attributes", "alloc, µs"),
                bars(attributes(), "attributes", "alloc, µs", "mmap, µs", "CPU read, µs"),
                bars(sweep(), "bytes", "bytes"),
                lines(sweep(), "bytes", "by range, µs", "whole cache, µs"),
                lines(linear(), "step", "free, MiB", "longest run, MiB"),
                lines(linear(), "step", "longest run, MiB"),
                cdf("Two in a hundred maps wait for the lock", "map, µs", latencies(5000)),
                cdf("one", "ns", 5),
                cdf("none", "", Double.NaN),
                cdf(Examples.HOSTILE, Examples.HOSTILE, 1e-9, 1, 1e9, Double.NEGATIVE_INFINITY)));
        for (int rows : new int[] {0, 1, 8, 100}) {
            Columns columns = hostile(rows);
            String odd = columns.columns().get(1).name();
            all.add(bars(columns, Examples.HOSTILE, odd));
            all.add(bars(columns, Examples.HOSTILE, odd, "tiny", "address"));
            all.add(lines(columns, "tiny", odd, "tiny", "address"));
            all.add(lines(columns, odd, "tiny"));
        }
        return all;
    }
}
