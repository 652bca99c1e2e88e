package org.dmalab.engine.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dmalab.engine.base.PhysAddr;
import org.jspecify.annotations.Nullable;

/**
 * Caches without bytes: how often would a stream of accesses miss, and how much would it move? One to many levels behind one
 * another, none of them inclusive, counted as the trace-driven simulator Dinero IV (Edler and Hill, 1998) counts them:
 *
 * <ul>
 *   <li>An access that crosses lines is an access for each.
 *   <li>A miss fetches its line from the next level; a store of a whole line is not fetched.
 *   <li>A dirty line that leaves is a store of a line at the next level, after the fetch that made it leave.
 *   <li>Written through, a store goes on to the next level in its own size, after the fetch.
 *   <li>Without write-allocate a store that misses goes on alone.
 * </ul>
 *
 * <p>Addresses are taken as they are; {@link CacheConfig#indexing} means nothing here. As no line is ever invalidated, {@link
 * Replacement#ROUND_ROBIN} is {@link Replacement#FIFO}.
 */
public final class TagCaches {
    /** Bits of a word that are the address. */
    static final long ADDRESS = (1L << 48) - 1;

    static final int SIZE_SHIFT = 48;
    static final int SIZE_MASK = 0xFF;
    private static final int LARGEST = 30;

    private final List<TagLevel> levels = new ArrayList<>();

    /**
     * What a level was asked and what it asked of the next.
     *
     * @param level {@code l1-dcache}, {@code l2-ucache}
     * @param accesses of lines
     * @param readMisses loads and fetches that found no line
     * @param writeMisses stores that found none
     * @param bytesIn fetched from the next level
     * @param bytesOut stored to the next level
     */
    public record Counts(String level, long accesses, long readMisses, long writeMisses, long bytesIn, long bytesOut) {
        /** All misses. */
        public long misses() {
            return readMisses + writeMisses;
        }

        /** The misses among the accesses, 0..1. */
        public double missRate() {
            return accesses == 0 ? 0 : (double) misses() / accesses;
        }

        /** {@code l1-dcache: 2000000 accesses, 493443 misses (read 407639, write 85804), 15790176 bytes in, 4224096 out}. */
        @Override
        public String toString() {
            return level + ": " + accesses + " accesses, " + misses() + " misses (read " + readMisses + ", write "
                    + writeMisses + "), " + bytesIn + " bytes in, " + bytesOut + " out";
        }
    }

    /** Empty caches, the one nearest to the CPU first. */
    public TagCaches(List<CacheConfig> configs) {
        if (configs.isEmpty()) {
            throw new IllegalArgumentException("configs must name at least one level: " + configs);
        }
        @Nullable TagLevel next = null;
        for (int i = configs.size() - 1; i >= 0; i--) {
            next = new TagLevel(configs.get(i), next);
            levels.add(0, next);
        }
    }

    /** A load or store of {@code bytes}. */
    public void access(PhysAddr address, int bytes, boolean write) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        levels.get(0).access(address.value(), bytes, write);
    }

    /**
     * One access for each of {@code count} words from index {@code from}.
     *
     * <pre>
     * bits 63     store
     * bits 55..48 log2 of the bytes
     * bits 47..0  address
     * </pre>
     */
    public void access(long[] words, int from, int count) {
        if (from < 0 || count < 0 || from > words.length - count) {
            throw new IllegalArgumentException(
                    "from and count must lie in " + words.length + " words: " + from + ", " + count);
        }
        long sizes = 0;
        for (int i = from; i < from + count; i++) {
            sizes |= ((words[i] >>> SIZE_SHIFT) & SIZE_MASK) + 1;
        }
        if (sizes > LARGEST + 1) {
            refuse(words, from);
        }
        levels.get(0).access(words, from, from + count);
    }

    private static void refuse(long[] words, int from) {
        int at = from;
        while (((words[at] >>> SIZE_SHIFT) & SIZE_MASK) <= LARGEST) {
            at++;
        }
        throw new IllegalArgumentException("an access must be of 2^0..2^" + LARGEST + " bytes: word " + at);
    }

    /** Every dirty line goes on to the next level, level after level, and stays: the end of a count in Dinero IV. */
    public void writeBack() {
        levels.forEach(TagLevel::writeBack);
    }

    /** The counts of each level since the start. */
    public List<Counts> counts() {
        List<Counts> counts = new ArrayList<>();
        for (TagLevel level : levels) {
            counts.add(level.counts(counts.isEmpty() ? "l1-dcache" : "l" + (counts.size() + 1) + "-ucache"));
        }
        return counts;
    }

    /** {@code 32 KiB, 4-way ...; 1 MiB, 16-way ...}. */
    @Override
    public String toString() {
        return levels.stream().map(level -> level.config().toString()).collect(Collectors.joining("; "));
    }
}
