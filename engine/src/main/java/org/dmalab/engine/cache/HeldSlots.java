package org.dmalab.engine.cache;

import java.util.Arrays;

/** The slots of a cache that hold a line, as a dense list in no order, and those of them that a range was found to reach. */
final class HeldSlots {
    private static final int LEAST = 16;

    private final int[] slots;
    /** Where in {@link #slots} a slot stands. */
    private final int[] place;

    private int count;
    /** Bits 63..32 the position of the line in the range, bits 31..0 the slot. */
    private long[] reached = {};

    private int collected;

    HeldSlots(int capacity) {
        slots = new int[capacity];
        place = new int[capacity];
    }

    int count() {
        return count;
    }

    /** One of them, {@code index} below {@link #count}. */
    int slot(int index) {
        return slots[index];
    }

    boolean contains(int slot) {
        return place[slot] < count && slots[place[slot]] == slot;
    }

    void add(int slot) {
        slots[count] = slot;
        place[slot] = count++;
    }

    void remove(int slot) {
        int last = slots[--count];
        slots[place[slot]] = last;
        place[last] = place[slot];
    }

    /** Forgets what was collected. */
    void clear() {
        collected = 0;
    }

    /** Notes that a range reaches {@code slot} with its line number {@code index}. */
    void collect(long index, int slot) {
        if (collected == reached.length) {
            reached = Arrays.copyOf(reached, Math.max(LEAST, 2 * collected));
        }
        reached[collected++] = (index << 32) | slot;
    }

    /** How many were collected. */
    int collected() {
        return collected;
    }

    /** {@link #collected()}, after they were brought into the order of the range. */
    int sortCollected() {
        Arrays.sort(reached, 0, collected);
        return collected;
    }

    /** One of those collected. */
    int collected(int index) {
        return (int) reached[index];
    }
}
