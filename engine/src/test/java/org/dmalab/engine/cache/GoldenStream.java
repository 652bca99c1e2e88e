package org.dmalab.engine.cache;

import org.dmalab.engine.base.Bytes;

/**
 * The stream that the recorded counts were taken with: bursts on a hot 16 KiB region, an 8 MiB copy, a walk over blocks of a
 * picture, and a chase through 16 MiB; from xorshift64* with a fixed seed. In the format of {@link TagCaches#access(long[],
 * int, int)}.
 */
final class GoldenStream {
    static final int ACCESSES = 2_000_000;
    static final long ARENA = 0x10000000L;

    private static final long SOURCE = ARENA + Bytes.mib(1);
    private static final long DESTINATION = ARENA + Bytes.mib(10);
    private static final long PICTURE = ARENA + Bytes.mib(20);
    private static final long CHASE = ARENA + Bytes.mib(32);
    private static final long WORD_SIZE = 3L << 48;
    private static final long STORE = 1L << 63;

    private final long[] words;
    private long state = 0x9E3779B97F4A7C15L;
    private int used;
    private long copied;
    private int blockX;
    private int blockY;
    private long chased = 1;

    private GoldenStream(int accesses) {
        words = new long[accesses];
    }

    /** The first {@code accesses} of the stream. */
    static long[] words(int accesses) {
        GoldenStream stream = new GoldenStream(accesses);
        while (stream.used < accesses) {
            long kind = Long.remainderUnsigned(stream.next(), 100);
            if (kind < 50) {
                stream.hot();
            } else if (kind < 75) {
                stream.copy();
            } else if (kind < 90) {
                stream.walk();
            } else {
                stream.chase();
            }
        }
        return stream.words;
    }

    /** Where the access goes. */
    static long address(long word) {
        return word & TagCaches.ADDRESS;
    }

    private long next() {
        state ^= state >>> 12;
        state ^= state << 25;
        state ^= state >>> 27;
        return state * 0x2545F4914F6CDD1DL;
    }

    private void access(long address, boolean write) {
        if (used < words.length) {
            words[used++] = address | WORD_SIZE | (write ? STORE : 0);
        }
    }

    private void hot() {
        for (int i = 0; i < 64; i++) {
            long random = next();
            access(ARENA + (random & 0x3FF8), (random >>> 20) % 4 == 0);
        }
    }

    private void copy() {
        for (int i = 0; i < 32; i++) {
            access(SOURCE + copied, false);
            access(DESTINATION + copied, true);
            copied = (copied + 8) & (Bytes.mib(8) - 1);
        }
    }

    private void walk() {
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 4; x++) {
                access(PICTURE + (blockY * 16L + y) % 1080 * 3840 + blockX * 32L + x * 8L, false);
            }
        }
        if (++blockX == 120) {
            blockX = 0;
            blockY = (blockY + 1) % 68;
        }
    }

    private void chase() {
        for (int i = 0; i < 64; i++) {
            chased = chased * 6364136223846793005L + 1442695040888963407L;
            access(CHASE + ((chased >>> 40) & 0x3FFFF) * 64, false);
        }
    }
}
