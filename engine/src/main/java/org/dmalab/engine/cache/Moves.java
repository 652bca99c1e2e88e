package org.dmalab.engine.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Copies of a few bytes that do not overlap: a word or a line more often than not. */
final class Moves {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** The line of a Cortex-A9 and of PL310. */
    private static final int LINE = 32;

    private Moves() {}

    /** The copy of an access, most often of a long. */
    static void word(byte[] from, int source, byte[] to, int target, int bytes) {
        if (bytes == Long.BYTES) {
            LONGS.set(to, target, (long) LONGS.get(from, source));
        } else {
            part(from, source, to, target, bytes);
        }
    }

    private static void part(byte[] from, int source, byte[] to, int target, int bytes) {
        if (bytes == Integer.BYTES) {
            INTS.set(to, target, (int) INTS.get(from, source));
        } else {
            System.arraycopy(from, source, to, target, bytes);
        }
    }

    /** The copy between caches, most often of a line. */
    static void line(byte[] from, int source, byte[] to, int target, int bytes) {
        if (bytes == LINE) {
            for (int i = 0; i < LINE; i += Long.BYTES) {
                LONGS.set(to, target + i, (long) LONGS.get(from, source + i));
            }
        } else {
            part(from, source, to, target, bytes);
        }
    }
}
