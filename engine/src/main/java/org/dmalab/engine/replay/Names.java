package org.dmalab.engine.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Numbers for names: the same bytes get the same number, counted from 0 in the order of their first appearance. */
final class Names {
    /** More different names than this are not told apart; a log of a real machine has hundreds. */
    static final int MAX = (1 << 16) - 1;

    private final List<byte[]> keys = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int[] slots = new int[256];

    /** The number of the name in {@code [from, to)}, or -1 if it is new and there are {@link #MAX} already. */
    int id(byte[] bytes, int from, int to) {
        int mask = slots.length - 1;
        int slot = hash(bytes, from, to) & mask;
        while (slots[slot] != 0) {
            byte[] key = keys.get(slots[slot] - 1);
            if (Arrays.equals(key, 0, key.length, bytes, from, to)) {
                return slots[slot] - 1;
            }
            slot = (slot + 1) & mask;
        }
        if (keys.size() == MAX) {
            return -1;
        }
        keys.add(Arrays.copyOfRange(bytes, from, to));
        texts.add(Printable.text(bytes, from, to, Integer.MAX_VALUE - from));
        slots[slot] = keys.size();
        if (keys.size() * 2 > slots.length) {
            grow();
        }
        return keys.size() - 1;
    }

    /** How many different names there are. */
    int size() {
        return texts.size();
    }

    /** The name with number {@code id}, fit to be shown. */
    String text(int id) {
        return texts.get(id);
    }

    /** All names by number; later names are not in it. */
    List<String> texts() {
        return Collections.unmodifiableList(new ArrayList<>(texts));
    }

    private void grow() {
        slots = new int[slots.length * 2];
        int mask = slots.length - 1;
        for (int id = 0; id < keys.size(); id++) {
            byte[] key = keys.get(id);
            int slot = hash(key, 0, key.length) & mask;
            while (slots[slot] != 0) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = id + 1;
        }
    }

    private static int hash(byte[] bytes, int from, int to) {
        long hash = 0xcbf29ce484222325L;
        for (int i = from; i < to; i++) {
            hash = (hash ^ bytes[i]) * 0x9e3779b97f4a7c15L;
        }
        return (int) (hash >>> 32);
    }
}
