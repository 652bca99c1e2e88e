package org.dmalab.engine.cache;

import java.util.Arrays;

/**
 * One set-associative cache: tags, dirty bits, ages and the bytes of every line. It knows nothing of the next level;
 * {@link SnoopControlUnit} and {@link OuterMemory} move lines in and out.
 *
 * <p>A slot is a way of a set. A set's ways stand in a row of 4-bit numbers, the newest lowest, empty ones above all others,
 * so the next victim is the highest. Which slots are taken is kept as a dense list too, so that a range is maintained at the
 * cost of the lines that are held.
 */
final class Cache {
    /** No line: the answer of {@link #find} on a miss. */
    static final int NONE = -1;

    /** As many ways as a row of 4-bit numbers holds. */
    static final int MOST_WAYS = 16;

    private static final long INVALID = -1;
    private static final long ONES = 0x1111111111111111L;
    private static final long HIGHS = 0x8888888888888888L;
    /** A range of no more lines than this is looked up line by line, however little is held. */
    private static final int SHORT_RANGE = 16;

    private final CacheConfig config;
    private final int ways;
    private final int setMask;
    private final int lineShift;
    private final int colours;
    private final int setsPerColour;
    private final boolean indexedVirtually;
    private final boolean taggedVirtually;
    private final boolean ageOnUse;
    private final long[] lines;
    private final long[] keys;
    private final boolean[] dirty;
    private final long[] orders;
    private final int[] turns;
    private final int[] held;
    private final int[] place;
    private final byte[] data;
    private long[] ordered = {};
    private int valid;
    private long random;

    Cache(CacheConfig config) {
        this.config = config;
        ways = config.geometry().ways();
        int sets = config.geometry().sets();
        setMask = sets - 1;
        lineShift = Integer.numberOfTrailingZeros(config.lineBytes());
        colours = config.colours();
        setsPerColour = sets / colours;
        indexedVirtually = config.indexing() != Indexing.PIPT;
        taggedVirtually = config.indexing() == Indexing.VIVT;
        ageOnUse = config.replacement() == Replacement.LRU;
        lines = new long[sets * ways];
        Arrays.fill(lines, INVALID);
        keys = taggedVirtually ? lines.clone() : lines;
        dirty = new boolean[lines.length];
        orders = new long[sets];
        Arrays.fill(orders, emptyOrder(ways));
        turns = new int[sets];
        held = new int[lines.length];
        place = new int[lines.length];
        data = new byte[lines.length << lineShift];
        random = (config.seed() * 0x9E3779B97F4A7C15L) | 1;
    }

    /** The row of an empty set, whose ways are filled from 0 on; numbers that are no way stand above. */
    private static long emptyOrder(int ways) {
        long order = 0;
        for (int at = MOST_WAYS - 1; at >= 0; at--) {
            order = (order << 4) | (at < ways ? ways - 1 - at : at);
        }
        return order;
    }

    CacheConfig config() {
        return config;
    }

    /** Bytes of a line. */
    int lineBytes() {
        return 1 << lineShift;
    }

    /** How many lines it can hold. */
    int capacity() {
        return lines.length;
    }

    /** How many lines it holds. */
    int valid() {
        return valid;
    }

    /** The slot that answers an access to {@code phys} through a mapping at {@code virt}, or {@link #NONE}. */
    int find(long virt, long phys) {
        int set = setOf(virt, phys);
        long key = (taggedVirtually ? virt : phys) >>> lineShift;
        int first = set * ways;
        int newest = first + ((int) orders[set] & 0xF);
        if (keys[newest] == key) {
            return newest;
        }
        for (int slot = first; slot < first + ways; slot++) {
            if (keys[slot] == key) {
                return slot;
            }
        }
        return NONE;
    }

    /** The first slot after {@code after} that holds the line of {@code phys} under whatever virtual address. */
    int holding(long phys, int after) {
        long line = phys >>> lineShift;
        for (int colour = 0; colour < colours; colour++) {
            int set = colours == 1 ? (int) line & setMask : ((int) line & (setsPerColour - 1)) + colour * setsPerColour;
            int first = set * ways;
            for (int slot = Math.max(first, after + 1); slot < first + ways; slot++) {
                if (lines[slot] == line) {
                    return slot;
                }
            }
        }
        return NONE;
    }

