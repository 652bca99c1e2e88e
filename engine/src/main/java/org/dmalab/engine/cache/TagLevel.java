package org.dmalab.engine.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One level of {@link TagCaches}: line numbers, each with its dirty bit, and counts.
 *
 * <p>The lines of a set stand in one row, the newest first: the one used last for LRU, the one filled last for the others. So
 * the line that makes room is the last of its row, and a search that misses has already moved every line one place on.
 *
 * <pre>
 * bits 63..1  line number; all ones in an empty place
 * bit 0       dirty
 * </pre>
 */
final class TagLevel {
    private static final long EMPTY = -1;
    private static final long DIRTY = 1;

    private final CacheConfig config;
    private final @Nullable TagLevel next;
    private final long[] rows;
    private final int ways;
    private final int setMask;
    private final int lineShift;
    private final boolean movesOnHit;
    private final boolean writeBack;
    private final boolean writeAllocate;
    private long random;

    private long reads;
    private long writes;
    private long readMisses;
    private long writeMisses;
    private long bytesIn;
    private long bytesOut;

    /** A level in front of {@code next}; null for memory. */
    TagLevel(CacheConfig config, @Nullable TagLevel next) {
        this.config = config;
        this.next = next;
        ways = config.geometry().ways();
        setMask = config.geometry().sets() - 1;
        lineShift = Integer.numberOfTrailingZeros(config.lineBytes());
        movesOnHit = config.replacement() == Replacement.LRU;
        writeBack = config.writeBack();
        writeAllocate = config.writeAllocate();
        random = (config.seed() * 0x9E3779B97F4A7C15L) | 1;
        rows = new long[config.geometry().sets() * ways];
        Arrays.fill(rows, EMPTY);
    }

    CacheConfig config() {
        return config;
    }

    TagCaches.Counts counts(String name) {
        return new TagCaches.Counts(name, reads + writes, readMisses, writeMisses, bytesIn, bytesOut);
    }

    /** One access for each word from {@code from} to before {@code to}, as {@link TagCaches#access(long[], int, int)}. */
    void access(long[] words, int from, int to) {
        long[] tags = rows;
        for (int i = from; i < to; i++) {
            long word = words[i];
            long address = word & TagCaches.ADDRESS;
            int bytes = 1 << ((int) (word >>> TagCaches.SIZE_SHIFT) & TagCaches.SIZE_MASK);
            long line = address >>> lineShift;
            int front = ((int) line & setMask) * ways;
            // A load of the newest line of its set, by far the most frequent access.
            if (word >= 0 && tags[front] >>> 1 == line && (address + bytes - 1) >>> lineShift == line) {
                reads++;
            } else {
                access(address, bytes, word < 0);
            }
        }
    }

    /** One access; what goes beyond a line is an access of its own. */
    void access(long address, int bytes, boolean write) {
        long line = address >>> lineShift;
        long last = (address + bytes - 1) >>> lineShift;
        if (last == line) {
            accessLine(line, address, bytes, write);
            return;
        }
        int piece = (int) (((line + 1) << lineShift) - address);
        accessLine(line, address, piece, write);
        access(address + piece, bytes - piece, write);
    }

    private void accessLine(long line, long address, int bytes, boolean write) {
        int front = ((int) line & setMask) * ways;
        long dirty = 0;
        if (write) {
            writes++;
            dirty = writeBack ? DIRTY : 0;
        } else {
            reads++;
        }
        boolean hit;
        if (rows[front] >>> 1 == line) {
            rows[front] |= dirty;
            hit = true;
        } else if (movesOnHit && (!write || writeAllocate)) {
            long carried = toFront(front, line, dirty);
            hit = carried >>> 1 == line;
            if (!hit) {
                miss(carried, address, bytes, write);
                return;
            }
        } else {
            int place = find(front, line);
            hit = place >= 0;
            if (hit && movesOnHit) {
                long unused = toFront(front, line, dirty);
            } else if (hit) {
                rows[place] |= dirty;
            } else if (write && !writeAllocate) {
                writeMisses++;
            } else {
                miss(insert(front, line, dirty), address, bytes, write);
                return;
            }
        }
        if (write && !(writeBack && hit)) {
            storeOn(address, bytes);
        }
    }

    /** Moves {@code line} to the front of its row; what it returns is the line itself, or the one that had to leave. */
    private long toFront(int front, long line, long dirty) {
        long[] tags = rows;
        long carried = tags[front];
        for (int place = front + 1; place < front + ways; place++) {
            long tag = tags[place];
            tags[place] = carried;
            if (tag >>> 1 == line) {
                tags[front] = tag | dirty;
                return tag;
            }
            carried = tag;
        }
        tags[front] = (line << 1) | dirty;
        return carried;
    }

    private int find(int front, long line) {
        for (int place = front; place < front + ways; place++) {
            if (rows[place] >>> 1 == line) {
                return place;
            }
        }
        return -1;
    }

    private long insert(int front, long line, long dirty) {
        int place = front + ways - 1;
        if (config.replacement() == Replacement.PSEUDO_RANDOM && rows[place] != EMPTY) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            place = front + ((int) (random >>> 33) & (ways - 1));
        }
        long leaving = rows[place];
        System.arraycopy(rows, front, rows, front + 1, place - front);
        rows[front] = (line << 1) | dirty;
        return leaving;
    }

    /** The next level sees the fetch, then the store if it is written through, then the line that had to leave. */
    private void miss(long leaving, long address, int bytes, boolean write) {
        int lineBytes = 1 << lineShift;
        if (write) {
            writeMisses++;
        } else {
            readMisses++;
        }
        if (!write || bytes != lineBytes) {
            bytesIn += lineBytes;
            if (next != null) {
                next.access(address & -(long) lineBytes, lineBytes, false);
            }
        }
        if (write && !writeBack) {
            storeOn(address, bytes);
        }
        if (leaving != EMPTY && (leaving & DIRTY) != 0) {
            storeOn((leaving >>> 1) << lineShift, lineBytes);
        }
    }

    private void storeOn(long address, int bytes) {
        bytesOut += bytes;
        if (next != null) {
            next.access(address, bytes, true);
        }
    }

    /** Writes every dirty line on: the last set first, in a set the oldest. */
    void writeBack() {
        for (int place = rows.length - 1; place >= 0; place--) {
            long tag = rows[place];
            if (tag != EMPTY && (tag & DIRTY) != 0) {
                rows[place] = tag & ~DIRTY;
                storeOn((tag >>> 1) << lineShift, 1 << lineShift);
            }
        }
    }
}
