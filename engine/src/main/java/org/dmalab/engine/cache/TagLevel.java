package org.dmalab.engine.cache;

import org.jspecify.annotations.Nullable;

/**
 * One level of {@link TagCaches}: which lines it holds, and counts. What it asks of the next level waits in a list until that
 * is full or somebody asks for counts: a level answers nothing that the one before it depends on.
 */
final class TagLevel {
    private final CacheConfig config;
    private final @Nullable TagLevel next;
    private final TagSets sets;
    private final int lineShift;
    private final boolean writeBack;
    private final boolean writeAllocate;
    private final TagRequests asked = new TagRequests();

    private long accesses;
    private long bytesIn;
    private long bytesOut;

    /** A level in front of {@code next}; null for memory. */
    TagLevel(CacheConfig config, @Nullable TagLevel next) {
        this.config = config;
        this.next = next;
        sets = TagSets.of(config);
        lineShift = Integer.numberOfTrailingZeros(config.lineBytes());
        writeBack = config.writeBack();
        writeAllocate = config.writeAllocate();
    }

    CacheConfig config() {
        return config;
    }

    /** The counts so far, under {@code name}, if the levels before have no more to ask. */
    TagCaches.Counts counts(String name) {
        passOn();
        return new TagCaches.Counts(name, accesses, asked.readMisses, asked.writeMisses, bytesIn, bytesOut);
    }

    /** One access for each word from {@code from} to before {@code to}, as {@link TagCaches#access(long[], int, int)}. */
    void access(long[] words, int from, int to) {
        int at = from;
        while (at < to) {
            if (writeBack && writeAllocate) {
                int left = sets.hold(words, at, to, lineShift, asked);
                accesses += left - at;
                at = left;
                if (asked.isFull()) {
                    passOn();
                    continue;
                }
            }
            if (at < to) {
                long word = words[at++];
                access(
                        word & TagCaches.ADDRESS,
                        1 << ((int) (word >>> TagCaches.SIZE_SHIFT) & TagCaches.SIZE_MASK),
                        word < 0);
            }
        }
    }

    /** One access; what goes beyond a line is an access of its own. */
    void access(long address, int bytes, boolean write) {
        long start = address;
        int left = bytes;
        while ((start + left - 1) >>> lineShift != start >>> lineShift) {
            int piece = (int) ((((start >>> lineShift) + 1) << lineShift) - start);
            accessLine(start, piece, write);
            start += piece;
            left -= piece;
        }
        accessLine(start, left, write);
    }

    private void accessLine(long address, int bytes, boolean write) {
        long line = address >>> lineShift;
        long dirty = write && writeBack ? TagSets.DIRTY : 0;
        accesses++;
        if (write && !writeAllocate) {
            if (!sets.use(line, dirty)) {
                asked.writeMisses++;
                storeOn(address, bytes);
            } else if (!writeBack) {
                storeOn(address, bytes);
            }
            return;
        }
        long leaving = sets.hold(line, dirty);
        if (leaving != TagSets.HIT) {
            miss(leaving, address, bytes, write);
        } else if (write && !writeBack) {
            storeOn(address, bytes);
        }
    }

    /** The next level sees the fetch, then the store if it is written through, then the line that had to leave. */
    private void miss(long leaving, long address, int bytes, boolean write) {
        int lineBytes = 1 << lineShift;
        if (write) {
            asked.writeMisses++;
        } else {
            asked.readMisses++;
        }
        if (!write || bytes != lineBytes) {
            bytesIn += lineBytes;
            ask(address & -(long) lineBytes, lineBytes, 0);
        }
        if (write && !writeBack) {
            storeOn(address, bytes);
        }
        if (leaving != TagSets.EMPTY && (leaving & TagSets.DIRTY) != 0) {
            storeOn((leaving >>> 1) << lineShift, lineBytes);
        }
    }

    private void storeOn(long address, int bytes) {
        bytesOut += bytes;
        ask(address, bytes, TagRequests.STORE);
    }

    private void ask(long address, int bytes, long store) {
        if (next == null) {
            return;
        }
        if ((address & ~TagCaches.ADDRESS) != 0 || (bytes & (bytes - 1)) != 0) {
            passOn();
            next.access(address, bytes, store != 0);
            return;
        }
        if (asked.isFull()) {
            passOn();
        }
        long size = (long) Integer.numberOfTrailingZeros(bytes) << TagCaches.SIZE_SHIFT;
        asked.words[asked.used++] = address | size | store;
    }

    private void passOn() {
        if (next != null) {
            next.access(asked.words, 0, asked.used);
        }
        bytesIn += asked.fetches << lineShift;
        bytesOut += asked.stores << lineShift;
        asked.clear();
    }

    /** Writes every dirty line on: the last set first, in a set the oldest. */
    void writeBack() {
        for (int place = sets.places() - 1; place >= 0; place--) {
            long tag = sets.clean(place);
            if (tag != TagSets.EMPTY && (tag & TagSets.DIRTY) != 0) {
                storeOn((tag >>> 1) << lineShift, 1 << lineShift);
            }
        }
        passOn();
    }
}
