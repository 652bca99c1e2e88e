package org.dmalab.engine.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds the ends of lines, eight bytes at a time. */
final class LineEnds {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long TOPS = 0x8080_8080_8080_8080L;
    private static final long NEWLINES = '\n' * ONES;

    private LineEnds() {}

    /** The index of the first newline in {@code [from, to)}, or {@code to}. */
    static int next(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            // A byte of (x - ONES) & ~x & TOPS is 0x80 where x has its lowest zero byte; no byte is where x has none.
            long x = (long) WORDS.get(bytes, at) ^ NEWLINES;
            long zeros = (x - ONES) & ~x & TOPS;
            if (zeros != 0) {
                return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
            }
        }
        while (at < to && bytes[at] != '\n') {
            at++;
        }
        return at;
    }
}
