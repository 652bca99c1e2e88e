package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * Page frames that have 4 KiB of their own, found by frame number: a hash table with open addressing and linear probing
 * that is at most half full (Knuth, The Art of Computer Programming, volume 3, section 6.4), behind the frames found last.
 */
final class FrameTable {
    static final int FRAME_SHIFT = 12;
    static final int FRAME_BYTES = 1 << FRAME_SHIFT;
    static final int FRAME_MASK = FRAME_BYTES - 1;
    /** Stands for the bytes of a frame that is not here. */
    static final byte[] ABSENT = {};

    /** Fibonacci hashing: 2^64 divided by the golden ratio, odd. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    /** No frame number: those have 52 bits. */
    private static final long FREE = -1;

    private static final int LEAST_SLOTS = 64;
    /** How many frames found last are kept, each in the place that the lower bits of its number name. */
    private static final int NEAR_SLOTS = 64;

    private long[] numbers = new long[0];
    private byte[][] frames = {};
    /** Leaves the bits of a hash that number the slots. */
    private int shift;

    private int size;

    private final long[] nearNumbers = new long[NEAR_SLOTS];
    private final byte[][] nearFrames = new byte[NEAR_SLOTS][];

    FrameTable() {
        resize(LEAST_SLOTS);
        Arrays.fill(nearNumbers, FREE);
        Arrays.fill(nearFrames, ABSENT);
    }

    /** How many frames there are. */
    int size() {
        return size;
    }

    /** The bytes of frame {@code number} if it was among those found last; {@link #ABSENT} says nothing. */
    byte[] near(long number) {
        int slot = (int) number & (NEAR_SLOTS - 1);
        return nearNumbers[slot] == number ? nearFrames[slot] : ABSENT;
    }

    /** The bytes of frame {@code number}, or {@link #ABSENT}. */
    byte[] get(long number) {
        long[] known = numbers;
        int mask = known.length - 1;
        for (int slot = home(number); ; slot = (slot + 1) & mask) {
            if (known[slot] == number) {
                int near = (int) number & (NEAR_SLOTS - 1);
                nearNumbers[near] = number;
                nearFrames[near] = frames[slot];
                return frames[slot];
            }
            if (known[slot] == FREE) {
                return ABSENT;
            }
        }
    }

    /** Adds frame {@code number}, which is absent. */
    void put(long number, byte[] bytes) {
        size++;
        if (2 * size > numbers.length) {
            resize(2 * numbers.length);
        }
        place(number, bytes);
    }

    /** Takes frame {@code number} out; its bytes, or {@link #ABSENT}. */
    byte[] remove(long number) {
        int near = (int) number & (NEAR_SLOTS - 1);
        if (nearNumbers[near] == number) {
            nearNumbers[near] = FREE;
            nearFrames[near] = ABSENT;
        }
        int mask = numbers.length - 1;
        int hole = home(number);
        while (numbers[hole] != number) {
            if (numbers[hole] == FREE) {
                return ABSENT;
            }
            hole = (hole + 1) & mask;
        }
        byte[] bytes = frames[hole];
        // Algorithm R of section 6.4: what was pushed past the hole moves back, so that no search ends early.
        for (int slot = (hole + 1) & mask; numbers[slot] != FREE; slot = (slot + 1) & mask) {
            if (((slot - home(numbers[slot])) & mask) >= ((slot - hole) & mask)) {
                numbers[hole] = numbers[slot];
                frames[hole] = frames[slot];
                hole = slot;
            }
        }
        numbers[hole] = FREE;
        frames[hole] = ABSENT;
        size--;
        if (numbers.length > LEAST_SLOTS && 16 * size < numbers.length) {
            resize(numbers.length / 4);
        }
        return bytes;
    }

    private void resize(int slots) {
        long[] oldNumbers = numbers;
        byte[][] oldFrames = frames;
        numbers = new long[slots];
        Arrays.fill(numbers, FREE);
        frames = new byte[slots][];
        Arrays.fill(frames, ABSENT);
        shift = Long.numberOfLeadingZeros(slots) + 1;
        for (int i = 0; i < oldNumbers.length; i++) {
            if (oldNumbers[i] != FREE) {
                place(oldNumbers[i], oldFrames[i]);
            }
        }
    }

    private void place(long number, byte[] bytes) {
        int mask = numbers.length - 1;
        int slot = home(number);
        while (numbers[slot] != FREE) {
            slot = (slot + 1) & mask;
        }
        numbers[slot] = number;
        frames[slot] = bytes;
    }

    private int home(long number) {
        return (int) ((number * GOLDEN) >>> shift);
    }
}
