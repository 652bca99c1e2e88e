package org.dmalab.engine.cache;

import java.util.Arrays;

/**
 * Sets of any number of ways. The lines of a set stand in one row, the newest first, so the line that makes room for LRU and
 * FIFO is the last.
 */
final class WideTagSets extends TagSets {
    private final long[] rows;
    private final int ways;
    private final int setMask;

    WideTagSets(CacheConfig config) {
        super(config);
        ways = config.geometry().ways();
        setMask = config.geometry().sets() - 1;
        rows = new long[config.geometry().sets() * ways];
        Arrays.fill(rows, EMPTY);
    }

    @Override
    long hold(long line, long dirty) {
        if (use(line, dirty)) {
            return HIT;
        }
        int front = ((int) line & setMask) * ways;
        int last = front + ways - 1;
        int place = rows[last] == EMPTY ? last : front + newerThanVictim(ways);
        long leaving = rows[place];
        toFront(front, place, (line << 1) | dirty);
        return leaving;
    }

    /** Leaves all of them. */
    @Override
    int hold(long[] accesses, int from, int to, int lineShift, TagRequests asked) {
        return from;
    }

    @Override
    boolean use(long line, long dirty) {
        int front = ((int) line & setMask) * ways;
        for (int place = front; place < front + ways; place++) {
            if (rows[place] >>> 1 == line) {
                rows[place] |= dirty;
                if (ageOnUse()) {
                    toFront(front, place, rows[place]);
                }
                return true;
            }
        }
        return false;
    }

    private void toFront(int front, int place, long tag) {
        System.arraycopy(rows, front, rows, front + 1, place - front);
        rows[front] = tag;
    }

    @Override
    int places() {
        return rows.length;
    }

    @Override
    long clean(int place) {
        long tag = rows[place];
        if (tag != EMPTY) {
            rows[place] = tag & ~DIRTY;
        }
        return tag;
    }
}
