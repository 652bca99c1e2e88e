package org.dmalab.engine.cache;

import java.util.Arrays;

/**
 * One set-associative cache: tags, dirty bits, ages and the bytes of every line. It knows nothing of the next level;
 * {@link CacheHierarchy} moves lines in and out.
 */
final class Cache {
    /** No line: the answer of {@link #find} on a miss. */
    static final int NONE = -1;

    private static final long INVALID = -1;

    private final int ways;
    private final int setMask;
    private final int lineShift;
    private final long[] tags;
    private final boolean[] dirty;
    private final long[] used;
    private final byte[] data;
    private int valid;
    private long now;

    Cache(CacheGeometry geometry) {
        ways = geometry.ways();
        setMask = geometry.sets() - 1;
        lineShift = Integer.numberOfTrailingZeros(geometry.lineBytes());
        int lines = geometry.sets() * ways;
        tags = new long[lines];
        Arrays.fill(tags, INVALID);
        dirty = new boolean[lines];
        used = new long[lines];
        data = new byte[lines << lineShift];
    }

    /** Bytes of a line. */
    int lineBytes() {
        return 1 << lineShift;
    }

    /** How many lines it can hold. */
    int capacity() {
        return tags.length;
    }

    /** How many lines it holds. */
    int valid() {
        return valid;
    }

    /** The slot of the line that starts at {@code address}, or {@link #NONE}. */
    int find(long address) {
        long tag = address >>> lineShift;
        int first = ((int) tag & setMask) * ways;
        for (int slot = first; slot < first + ways; slot++) {
            if (tags[slot] == tag) {
                return slot;
            }
        }
        return NONE;
    }

    /** Notes that {@code slot} was used now. */
    void touch(int slot) {
        used[slot] = ++now;
    }

    /** The slot a new line at {@code address} goes to: an empty one, else the least recently used. */
    int victim(long address) {
        int first = ((int) (address >>> lineShift) & setMask) * ways;
        int oldest = first;
        for (int slot = first; slot < first + ways; slot++) {
            if (tags[slot] == INVALID) {
                return slot;
            }
            if (used[slot] < used[oldest]) {
                oldest = slot;
            }
        }
        return oldest;
    }

    /** Makes {@code slot}, which is empty, the clean line at {@code address}; its bytes are the caller's to fill. */
    void install(int slot, long address) {
        assert tags[slot] == INVALID : "slot is occupied";
        tags[slot] = address >>> lineShift;
        valid++;
        touch(slot);
    }

    /** Empties {@code slot}; its bytes are lost. */
    void drop(int slot) {
        tags[slot] = INVALID;
        dirty[slot] = false;
        valid--;
    }

    /** Whether {@code slot} holds a line. */
    boolean isValid(int slot) {
        return tags[slot] != INVALID;
    }

    /** Whether {@code slot} differs from the next level. */
    boolean isDirty(int slot) {
        return dirty[slot];
    }

    /** Says whether {@code slot} differs from the next level. */
    void setDirty(int slot, boolean differs) {
        dirty[slot] = differs;
    }

    /** Where the line in {@code slot} starts. */
    long address(int slot) {
        return tags[slot] << lineShift;
    }

    /** The bytes of all lines. */
    byte[] data() {
        return data;
    }

    /** Where the bytes of {@code slot} begin in {@link #data}. */
    int offset(int slot) {
        return slot << lineShift;
    }
}
