package org.dmalab.engine.base;

import java.util.Locale;

/** Durations as people write them. */
public final class Durations {
    private static final String[] UNITS = {"ns", "µs", "ms", "s"};

    private Durations() {}

    /** {@code nanos} with three digits that count: {@code 812 ns}, {@code 4.13 µs}, {@code 24 ms}; {@code -} for NaN. */
    public static String text(double nanos) {
        if (Double.isNaN(nanos)) {
            return "-";
        }
        int unit = 0;
        double value = nanos;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        boolean whole = value >= 99.5 || value == Math.rint(value);
        String digits = whole ? "%.0f" : value >= 9.95 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, digits, value) + " " + UNITS[unit];
    }
}
