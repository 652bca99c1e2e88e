package org.dmalab.engine.cache;

import java.util.Arrays;

/**
 * Sets of few ways, searched without a loop: lines stay where they are, and the order of their use is kept beside them. A set
 * is a row of words: its {@link WayOrder}, its {@link PartialTags}, the lines way after way.
 */
final class NarrowTagSets extends TagSets {
    static final int MOST_WAYS = Math.min(PartialTags.MOST_WAYS, WayOrder.MOST_WAYS);

    private final int ways;
    private final int setMask;
    private final boolean ageOnUse;
    private final PartialTags partial;
    /** Where in a row the lines begin. */
    private final int lines;

    private final int rowWords;
    private final long[] rows;

    NarrowTagSets(CacheConfig config) {
        super(config);
        ways = config.geometry().ways();
        int sets = config.geometry().sets();
        setMask = sets - 1;
        ageOnUse = ageOnUse();
        partial = new PartialTags(ways);
        lines = 1 + partial.words();
        rowWords = lines + ways;
        rows = new long[sets * rowWords];
        for (int row = 0; row < rows.length; row += rowWords) {
            rows[row] = WayOrder.empty(ways);
            Arrays.fill(rows, row + lines, row + rowWords, EMPTY);
        }
    }

    @Override
    long hold(long line, long dirty) {
        long[] words = rows;
        int row = ((int) line & setMask) * rowWords;
        long tag = PartialTags.of(line);
        for (long left = partial.candidates(words, row + 1, tag); left != 0; left &= left - 1) {
            int way = PartialTags.way(left);
            int place = row + lines + way;
            if (words[place] >>> 1 == line) {
                words[place] |= dirty;
                if (ageOnUse) {
                    words[row] = WayOrder.toFront(words[row], way);
                }
                return HIT;
            }
        }
        return insert(row, line, tag, dirty);
    }

    @Override
    int hold(long[] accesses, int from, int to, int lineShift, TagRequests asked) {
        if (!ageOnUse) {
            return from;
        }
        // What may or may not be asked for is written, and counted or not: to branch on it is to guess wrong often.
        long[] words = rows;
        long[] list = asked.words;
        PartialTags tags = partial;
        int firstLine = lines;
        int used = asked.used;
        int misses = 0;
        int writeMisses = 0;
        int fetches = 0;
        long size = (long) lineShift << TagCaches.SIZE_SHIFT;
        int at = from;
        for (; at < to && used < list.length - 1; at++) {
            long access = accesses[at];
            long address = access & TagCaches.ADDRESS;
            long line = address >>> lineShift;
            long last = address + (1L << ((access >>> TagCaches.SIZE_SHIFT) & TagCaches.SIZE_MASK)) - 1;
            if (last >>> lineShift != line) {
                break;
            }
            int row = ((int) line & setMask) * rowWords;
            long tag = PartialTags.of(line);
            long order = words[row];
            long candidates = tags.candidates(words, row + 1, tag);
            if (candidates != 0) {
                int way = PartialTags.way(candidates);
                int place = row + firstLine + way;
                if (words[place] >>> 1 == line) {
                    words[place] |= access >>> 63;
                    words[row] = WayOrder.toFront(order, way);
                    continue;
                }
                if ((candidates & (candidates - 1)) != 0) {
                    break;
                }
            }
            int way = WayOrder.way(order, ways - 1);
            int place = row + firstLine + way;
            long leaving = words[place];
            // An empty place is all ones; a line number has no use for bit 63.
            long stores = leaving & DIRTY & ~(leaving >>> 63);
            long stored = (leaving >>> 1) << lineShift;
            if ((stored & -stores & ~TagCaches.ADDRESS) != 0) {
                break;
            }
            words[row] = WayOrder.turn(order, ways);
            PartialTags.put(words, row + 1, way, tag);
            words[place] = (line << 1) | (access >>> 63);
            misses++;
            writeMisses += (int) (access >>> 63);
            long part = ((access ^ size) >>> TagCaches.SIZE_SHIFT) & TagCaches.SIZE_MASK;
            int fetched = (int) ((~access | -part) >>> 63);
            list[used] = (line << lineShift) | size;
            used += fetched;
            fetches += fetched;
            list[used] = stored | size | TagRequests.STORE;
            used += (int) stores;
        }
        asked.readMisses += misses - writeMisses;
        asked.writeMisses += writeMisses;
        asked.fetches += fetches;
        asked.stores += used - asked.used - fetches;
        asked.used = used;
        return at;
    }

    private long insert(int row, long line, long tag, long dirty) {
        long[] words = rows;
        long order = words[row];
        int way = WayOrder.way(order, ways - 1);
        if (ageOnUse || words[row + lines + way] == EMPTY) {
            words[row] = WayOrder.turn(order, ways);
        } else {
            way = WayOrder.way(order, newerThanVictim(ways));
            words[row] = WayOrder.toFront(order, way);
        }
        int place = row + lines + way;
        long leaving = words[place];
        words[place] = (line << 1) | dirty;
        PartialTags.put(words, row + 1, way, tag);
        return leaving;
    }

    @Override
    boolean use(long line, long dirty) {
        long[] words = rows;
        int row = ((int) line & setMask) * rowWords;
        for (long left = partial.candidates(words, row + 1, PartialTags.of(line)); left != 0; left &= left - 1) {
            int way = PartialTags.way(left);
            int place = row + lines + way;
            if (words[place] >>> 1 == line) {
                words[place] |= dirty;
                if (ageOnUse) {
                    words[row] = WayOrder.toFront(words[row], way);
                }
                return true;
            }
        }
        return false;
    }

    @Override
    int places() {
        return (setMask + 1) * ways;
    }

    @Override
    long clean(int place) {
        int set = place / ways;
        int row = set * rowWords;
        int at = row + lines + WayOrder.way(rows[row], place - set * ways);
        long tag = rows[at];
        if (tag != EMPTY) {
            rows[at] = tag & ~DIRTY;
        }
        return tag;
    }
}
