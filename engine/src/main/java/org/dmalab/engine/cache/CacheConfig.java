package org.dmalab.engine.cache;

import org.dmalab.engine.base.PageSize;

/**
 * One cache: its shape and its policies.
 *
 * @param geometry capacity, ways, line size
 * @param indexing by which address a line is found
 * @param replacement who makes room
 * @param writeBack whether a written line stays dirty; if not, every store goes on to the next level as well
 * @param writeAllocate whether a store that misses fetches the line; if not, it goes on to the next level alone
 * @param seed of {@link Replacement#PSEUDO_RANDOM}
 */
public record CacheConfig(
        CacheGeometry geometry,
        Indexing indexing,
        Replacement replacement,
        boolean writeBack,
        boolean writeAllocate,
        long seed) {
    /** PIPT, LRU, write-back, write-allocate. */
    public static CacheConfig of(CacheGeometry geometry) {
        return new CacheConfig(geometry, Indexing.PIPT, Replacement.LRU, true, true, 1);
    }

    /** {@link #of(CacheGeometry)} of {@code bytes} in {@code ways} of lines of {@code lineBytes}. */
    public static CacheConfig of(long bytes, int ways, int lineBytes) {
        return of(new CacheGeometry(bytes, ways, lineBytes));
    }

    /** The same cache, indexed by {@code choice}. */
    public CacheConfig with(Indexing choice) {
        return new CacheConfig(geometry, choice, replacement, writeBack, writeAllocate, seed);
    }

    /** The same cache, replacing by {@code choice}. */
    public CacheConfig with(Replacement choice) {
        return new CacheConfig(geometry, indexing, choice, writeBack, writeAllocate, seed);
    }

    /** The same cache with another sequence of {@link Replacement#PSEUDO_RANDOM}. */
    public CacheConfig withSeed(long other) {
        return new CacheConfig(geometry, indexing, replacement, writeBack, writeAllocate, other);
    }

    /** The same cache, written through. */
    public CacheConfig writeThrough() {
        return new CacheConfig(geometry, indexing, replacement, false, writeAllocate, seed);
    }

    /** The same cache, which no store that misses fills. */
    public CacheConfig noWriteAllocate() {
        return new CacheConfig(geometry, indexing, replacement, writeBack, false, seed);
    }

    /** Bytes of a line. */
    public int lineBytes() {
        return geometry.lineBytes();
    }

    /** In how many sets a line of memory may lie: more than one if a virtual index has bits above the page offset. */
    public int colours() {
        long wayBytes = geometry.bytes() / geometry.ways();
        return indexing == Indexing.PIPT ? 1 : Math.toIntExact(Math.max(1, wayBytes / PageSize.PAGE_BYTES));
    }

    /** {@code 32 KiB, 4-way, 32 B lines, PIPT, LRU, write-back, write-allocate}. */
    @Override
    public String toString() {
        return geometry + ", " + indexing + ", " + replacement + (writeBack ? ", write-back" : ", write-through")
                + (writeAllocate ? ", write-allocate" : ", no write-allocate");
    }
}
