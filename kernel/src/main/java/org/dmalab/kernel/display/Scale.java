package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;

/**
 * A numeric axis: where a value lies between its ends, and the values that are written on it. It is logarithmic if every
 * value is positive and they span more than {@link #DECADES} decades.
 *
 * @param form how the values are written
 */
record Scale(double low, double high, boolean log, Form form) {
    /** What an axis' values are. */
    enum Form {
        /** Numbers, in decimal. */
        NUMBERS,
        /** Sizes, in binary units. */
        BYTES,
        /** Addresses, in hex; their axis is never logarithmic. */
        ADDRESSES
    }

    private static final Pattern BYTES = Pattern.compile("\\bbytes\\b(?!/)", Pattern.CASE_INSENSITIVE);
    private static final double DECADES = 3;
    /** Beyond this a value counts as missing: differences of larger ones overflow. */
    private static final double LARGEST = 1e300;

    /** An axis for {@code values}; what is not finite is missing. With {@code fromZero} a linear axis holds 0. */
    static Scale of(String name, double[] values, boolean fromZero) {
        return of(isBytes(name) ? Form.BYTES : Form.NUMBERS, values, fromZero);
    }

    /** {@link #of(String, double[], boolean)} for values of that form. */
    static Scale of(Form form, double[] values, boolean fromZero) {
        boolean binary = form != Form.NUMBERS;
        double[] shown = DoubleStream.of(values).filter(Scale::isShown).toArray();
        if (shown.length == 0) {
            return new Scale(0, 1, false, form);
        }
        double low = DoubleStream.of(shown).min().orElse(0);
        double high = DoubleStream.of(shown).max().orElse(1);
        double least = fromZero
                ? DoubleStream.of(shown).filter(value -> value > 0).min().orElse(0)
                : low;
        boolean mayBeLog = form != Form.ADDRESSES && low >= 0 && least > 0;
        if (mayBeLog && Math.log10(high) - Math.log10(least) > DECADES) {
            double base = binary ? 2 : 10;
            double from = Math.floor(log(least, base) + 1e-9);
            double to = Math.ceil(log(high, base) - 1e-9);
            boolean atStart = fromZero && Math.pow(base, from) >= least * 0.999;
            return new Scale(Math.pow(base, atStart ? from - 1 : from), Math.pow(base, to), true, form);
        }
        if (fromZero) {
            low = Math.min(0, low);
            high = Math.max(0, high);
        }
        if (high - low < Math.max(Math.abs(high), Math.abs(low)) * 1e-9 || high == low) {
            double around = Math.max(Math.abs(high) * 0.1, Double.MIN_NORMAL * 1e20);
            return fromZero && high == 0
                    ? new Scale(0, 1, false, form)
                    : new Scale(low - around, high + around, false, form);
        }
        double step = step((high - low) / 5, binary);
        return new Scale(Math.floor(low / step) * step, Math.ceil(high / step) * step, false, form);
    }

    /** Whether the values are sizes, written in binary units. */
    boolean bytes() {
        return form == Form.BYTES;
    }

    /** Whether a column of this name holds sizes. */
    static boolean isBytes(String name) {
        return BYTES.matcher(name).find();
    }

    /** Whether {@code value} is a number that a picture can hold. */
    static boolean isShown(double value) {
        return Math.abs(value) <= LARGEST;
    }

    /** 0 at the low end, 1 at the high end; a logarithmic axis puts what is not positive at its low end. */
    double share(double value) {
        double share = log
                ? value <= 0 ? 0 : (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
        return Math.max(0, Math.min(1, share));
    }

    /** At most about {@code most} values, ascending. */
    List<Double> ticks(int most) {
        List<Double> ticks = new ArrayList<>();
        if (log) {
            double base = form == Form.NUMBERS ? 10 : 2;
            int from = (int) Math.round(log(low, base));
            int to = (int) Math.round(log(high, base));
            int stride = Math.max(1, (to - from + most - 1) / most);
            for (int power = from; power <= to; power += stride) {
                ticks.add(Math.pow(base, power));
            }
            return ticks;
        }
        double step = step((high - low) / most, form != Form.NUMBERS);
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.size() < 100; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** {@code value} as it is written on the axis. */
    String text(double value) {
        if (form == Form.ADDRESSES && value >= 0 && value < 0x1p64) {
            return Addresses.hex(value < 0x1p63 ? (long) value : (long) (value - 0x1p63) | Long.MIN_VALUE);
        }
        if (bytes() && value >= 0 && value < 0x1p62 && value == Math.rint(value)) {
            return Bytes.text((long) value);
        }
        double size = Math.abs(value);
        if (size >= 1e7 || (size > 0 && size < 1e-4)) {
            String text = String.format(Locale.ROOT, "%.1e", value);
            return text.replace(".0e", "e").replace("e+", "e").replaceAll("e(-?)0", "e$1");
        }
        return Tables.number(Math.rint(value * 1e7) / 1e7);
    }

    /** {@code name} with a word about the axis if it is no ordinary one. */
    String title(String name) {
        return log ? (name + " (log scale)").strip() : name;
    }

    /** The smallest of 1, 2, 5 times a power of ten, or of the powers of two, that is at least {@code rough}. */
    private static double step(double rough, boolean binary) {
        if (binary && rough >= 1) {
            return Math.pow(2, Math.ceil(log(rough, 2) - 1e-9));
        }
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double nice : new double[] {1, 2, 5}) {
            if (nice * power >= rough * 0.999999) {
                return nice * power;
            }
        }
        return 10 * power;
    }

    private static double log(double value, double base) {
        return Math.log(value) / Math.log(base);
    }
}
