package org.dmalab.engine.cache;

/**
 * The line numbers that a level of {@link TagCaches} holds, each with its dirty bit. LRU, or FIFO, or random; nothing is ever
 * taken out but to make room.
 *
 * <pre>
 * bits 63..1  line number; all ones in an empty place
 * bit 0       dirty
 * </pre>
 */
abstract sealed class TagSets permits NarrowTagSets, WideTagSets {
    /** Nothing left: the place was empty. */
    static final long EMPTY = -1;
    /** Nothing left: the line was there. */
    static final long HIT = -2;

    static final long DIRTY = 1;

    private final Replacement replacement;
    private long random;

    TagSets(CacheConfig config) {
        replacement = config.replacement();
        random = (config.seed() * 0x9E3779B97F4A7C15L) | 1;
    }

    /** The empty sets of a cache of {@code config}. */
    static TagSets of(CacheConfig config) {
        return config.geometry().ways() > NarrowTagSets.MOST_WAYS ? new WideTagSets(config) : new NarrowTagSets(config);
    }

    /** Whether a hit makes a line the newest of its set. */
    boolean ageOnUse() {
        return replacement == Replacement.LRU;
    }

    /** How many lines of a full set of {@code ways} are newer than the one that makes room. */
    int newerThanVictim(int ways) {
        if (replacement != Replacement.PSEUDO_RANDOM) {
            return ways - 1;
        }
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) (random >>> 33) & (ways - 1);
    }

    /** Makes {@code line} held, dirty from now on if so told: {@link #HIT}, {@link #EMPTY} or what had to leave. */
    abstract long hold(long line, long dirty);

    /**
     * {@link #hold} for a row of accesses to a cache that is written back and allocates on writes, and what they ask of the next
     * level; stops before an access that goes beyond a line, or when the list is full.
     *
     * @return the index of the first access that was left
     */
    abstract int hold(long[] accesses, int from, int to, int lineShift, TagRequests asked);

    /** {@link #hold}, of a line that is there; if it is not, false, and nothing changes. */
    abstract boolean use(long line, long dirty);

    /** How many places there are. */
    abstract int places();

    /** Cleans a place and says what was there; from the last place to the first is set after set, in a set oldest first. */
    abstract long clean(int place);
}
