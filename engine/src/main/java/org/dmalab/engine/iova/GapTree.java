package org.dmalab.engine.iova;

/**
 * The ranges in use of an address space and the gaps between them, ordered from the highest address down, as the kernel walks.
 *
 * <p>An <em>entry</em> is a range and the gap below it: {@code lo} is where the range begins, {@code floor} where the gap
 * does; the range's end is the floor of the entry above. The first entry is the <em>anchor</em>, which lies above every
 * address. An entry is named by its place, a number that is good until the next change.
 *
 * <p>A B+-tree: each node knows how many entries are below it, so that the number of entries a walk passes is a difference
 * of ranks, and for each alignment a bound of the room in its gaps, so that a walk visits no node in which the request
 * cannot fit. Bounds rise when a range is removed and are lowered only when a search has looked and found less.
 */
final class GapTree extends GapNodes {
    /** Above every address. */
    static final long ANCHOR = 1L << 62;

    /** Where the anchor is: no change moves it. */
    static final int TOP = 0;

    private static final int IN_NODE = FAN - 1;

    private int passed;

    GapTree() {
        pairs[0] = ANCHOR;
        pairs[1] = 0;
        size[0] = 1;
        addToTotals(0, 1);
        raise(0, 0, ANCHOR);
    }

    /** How many ranges are in use. */
    int ranges() {
        return total(root) - 1;
    }

    /** The first address behind the range of {@code entry}, which is not the anchor. */
    long end(int entry) {
        return floor(above(entry));
    }

    /** The lowest entry that begins at {@code address} or above; the anchor if there is no other. */
    int atOrAbove(long address) {
        int node = root;
        while (true) {
            int first = node << FAN_SHIFT;
            int at = size[node] > 8 ? lastOfMany(first, address) : lastOfEight(first, address);
            if (isLeaf(node)) {
                return at;
            }
            node = child(at);
        }
    }

    /**
     * The last pair of a node with {@code lo >= address}; the first qualifies. Without branches: what is asked for is random,
     * and a branch would be mispredicted every other time.
     */
    private int lastOfMany(int first, long address) {
        int below = isBelow(first + 8, address) + isBelow(first + 16, address) + isBelow(first + 24, address);
        return lastOfEight(first + 8 * (3 - below), address);
    }

    private int lastOfEight(int first, long address) {
        int below = isBelow(first + 2, address) + isBelow(first + 4, address) + isBelow(first + 6, address);
        int at = first + 2 * (3 - below);
        return at + 1 - isBelow(at + 1, address);
    }

    /** 1 if the {@code lo} of a pair is less than {@code address}, else 0. */
    private int isBelow(int at, long address) {
        return (int) ((pairs[2 * at] - address) >>> (Long.SIZE - 1));
    }

    /** The entry that begins at {@code address}, which exists; {@code hint} is where it may be. */
    int at(long address, int hint) {
        return lo(hint) == address && isLeaf(hint >> FAN_SHIFT) ? hint : atOrAbove(address);
    }

    /** The next entry with lower addresses, or {@link #NONE}. */
    int below(int entry) {
        int node = entry >> FAN_SHIFT;
        if ((entry & IN_NODE) + 1 < size[node]) {
            return entry + 1;
        }
        int next = leafBelow(node);
        return next == NONE ? NONE : next << FAN_SHIFT;
    }

    /** The next entry with higher addresses, or {@link #NONE} for the anchor. */
    int above(int entry) {
        if ((entry & IN_NODE) != 0) {
            return entry - 1;
        }
        int next = leafAbove(entry >> FAN_SHIFT);
        return next == NONE ? NONE : (next << FAN_SHIFT) + size[next] - 1;
    }

    /** How many entries are above {@code entry}. */
    int rank(int entry) {
        int rank = entry & IN_NODE;
        int node = entry >> FAN_SHIFT;
        for (int up = parent[node]; up != NONE; up = parent[node]) {
            int base = up << FAN_SHIFT;
            for (int i = base; i < base + slot[node]; i++) {
                rank += total(child(i));
            }
            node = up;
        }
        return rank;
    }

    /** How many entries the last {@link #firstFit} looked at in vain. */
    int passed() {
        return passed;
    }

    /**
     * The first entry below {@code entry} in whose gap {@code count} addresses fit, or {@link #NONE}.
     *
     * @param order they start at a multiple of {@code 1 << order}
     */
    int firstFit(int entry, long count, int order) {
        int kept = Math.min(order, ORDERS - 1);
        long mask = -1L << order;
        int node = entry >> FAN_SHIFT;
        int end = (node << FAN_SHIFT) + size[node];
        for (int i = entry + 1; i < end; i++) {
            if (((lo(i) - count) & mask) >= floor(i)) {
                passed = i - entry - 1;
                return i;
            }
        }
        passed = end - entry - 1;
        int wanted = saturated(count);
        for (int up = parent[node]; up != NONE; up = parent[node]) {
            int base = up << FAN_SHIFT;
            int last = base + size[up];
            for (int i = base + slot[node] + 1; i < last; i++) {
                int child = child(i);
                if (bound(child, kept) < wanted) {
                    passed += total(child);
                } else {
                    int found = firstFitIn(child, count, mask, kept);
                    if (found != NONE) {
                        return found;
                    }
                }
            }
            node = up;
        }
        return NONE;
    }

