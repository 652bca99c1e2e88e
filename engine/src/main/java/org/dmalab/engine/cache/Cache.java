package org.dmalab.engine.cache;

import java.util.Arrays;

/**
 * One set-associative cache: tags, dirty bits, ages and the bytes of every line. It knows nothing of the next level;
 * {@link SnoopControlUnit} and {@link OuterMemory} move lines in and out.
 *
 * <p>A slot is a way of a set. In a set's {@link WayOrder} the empty ways stand above all others, so the next victim is the
 * highest. Which slots are taken is kept as a dense list too, so that a range is maintained at the cost of the lines that are
 * held.
 */
final class Cache {
    /** No line: the answer of {@link #find} on a miss. */
    static final int NONE = -1;

    /** As many ways as its orders and partial tags can tell apart. */
    static final int MOST_WAYS = Math.min(PartialTags.MOST_WAYS, WayOrder.MOST_WAYS);

    private static final long INVALID = -1;
    /** A range of no more lines than this is looked up line by line, however little is held. */
    private static final int SHORT_RANGE = 16;

    private final CacheConfig config;
    private final int ways;
    private final int setMask;
    private final int waysShift;
    private final int lineShift;
    private final int colours;
    private final int setsPerColour;
    private final boolean indexedVirtually;
    private final boolean taggedVirtually;
    private final boolean ageOnUse;
    private final long[] lines;
    private final long[] keys;
    private final boolean[] dirty;
    private final PartialTags partial;
    /** Of each set its order, then its partial tags. */
    private final long[] heads;

    private final int headWords;
    private final int[] turns;
    private final HeldSlots held;
    private final byte[] data;
    private long random;

    Cache(CacheConfig config) {
        this.config = config;
        ways = config.geometry().ways();
        int sets = config.geometry().sets();
        setMask = sets - 1;
        waysShift = Integer.numberOfTrailingZeros(ways);
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
        partial = new PartialTags(ways);
        headWords = 1 + partial.words();
        heads = new long[sets * headWords];
        for (int set = 0; set < sets; set++) {
            heads[set * headWords] = WayOrder.empty(ways);
        }
        turns = new int[sets];
        held = new HeldSlots(lines.length);
        data = new byte[lines.length << lineShift];
        random = (config.seed() * 0x9E3779B97F4A7C15L) | 1;
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
        return held.count();
    }

    /** The slot that answers an access to {@code phys} through a mapping at {@code virt}, or {@link #NONE}. */
    int find(long virt, long phys) {
        int set = setOf(virt, phys);
        long key = (taggedVirtually ? virt : phys) >>> lineShift;
        int first = set * ways;
        int head = set * headWords;
        long candidates = partial.candidates(heads, head + 1, PartialTags.of(key));
        if (candidates == 0) {
            return NONE;
        }
        int slot = first + PartialTags.way(candidates);
        return keys[slot] == key ? slot : findAmong(candidates & (candidates - 1), first, key);
    }

    private int findAmong(long candidates, int first, long key) {
        for (long left = candidates; left != 0; left &= left - 1) {
            int slot = first + PartialTags.way(left);
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
        return slot >>> waysShift;
    }

    /** Notes that {@code slot}, found for this access, was used now. */
    void touch(int slot, long virt, long phys) {
        int set = setOf(virt, phys);
        if (ageOnUse) {
            heads[set * headWords] = WayOrder.toFront(heads[set * headWords], slot - set * ways);
        }
    }

    /** The slot a new line goes to: an empty one, else the one that has to make room. */
    int victim(long virt, long phys) {
        int set = setOf(virt, phys);
        int first = set * ways;
        int oldest = first + WayOrder.way(heads[set * headWords], ways - 1);
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
            held.add(slot);
        }
        lines[slot] = phys >>> lineShift;
        long key = (taggedVirtually ? virt : phys) >>> lineShift;
        keys[slot] = key;
        dirty[slot] = false;
        int set = setOf(virt, phys);
        int way = slot - set * ways;
        int head = set * headWords;
        heads[head] = ageOnUse ? WayOrder.turn(heads[head], ways) : WayOrder.toFront(heads[head], way);
        PartialTags.put(heads, head + 1, way, PartialTags.of(key));
    }

    /** Empties {@code slot}; its bytes are lost. */
    void drop(int slot) {
        int set = set(slot);
        heads[set * headWords] = WayOrder.toEnd(heads[set * headWords], slot - set * ways, ways);
        lines[slot] = INVALID;
        keys[slot] = INVALID;
        dirty[slot] = false;
        held.remove(slot);
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
        held.clear();
        if (count <= Math.max(SHORT_RANGE, held.count())) {
            for (long i = 0; held.count() > 0 && i < count; i++) {
                int slot = find(virt + (i << lineShift), phys + (i << lineShift));
                if (slot != NONE) {
                    held.collect(i, slot);
                }
            }
            return held.collected();
        }
        long firstKey = (taggedVirtually ? virt : phys) >>> lineShift;
        int firstSet = setOf(virt, phys);
        for (int i = 0; i < held.count(); i++) {
            int slot = held.slot(i);
            long index = keys[slot] - firstKey;
            if (Long.compareUnsigned(index, count) < 0 && set(slot) == ((firstSet + (int) index) & setMask)) {
                held.collect(index, slot);
            }
        }
        return held.sortCollected();
    }

    /** As {@link #collect}, for the lines of {@code [phys, phys + bytes)} under whatever virtual address. */
    int collectPhysical(long phys, long bytes) {
        long count = linesIn(phys, bytes);
        held.clear();
        if (count <= Math.max(SHORT_RANGE, held.count() / colours)) {
            for (long i = 0; held.count() > 0 && i < count; i++) {
                long address = phys + (i << lineShift);
                for (int slot = holding(address, NONE); slot != NONE; slot = holding(address, slot)) {
                    held.collect(i, slot);
                }
            }
            return held.collected();
        }
        long firstLine = phys >>> lineShift;
        for (int i = 0; i < held.count(); i++) {
            long index = lines[held.slot(i)] - firstLine;
            if (Long.compareUnsigned(index, count) < 0) {
                held.collect(index, held.slot(i));
            }
        }
        return held.sortCollected();
    }

    /** The slot of one of the lines just collected. */
    int collected(int index) {
        return held.collected(index);
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
            require(held.contains(slot), "a held line is not listed", slot);
            require(
                    WayOrder.bitsBefore(heads[set(slot) * headWords], slot % ways) < 4 * held(set(slot)),
                    "an empty way stands before a held one",
                    slot);
            require(
                    findAmong(
                                    partial.candidates(heads, set(slot) * headWords + 1, PartialTags.of(keys[slot])),
                                    set(slot) * ways,
                                    keys[slot])
                            == slot,
                    "a held line is not found by its partial tag",
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
        require(count == held.count(), "held lines are " + count + ", listed " + held.count(), 0);
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
