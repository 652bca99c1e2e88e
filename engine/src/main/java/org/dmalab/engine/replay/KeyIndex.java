package org.dmalab.engine.replay;

import java.util.Arrays;

/** A hash table from a device and a 64-bit key to a number; open addressing, no tombstones. */
final class KeyIndex {
    static final int ABSENT = -1;

    private long[] keys = new long[256];
    private int[] devices = new int[256];
    private int[] values = new int[256];
    private int size;

    KeyIndex() {
        Arrays.fill(values, ABSENT);
    }

    /** The number at (device, key), or {@link #ABSENT}. */
    int get(int device, long key) {
        return values[slot(device, key)];
    }

    void put(int device, long key, int value) {
        int slot = slot(device, key);
        if (values[slot] == ABSENT) {
            keys[slot] = key;
            devices[slot] = device;
            size++;
        }
        values[slot] = value;
        if (size * 2 > keys.length) {
            grow();
        }
    }

    void remove(int device, long key) {
        int mask = keys.length - 1;
        int hole = slot(device, key);
        if (values[hole] == ABSENT) {
            return;
        }
        size--;
        values[hole] = ABSENT;
        for (int next = (hole + 1) & mask; values[next] != ABSENT; next = (next + 1) & mask) {
            int home = hash(devices[next], keys[next]) & mask;
            boolean reachesHole = ((next - home) & mask) >= ((next - hole) & mask);
            if (reachesHole) {
                keys[hole] = keys[next];
                devices[hole] = devices[next];
                values[hole] = values[next];
                values[next] = ABSENT;
                hole = next;
            }
        }
    }

    private int slot(int device, long key) {
        int mask = keys.length - 1;
        int slot = hash(device, key) & mask;
        while (values[slot] != ABSENT && (keys[slot] != key || devices[slot] != device)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldDevices = devices;
        int[] oldValues = values;
        int length = Math.multiplyExact(keys.length, 2);
        keys = new long[length];
        devices = new int[length];
        values = new int[length];
        Arrays.fill(values, ABSENT);
        for (int i = 0; i < oldValues.length; i++) {
            if (oldValues[i] != ABSENT) {
                int slot = slot(oldDevices[i], oldKeys[i]);
                keys[slot] = oldKeys[i];
                devices[slot] = oldDevices[i];
                values[slot] = oldValues[i];
            }
        }
    }

    private static int hash(int device, long key) {
        long mixed = (key ^ (device * 0x9e3779b97f4a7c15L)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 31)) * 0x94d049bb133111ebL;
        return (int) (mixed >>> 32);
    }
}