    private int setOf(long virt, long phys) {
        return (int) ((indexedVirtually ? virt : phys) >>> lineShift) & setMask;
    }

    /** The set that {@code slot} belongs to. */
    int set(int slot) {
        return slot / ways;
    }

    /** Notes that {@code slot}, found for this access, was used now. */
    void touch(int slot, long virt, long phys) {
        int set = setOf(virt, phys);
        int way = slot - set * ways;
        if (ageOnUse && ((int) orders[set] & 0xF) != way) {
            toFront(set, way);
        }
    }

    /** The slot a new line goes to: an empty one, else the one that has to make room. */
    int victim(long virt, long phys) {
        int set = setOf(virt, phys);
        int first = set * ways;
        int oldest = first + ((int) (orders[set] >>> (4 * (ways - 1))) & 0xF);
        if (ageOnUse || lines[oldest] == INVALID) {
            return oldest;
        }
        return switch (config.replacement()) {
            case LRU, FIFO -> oldest;
            case ROUND_ROBIN -> {
                int way = turns[set];
                turns[set] = (way + 1) & (ways - 1);
                yield first + way;
            }
            case PSEUDO_RANDOM -> {
                random ^= random << 13;
                random ^= random >>> 7;
                random ^= random << 17;
                yield first + ((int) (random >>> 33) & (ways - 1));
            }
        };
    }

    /** Makes {@code slot} the clean line of {@code phys}, whatever it was; its bytes are the caller's to fill. */
    void install(int slot, long virt, long phys) {
        if (lines[slot] == INVALID) {
            held[valid] = slot;
            place[slot] = valid++;
        }
        lines[slot] = phys >>> lineShift;
        keys[slot] = (taggedVirtually ? virt : phys) >>> lineShift;
        dirty[slot] = false;
        int set = setOf(virt, phys);
        toFront(set, slot - set * ways);
    }

    private void toFront(int set, int way) {
        long order = orders[set];
        int at = bitsBefore(order, way);
        long newer = (1L << at) - 1;
        orders[set] = (order & (-1L << at << 4)) | ((order & newer) << 4) | way;
    }

    private void toEnd(int set, int way) {
        long order = orders[set];
        int at = bitsBefore(order, way);
        int end = 4 * (ways - 1);
        long newer = (1L << at) - 1;
        long older = -1L << at << 4;
        long beyond = -1L << end << 4;
        orders[set] = (order & beyond) | ((long) way << end) | ((order & older & ~beyond) >>> 4) | (order & newer);
    }

    /** How many bits of {@code order} lie below the number {@code way}. */
    private static int bitsBefore(long order, int way) {
        long differs = order ^ (way * ONES);
        return Long.numberOfTrailingZeros((differs - ONES) & ~differs & HIGHS) & ~3;
    }

    /** Empties {@code slot}; its bytes are lost. */
    void drop(int slot) {
        int set = set(slot);
        toEnd(set, slot - set * ways);
        lines[slot] = INVALID;
        keys[slot] = INVALID;
        dirty[slot] = false;
        int last = held[--valid];
        held[place[slot]] = last;
        place[last] = place[slot];
    }

    /** Whether {@code slot} holds a line. */
    boolean isValid(int slot) {
        return lines[slot] != INVALID;
    }

    /** Whether {@code slot} differs from the next level. */
    boolean isDirty(int slot) {
        return dirty[slot];
    }

    /** Says whether {@code slot} differs from the next level. */
    void setDirty(int slot, boolean differs) {
        dirty[slot] = differs;
    }

    /** Where in memory the line in {@code slot} starts. */
    long address(int slot) {
        return lines[slot] << lineShift;
    }

    /** The bytes of all lines. */
    byte[] data() {
        return data;
    }

    /** Where the bytes of {@code slot} begin in {@link #data}. */
    int offset(int slot) {
        return slot << lineShift;
    }

