package org.dmalab.engine.replay;

/** The 64-bit FNV-1a hash over little-endian numbers that ends a golden file. */
final class Fnv1a {
    private long hash = 0xcbf29ce484222325L;

    /** Adds the lowest {@code bytes} bytes of {@code value}. */
    void add(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            hash = (hash ^ ((value >>> (8 * i)) & 0xff)) * 0x100000001b3L;
        }
    }

    /** The hash in 16 hex digits. */
    @Override
    public String toString() {
        String digits = Long.toHexString(hash);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