    private int firstFitIn(int node, long count, long mask, int kept) {
        if (isLeaf(node)) {
            return firstFitInLeaf(node, count, mask, kept);
        }
        int wanted = saturated(count);
        int most = 0;
        int base = node << FAN_SHIFT;
        int last = base + size[node];
        for (int i = base; i < last; i++) {
            int child = child(i);
            if (bound(child, kept) < wanted) {
                passed += total(child);
            } else {
                int found = firstFitIn(child, count, mask, kept);
                if (found != NONE) {
                    return found;
                }
            }
            most = Math.max(most, bound(child, kept));
        }
        tighten(node, kept, most);
        return NONE;
    }

    private int firstFitInLeaf(int leaf, long count, long mask, int kept) {
        int base = leaf << FAN_SHIFT;
        int end = base + size[leaf];
        long step = 1L << kept;
        long most = 0;
        for (int i = base; i < end; i++) {
            long room = lo(i) - ((floor(i) + step - 1) & -step);
            if (room >= count && ((lo(i) - count) & mask) >= floor(i)) {
                passed += i - base;
                return i;
            }
            most = Math.max(most, room);
        }
        passed += end - base;
        tighten(leaf, kept, saturated(most));
        return NONE;
    }

    /** Puts the range {@code [from, to)} into the gap of {@code entry} and returns where it is. */
    int insert(int entry, long from, long to) {
        int place = entry;
        int leaf = place >> FAN_SHIFT;
        if (size[leaf] == FAN) {
            int at = place & IN_NODE;
            int moved = at == FAN - 1 ? FAN - 1 : FAN / 2;
            int right = split(leaf, moved);
            if (at >= moved) {
                leaf = right;
                place = (right << FAN_SHIFT) + at - moved;
            }
        }
        int made = place + 1;
        int behind = (leaf << FAN_SHIFT) + size[leaf] - made;
        if (behind > 0) {
            System.arraycopy(pairs, 2 * made, pairs, 2 * made + 2, 2 * behind);
        }
        pairs[2 * made] = from;
        pairs[2 * made + 1] = pairs[2 * place + 1];
        pairs[2 * place + 1] = to;
        size[leaf]++;
        addToTotals(leaf, 1);
        return made;
    }

    /** Removes the range of {@code entry}, which is not the anchor; returns where the range above begins. */
    long remove(int entry) {
        int upper = above(entry);
        long begins = lo(upper);
        long bottom = floor(entry);
        pairs[2 * upper + 1] = bottom;
        int leaf = entry >> FAN_SHIFT;
        int behind = (leaf << FAN_SHIFT) + size[leaf] - entry - 1;
        if (behind > 0) {
            System.arraycopy(pairs, 2 * entry + 2, pairs, 2 * entry, 2 * behind);
        }
        pairs[2 * (entry + behind)] = -1;
        size[leaf]--;
        addToTotals(leaf, -1);
        raise(upper >> FAN_SHIFT, bottom, begins);
        if ((entry & IN_NODE) == 0 && size[leaf] > 0) {
            firstChanged(leaf);
        }
        shrink(leaf);
        return begins;
    }

    /** Lets the range of {@code entry} begin earlier, at {@code address} in the gap below it. */
    void extendDown(int entry, long address) {
        pairs[2 * entry] = address;
        if ((entry & IN_NODE) == 0) {
            firstChanged(entry >> FAN_SHIFT);
        }
    }

    /** Checks everything that must hold; for tests. */
    void checkInvariants() {
        int leaves = checkNodes(root);
        int entries = 0;
        int seen = 0;
        int last = NONE;
        long previous = Long.MAX_VALUE;
        long bottom = Long.MAX_VALUE;
        for (int entry = atOrAbove(ANCHOR); entry != NONE; entry = below(entry)) {
            int leaf = entry >> FAN_SHIFT;
            seen += leaf == last ? 0 : 1;
            last = leaf;
            long begins = lo(entry);
            long gap = floor(entry);
            require(begins < previous && begins < bottom, leaf, "falls");
            require(gap <= begins && gap >= 0, leaf, "has gaps of no negative length");
            for (int order = 0; order < ORDERS; order++) {
                long step = 1L << order;
                long room = begins - ((gap + step - 1) & -step);
                require(!matters(room, order) || saturated(room) <= bound(leaf, order), leaf, "bounds its gaps");
            }
            previous = begins;
            bottom = gap;
            entries++;
        }
        require(bottom == 0, root, "ends at 0");
        require(seen == leaves && entries == total(root), root, "links its leaves");
    }
}
