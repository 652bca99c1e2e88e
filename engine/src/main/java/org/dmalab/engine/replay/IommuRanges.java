package org.dmalab.engine.replay;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The live ranges of {@code iommu} map lines.
 *
 * <p>These lines name neither device nor domain, and two domains may map the same addresses: ranges with one start are
 * counted, and an unmap ends the one that fits best, an owned one first. Which of two equal ranges it was cannot be known and
 * makes no difference to the map; where domains overlap with ranges of different length the choice is a guess. A range of which an unmap takes only a part lives on as the rest.
 */
final class IommuRanges {
    private static final int NONE = KeyIndex.ABSENT;
    private static final long[] GRANULES = {1 << 12, 1 << 14, 1 << 16};

    private final Lifetimes lifetimes;

    /** From the start of a range, shifted so that signed order is unsigned order, to the youngest live range there. */
    private final TreeMap<Long, Integer> live = new TreeMap<>();

    private long claimedTo;

    IommuRanges(Lifetimes lifetimes) {
        this.lifetimes = lifetimes;
    }

    void map(int row, long iova, long bytes) {
        chain(lifetimes.add(row, row, iova, bytes));
    }

    /** Ends what the unmap covers, range after range; whether there was anything. */
    boolean unmap(int row, long iova, long bytes) {
        long last = iova + (bytes - 1);
        boolean found = false;
        long at = iova;
        for (; ; ) {
            Integer head = live.get(order(at));
            int ended = head == null ? reaching(at) : choose(head, last);
            if (ended == NONE) {
                Long next = live.higherKey(order(at));
                if (next == null || next > order(last)) {
                    return found;
                }
                at = order(next);
                continue;
            }
            found = true;
            long end = lifetimes.start(ended) + (lifetimes.bytes(ended) - 1);
            end(row, ended, at, last);
            if (Long.compareUnsigned(end, last) >= 0) {
                return true;
            }
            at = end + 1;
        }
    }

    /** Ends the part of a range between {@code at} and {@code last}; what lies outside lives on. */
    private void end(int row, int ended, long at, long last) {
        unchain(ended);
        lifetimes.end(ended, row);
        long start = lifetimes.start(ended);
        long end = start + (lifetimes.bytes(ended) - 1);
        if (start != at) {
            rest(row, ended, start, at - start);
        }
        if (Long.compareUnsigned(end, last) > 0) {
            rest(row, ended, last + 1, end - last);
        }
    }

    /**
     * Gives the live, unowned ranges that cover {@code bytes} from {@code address} to a dma mapping: they begin at the
     * IOMMU page of the address and follow one another.
     *
     * @return the first of them, -1 if there is none
     */
    int claim(long address, long bytes) {
        for (long granule : GRANULES) {
            int first = unclaimed(address & -granule);
            if (first != NONE) {
                claimedTo = claimFrom(first, address + (bytes - 1));
                return first;
            }
        }
        return NONE;
    }

    /** The last address that the last successful claim reached. */
    long claimedTo() {
        return claimedTo;
    }

    private long claimFrom(int first, long last) {
        int i = first;
        for (; ; ) {
            lifetimes.claim(i);
            long end = lifetimes.start(i) + (lifetimes.bytes(i) - 1);
            if (Long.compareUnsigned(end, last) >= 0) {
                return end;
            }
            i = unclaimed(end + 1);
            if (i == NONE) {
                return end;
            }
        }
    }

    private int unclaimed(long start) {
        Integer head = live.get(order(start));
        int i = head == null ? NONE : head;
        for (int looked = 0; i != NONE && looked < Lifetimes.LOOKED_AT; i = lifetimes.next(i), looked++) {
            if (!lifetimes.isClaimed(i)) {
                return i;
            }
        }
        return NONE;
    }

    /** The nearest range that begins below {@code address} and holds it. */
    private int reaching(long address) {
        Map.Entry<Long, Integer> below = live.lowerEntry(order(address));
        if (below == null) {
            return NONE;
        }
        int i = below.getValue();
        return Long.compareUnsigned(address - lifetimes.start(i), lifetimes.bytes(i)) < 0 ? i : NONE;
    }

    private void rest(int row, int of, long start, long bytes) {
        int rest = lifetimes.add(row, lifetimes.origin(of), start, bytes);
        if (lifetimes.isClaimed(of)) {
            lifetimes.claim(rest);
        }
        chain(rest);
    }

    /** Of the ranges with one start: the longest that ends at or before {@code last}, of equal ones an owned one. */
    private int choose(int head, long last) {
        int best = NONE;
        int i = head;
        for (int looked = 0; i != NONE && looked < Lifetimes.LOOKED_AT; i = lifetimes.next(i), looked++) {
            boolean inside = Long.compareUnsigned(lifetimes.start(i) + (lifetimes.bytes(i) - 1), last) <= 0;
            boolean better = best == NONE
                    || lifetimes.bytes(i) > lifetimes.bytes(best)
                    || (lifetimes.bytes(i) == lifetimes.bytes(best)
                            && lifetimes.isClaimed(i)
                            && !lifetimes.isClaimed(best));
            if (inside && better) {
                best = i;
            }
        }
        return best == NONE ? head : best;
    }

    private void chain(int i) {
        Integer head = live.put(order(lifetimes.start(i)), i);
        lifetimes.next(i, head == null ? NONE : head);
    }

    private void unchain(int i) {
        long key = order(lifetimes.start(i));
        int head = Objects.requireNonNull(live.get(key));
        if (head == i) {
            int older = lifetimes.next(i);
            if (older == NONE) {
                live.remove(key);
            } else {
                live.put(key, older);
            }
            return;
        }
        int before = head;
        while (lifetimes.next(before) != i) {
            before = lifetimes.next(before);
        }
        lifetimes.next(before, lifetimes.next(i));
    }

    private static long order(long address) {
        return address ^ Long.MIN_VALUE;
    }
}
