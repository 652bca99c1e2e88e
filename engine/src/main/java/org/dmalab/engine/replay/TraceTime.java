package org.dmalab.engine.replay;

import java.util.Locale;

/**
 * A moment on a recorded machine's clock, as its log prints it: mostly the time since boot.
 *
 * @param nanos nanoseconds on that clock
 */
public record TraceTime(long nanos) implements Comparable<TraceTime> {
    private static final long SECOND = 1_000_000_000L;

    /** {@code seconds} rounded to the nanosecond, so that a time typed from the log is that time. */
    public static TraceTime at(double seconds) {
        double nanos = seconds * SECOND;
        if (!(Math.abs(nanos) < Long.MAX_VALUE)) {
            throw new IllegalArgumentException("time must be a number of seconds below 2^63 ns: " + seconds);
        }
        return new TraceTime(Math.round(nanos));
    }

    /** The time in seconds. */
    public double seconds() {
        return (double) nanos / SECOND;
    }

    /** {@code duration} nanoseconds in the unit a person would choose: {@code 41.3 µs}, {@code 12.5 s}. */
    static String duration(long duration) {
        if (duration < 1_000) {
            return duration + " ns";
        }
        if (duration < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f µs", duration / 1e3);
        }
        return duration < SECOND
                ? String.format(Locale.ROOT, "%.1f ms", duration / 1e6)
                : String.format(Locale.ROOT, "%.1f s", duration / 1e9);
    }

    @Override
    public int compareTo(TraceTime other) {
        return Long.compare(nanos, other.nanos);
    }

    /** Seconds with the six digits of a log, nine if it has nanoseconds: {@code 18.353360 s}. */
    @Override
    public String toString() {
        long whole = Math.floorDiv(nanos, SECOND);
        long rest = Math.floorMod(nanos, SECOND);
        return rest % 1000 == 0
                ? String.format(Locale.ROOT, "%d.%06d s", whole, rest / 1000)
                : String.format(Locale.ROOT, "%d.%09d s", whole, rest);
    }
}
