package org.dmalab.engine.memory;

import java.util.Arrays;

/** Some of the 256 page frames of a MiB, a bit each. The two sets that most MiBs have are shared: none, and all. */
final class FrameSet {
    private static final int FRAMES = RamBank.CHUNK_BYTES >>> FrameTable.FRAME_SHIFT;

    private final long[] bits = new long[FRAMES / Long.SIZE];
    private final boolean shared;

    private FrameSet(boolean shared) {
        this.shared = shared;
    }

    /** The shared set without a frame. */
    static FrameSet none() {
        return new FrameSet(true);
    }

    /** The shared set of all frames. */
    static FrameSet all() {
        FrameSet all = new FrameSet(true);
        Arrays.fill(all.bits, -1L);
        return all;
    }

    boolean has(int frame) {
        return (bits[frame >>> 6] & (1L << frame)) != 0;
    }

    int size() {
        int size = 0;
        for (long word : bits) {
            size += Long.bitCount(word);
        }
        return size;
    }

    /** This set with {@code frame}: itself, unless it is shared and lacks it. */
    FrameSet with(int frame) {
        if (has(frame)) {
            return this;
        }
        FrameSet grown = this;
        if (shared) {
            grown = new FrameSet(false);
            System.arraycopy(bits, 0, grown.bits, 0, bits.length);
        }
        grown.bits[frame >>> 6] |= 1L << frame;
        return grown;
    }
}
