package org.dmalab.engine.base;

/** Byte counts, in and out of binary units. */
public final class Bytes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Bytes() {}

    /** {@code n} KiB in bytes. */
    public static long kib(long n) {
        return Math.multiplyExact(n, 1L << 10);
    }

    /** {@code n} MiB in bytes. */
    public static long mib(long n) {
        return Math.multiplyExact(n, 1L << 20);
    }

    /** {@code n} GiB in bytes. */
    public static long gib(long n) {
        return Math.multiplyExact(n, 1L << 30);
    }

    /** {@code bytes} in the largest unit that leaves at least 1, with one decimal if it is not whole: {@code 1.5 MiB}. */
    public static String text(long bytes) {
        int unit = 0;
        long scale = 1;
        while (unit < UNITS.length - 1 && Long.compareUnsigned(bytes >>> 10, scale) >= 0) {
            scale <<= 10;
            unit++;
        }
        if (Long.remainderUnsigned(bytes, scale) == 0) {
            return Long.divideUnsigned(bytes, scale) + " " + UNITS[unit];
        }
        long tenths = Math.round((bytes >>> 1) * 20.0 / scale);
        return tenths / 10 + "." + tenths % 10 + " " + UNITS[unit];
    }

    /** {@code bytes}; 0 or less is a mistake of the argument {@code name}. */
    public static long requirePositive(String name, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(name + " must be positive: " + bytes);
        }
        return bytes;
    }
}
