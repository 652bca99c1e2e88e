package org.dmalab.engine.cache;

import org.dmalab.engine.base.Bytes;

/**
 * The shape of one cache.
 *
 * @param bytes its capacity
 * @param ways lines a set can hold
 * @param lineBytes bytes of a line; all powers of two
 */
public record CacheGeometry(long bytes, int ways, int lineBytes) {
    public CacheGeometry {
        powerOfTwo("bytes", bytes);
        powerOfTwo("ways", ways);
        powerOfTwo("lineBytes", lineBytes);
        if (bytes < (long) ways * lineBytes) {
            throw new IllegalArgumentException(
                    "cache must have at least one set: " + bytes + " bytes, " + ways + " ways of " + lineBytes);
        }
    }

    /** How many sets. */
    public int sets() {
        return Math.toIntExact(bytes / ways / lineBytes);
    }

    private static void powerOfTwo(String name, long value) {
        if (value <= 0 || Long.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " must be a power of two: " + value);
        }
    }

    /** {@code 32 KiB, 4-way, 32 B lines}. */
    @Override
    public String toString() {
        return Bytes.text(bytes) + ", " + ways + "-way, " + lineBytes + " B lines";
    }
}
