package org.dmalab.engine.cache;

import java.util.Optional;

/**
 * The data caches of a machine: an inner cache for each CPU, kept coherent with one another, and one outer cache that they
 * share.
 *
 * @param cpus how many
 * @param inner each CPU's cache
 * @param outer the shared one behind them, physically indexed; empty if there is none
 * @param writeBufferEntries lines of non-cacheable stores that a CPU can hold back; 0 if each arrives at once
 * @param drainAfter how many accesses of its CPU a waiting line outlasts into which nothing merges; 0 if it waits for as long as
 *     nothing drives it out, as in a PL310 before r3p2 (erratum 769419)
 * @param sharedOverride whether the outer cache lets Normal non-cacheable accesses pass. If not, as a PL310 comes out of
 *     reset, it looks them up: a held line answers a load, and a store changes it on its way to memory (ARM DDI 0246,
 *     auxiliary control register bit 22, shared attribute override)
 */
public record CacheTopology(
        int cpus,
        CacheConfig inner,
        Optional<CacheConfig> outer,
        int writeBufferEntries,
        int drainAfter,
        boolean sharedOverride) {
    /** {@link #drainAfter} unless another is chosen: long enough to see a missing barrier, too short to rely on. */
    public static final int DRAIN_AFTER = 256;

    private static final int MOST_CPUS = 64;
    private static final int MOST_ENTRIES = 64;
    private static final int PAGE_BYTES = 4096;

    public CacheTopology {
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new IllegalArgumentException("cpus must be 1.." + MOST_CPUS + ": " + cpus);
        }
        if (writeBufferEntries < 0 || writeBufferEntries > MOST_ENTRIES) {
            throw new IllegalArgumentException(
                    "writeBufferEntries must be 0.." + MOST_ENTRIES + ": " + writeBufferEntries);
        }
        if (drainAfter < 0) {
            throw new IllegalArgumentException("drainAfter must not be negative: " + drainAfter);
        }
        if (cpus > 1 && inner.colours() > 1) {
            throw new IllegalArgumentException(
                    "caches in which a line may lie in several sets are modelled for one CPU only: " + cpus + " CPUs, "
                            + inner);
        }
        if (inner.lineBytes() > PAGE_BYTES) {
            throw new IllegalArgumentException("inner lines must fit a page: " + inner);
        }
        requireWays(inner);
        outer.ifPresent(cache -> {
            requireWays(cache);
            if (cache.lineBytes() < inner.lineBytes() || cache.lineBytes() > PAGE_BYTES) {
                throw new IllegalArgumentException(
                        "outer lines must be as large as inner ones at least, and fit a page: " + inner + "; " + cache);
            }
            if (cache.indexing() != Indexing.PIPT) {
                throw new IllegalArgumentException("outer cache must be PIPT: " + cache);
            }
        });
    }

    private static void requireWays(CacheConfig cache) {
        if (cache.geometry().ways() > Cache.MOST_WAYS) {
            throw new IllegalArgumentException(
                    "a cache with bytes must have at most " + Cache.MOST_WAYS + " ways: " + cache);
        }
    }

    /** One CPU with an inner and an outer cache and no write buffer. */
    public static CacheTopology of(CacheConfig inner, CacheConfig outer) {
        return new CacheTopology(1, inner, Optional.of(outer), 0, DRAIN_AFTER, true);
    }

    /** One CPU with an inner cache only and no write buffer. */
    public static CacheTopology of(CacheConfig inner) {
        return new CacheTopology(1, inner, Optional.empty(), 0, DRAIN_AFTER, true);
    }

    /** The same caches for {@code count} CPUs. */
    public CacheTopology withCpus(int count) {
        return new CacheTopology(count, inner, outer, writeBufferEntries, drainAfter, sharedOverride);
    }

    /** The same caches beside write buffers of {@code entries}. */
    public CacheTopology withWriteBuffer(int entries) {
        return new CacheTopology(cpus, inner, outer, entries, drainAfter, sharedOverride);
    }

    /** The same caches with {@link #sharedOverride} set or clear. */
    public CacheTopology withSharedOverride(boolean set) {
        return new CacheTopology(cpus, inner, outer, writeBufferEntries, drainAfter, set);
    }

    /** The same caches beside write buffers that let a line go after {@code accesses}, see {@link #drainAfter}. */
    public CacheTopology withDrainAfter(int accesses) {
        return new CacheTopology(cpus, inner, outer, writeBufferEntries, accesses, sharedOverride);
    }
}
