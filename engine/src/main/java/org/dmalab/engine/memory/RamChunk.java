package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * 1 MiB of RAM by page frame. A frame that was never written, or was cleared, shares its bytes with its like. A chunk whose
 * frames are all its own keeps them in one array, so that random reads need no second look-up, until half are cleared.
 */
final class RamChunk {
    static final int SHIFT = 20;
    static final int BYTES = 1 << SHIFT;
    static final int FRAME_SHIFT = 12;
    static final int FRAME_BYTES = 1 << FRAME_SHIFT;
    /** Stands for every frame that was cleared. */
    static final byte[] ZEROS = new byte[FRAME_BYTES];

    private static final int FRAMES = BYTES >>> FRAME_SHIFT;
    private static final byte[] APART = {};

    /** What a frame holds until it is first written. */
    private final byte[] untouched;
    /** Per frame: its own 4 KiB, the shared bytes it still equals, or {@link #together}. */
    private final byte[][] frames;
    /** All frames in a row, or {@link #APART}. */
    private byte[] together = APART;

    private int own;

    private RamChunk(byte[] untouched, byte[][] frames) {
        this.untouched = untouched;
        this.frames = frames;
    }

    /** A chunk all of whose frames share {@code bytes}. */
    static RamChunk filledWith(byte[] bytes, byte[] untouched) {
        byte[][] frames = new byte[FRAMES][];
        Arrays.fill(frames, bytes);
        return new RamChunk(untouched, frames);
    }

    /** A copy of a chunk that has no frames of its own. */
    RamChunk fresh() {
        return new RamChunk(untouched, frames.clone());
    }

    /** How many frames take host memory. */
    int ownFrames() {
        return own;
    }

    /** An array that holds the byte at {@code offset}, at the offset's rest by the array's length, a power of two. */
    byte[] bytesAt(int offset) {
        return frames[offset >>> FRAME_SHIFT];
    }

    private boolean isShared(byte[] frame) {
        return frame == ZEROS || frame == untouched;
    }

    /** Gives the frame at {@code offset} bytes of its own, to be written. */
    void own(int offset) {
        int index = offset >>> FRAME_SHIFT;
        if (isShared(frames[index])) {
            own++;
            frames[index] = together == APART ? frames[index].clone() : together;
            if (own == FRAMES && together == APART) {
                gather();
            }
        }
    }

    private void gather() {
        together = new byte[BYTES];
        for (int i = 0; i < FRAMES; i++) {
            System.arraycopy(frames[i], 0, together, i << FRAME_SHIFT, FRAME_BYTES);
            frames[i] = together;
        }
    }

    /** Clears the frame at {@code offset} and gives its host memory back. */
    void clearFrame(int offset) {
        int index = offset >>> FRAME_SHIFT;
        if (!isShared(frames[index])) {
            own--;
            if (together != APART) {
                Arrays.fill(together, index << FRAME_SHIFT, (index + 1) << FRAME_SHIFT, (byte) 0);
            }
        }
        frames[index] = ZEROS;
        if (together != APART && own < FRAMES / 2) {
            spread();
        }
    }

    private void spread() {
        for (int i = 0; i < FRAMES; i++) {
            if (frames[i] == together) {
                frames[i] = Arrays.copyOfRange(together, i << FRAME_SHIFT, (i + 1) << FRAME_SHIFT);
            }
        }
        together = APART;
    }
}
