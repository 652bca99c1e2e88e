package org.dmalab.engine.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Copies of a few bytes: a load or store is a word more often than not. */
final class Moves {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private Moves() {}

    static void copy(byte[] from, int source, byte[] to, int target, int bytes) {
        switch (bytes) {
            case Long.BYTES -> LONGS.set(to, target, (long) LONGS.get(from, source));
            case Integer.BYTES -> INTS.set(to, target, (int) INTS.get(from, source));
            default -> System.arraycopy(from, source, to, target, bytes);
        }
    }
}