    /** How many lines {@code [start, start + bytes)} touches. */
    long linesIn(long start, long bytes) {
        return bytes == 0 ? 0 : ((start + bytes - 1) >>> lineShift) - (start >>> lineShift) + 1;
    }

    /**
     * Finds the held lines that maintenance by address reaches in {@code [virt, virt + bytes)}, mapped to {@code phys} and on.
     *
     * @return how many; {@link #collected} tells which, in the order of their addresses
     */
    int collect(long virt, long phys, long bytes) {
        long count = linesIn(phys, bytes);
        int found = 0;
        if (count <= Math.max(SHORT_RANGE, valid)) {
            for (long i = 0; valid > 0 && i < count; i++) {
                int slot = find(virt + (i << lineShift), phys + (i << lineShift));
                if (slot != NONE) {
                    found = add(found, i, slot);
                }
            }
            return found;
        }
        long firstKey = (taggedVirtually ? virt : phys) >>> lineShift;
        int firstSet = setOf(virt, phys);
        for (int i = 0; i < valid; i++) {
            int slot = held[i];
            long index = keys[slot] - firstKey;
            if (Long.compareUnsigned(index, count) < 0 && set(slot) == ((firstSet + (int) index) & setMask)) {
                found = add(found, index, slot);
            }
        }
        Arrays.sort(ordered, 0, found);
        return found;
    }

    /** As {@link #collect}, for the lines of {@code [phys, phys + bytes)} under whatever virtual address. */
    int collectPhysical(long phys, long bytes) {
        long count = linesIn(phys, bytes);
        int found = 0;
        if (count <= Math.max(SHORT_RANGE, valid / colours)) {
            for (long i = 0; valid > 0 && i < count; i++) {
                long address = phys + (i << lineShift);
                for (int slot = holding(address, NONE); slot != NONE; slot = holding(address, slot)) {
                    found = add(found, i, slot);
                }
            }
            return found;
        }
        long firstLine = phys >>> lineShift;
        for (int i = 0; i < valid; i++) {
            long index = lines[held[i]] - firstLine;
            if (Long.compareUnsigned(index, count) < 0) {
                found = add(found, index, held[i]);
            }
        }
        Arrays.sort(ordered, 0, found);
        return found;
    }

    private int add(int found, long index, int slot) {
        if (found == ordered.length) {
            ordered = Arrays.copyOf(ordered, Math.max(SHORT_RANGE, 2 * found));
        }
        ordered[found] = (index << 32) | slot;
        return found + 1;
    }

    /** The slot of one of the lines just collected. */
    int collected(int index) {
        return (int) ordered[index];
    }

    /** Throws if the lists of what is held contradict one another. */
    void checkInvariants() {
        int count = 0;
        for (int slot = 0; slot < lines.length; slot++) {
            if (!isValid(slot)) {
                require(!dirty[slot], "an empty slot is dirty", slot);
                continue;
            }
            count++;
            require(held[place[slot]] == slot && place[slot] < valid, "a held line is not listed", slot);
            require(
                    bitsBefore(orders[set(slot)], slot % ways) < 4 * held(set(slot)),
                    "an empty way stands before a held one",
                    slot);
            require(!dirty[slot] || config.writeBack(), "a line of a write-through cache is dirty", slot);
            require(
                    indexedVirtually || ((int) lines[slot] & setMask) == set(slot),
                    "a line lies in the wrong set",
                    slot);
            for (int other = set(slot) * ways; other < slot; other++) {
                require(keys[other] != keys[slot], "a line lies twice in its set", slot);
            }
        }
        require(count == valid, "held lines are " + count + ", counted " + valid, 0);
    }

    private int held(int set) {
        int count = 0;
        for (int slot = set * ways; slot < (set + 1) * ways; slot++) {
            count += isValid(slot) ? 1 : 0;
        }
        return count;
    }

    private static void require(boolean holds, String broken, int slot) {
        if (!holds) {
            throw new AssertionError(broken + " [slot=" + slot + "]");
        }
    }
}
