package org.dmalab.engine.iova;

import java.util.Arrays;

/**
 * The nodes of a {@link GapTree}: up to 32 pairs of numbers each, in a few arrays that all nodes share.
 *
 * <p>Pairs are ordered by falling {@link #lo}. In a leaf a pair is an entry: where its range begins, and where the gap below
 * it begins. In an inner node it is a child: the first {@code lo} below it, and the child's number.
 */
abstract sealed class GapNodes permits GapTree {
    static final int NONE = -1;
    static final int FAN_SHIFT = 5;
    static final int FAN = 1 << FAN_SHIFT;
    /** Alignments are told apart up to {@code 1 << (ORDERS - 1)}. */
    static final int ORDERS = 15;

    /** Fewer pairs than this, and a neighbour is asked to take them. */
    private static final int FEW = FAN / 4;
    /** A merged node keeps room for inserts. */
    private static final int MOST_MERGED = FAN * 3 / 4;

    private static final long MOST_ROOM = 1L << 16;
    private static final int META_SHIFT = 4;
    private static final int TOTAL = ORDERS;

    /** Of pair {@code at}: its {@code lo} at {@code 2 * at}, its other number behind. The {@code lo} of unused pairs is -1. */
    long[] pairs = new long[2 * FAN];

    int[] size = new int[1];
    int[] parent = new int[1];
    int[] slot = new int[1];
    /** The neighbouring leaf with higher addresses; in a node that is not in use, the next such node. */
    private int[] above = new int[1];

    private int[] below = new int[1];
    private byte[] level = new byte[1];
    /** Per node: for each order a bound of what fits in its gaps at that alignment, then the number of its entries. */
    private int[] meta = new int[1 << META_SHIFT];

    int root;
    private int nodes;
    private int unused = NONE;

    GapNodes() {
        root = newNode(0);
        parent[root] = NONE;
        above[root] = NONE;
        below[root] = NONE;
    }

    boolean isLeaf(int node) {
        return level[node] == 0;
    }

    /** The child at the pair {@code at} of an inner node. */
    int child(int at) {
        return (int) pairs[2 * at + 1];
    }

    long lo(int at) {
        return pairs[2 * at];
    }

    /** Where the gap below the entry at {@code at} begins. */
    long floor(int at) {
        return pairs[2 * at + 1];
    }

    int leafAbove(int leaf) {
        return above[leaf];
    }

    int leafBelow(int leaf) {
        return below[leaf];
    }

    /** How many entries are at or below {@code node}. */
    int total(int node) {
        return meta[node << META_SHIFT | TOTAL];
    }

    /** No gap at or below {@code node} has more room than this for a range aligned to {@code 1 << order}. */
    int bound(int node, int order) {
        return meta[node << META_SHIFT | order];
    }

    /**
     * There is no more room than {@code bound} at or below {@code node} for what is aligned to {@code 1 << order}, and so
     * neither for what is aligned to more: bounds never rise with the order.
     */
    void tighten(int node, int order, int bound) {
        int base = node << META_SHIFT;
        for (int at = base | order; at < base + ORDERS && meta[at] > bound; at++) {
            meta[at] = bound;
        }
    }

    /** Rooms of more than this are not told apart. */
    static int saturated(long room) {
        return (int) Math.min(room, MOST_ROOM);
    }

    /**
     * Lifts the bounds of {@code node} and of what is above it to the room in {@code [from, to)}. A request aligned to
     * {@code 1 << order} is longer than half of that, so that less room does not matter to the bound of that order.
     */
    void raise(int node, long from, long to) {
        int whole = saturated(to - from);
        int highest = Math.min(ORDERS - 1, whole == 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(whole - 1L));
        boolean raised = true;
        for (int at = node; raised && at != NONE; at = parent[at]) {
            int base = at << META_SHIFT;
            raised = meta[base | highest] < whole && raise(base, highest, from, to);
        }
    }

    private boolean raise(int base, int highest, long from, long to) {
        boolean raised = false;
        for (int order = 0; order <= highest; order++) {
            long step = 1L << order;
            long room = to - ((from + step - 1) & -step);
            if (!matters(room, order)) {
                break;
            }
            int bound = saturated(room);
            if (meta[base | order] < bound) {
                meta[base | order] = bound;
                raised = true;
            }
        }
        return raised;
    }

    /** Whether {@code room} is counted in the bound of {@code order}. */
    static boolean matters(long room, int order) {
        return order == 0 || room > (1L << order) >> 1;
    }

    void addToTotals(int leaf, int change) {
        for (int at = leaf; at != NONE; at = parent[at]) {
            meta[at << META_SHIFT | TOTAL] += change;
        }
    }

    /** Repeats the first {@code lo} of {@code node} where its ancestors keep it. */
    void firstChanged(int node) {
        int at = node;
        while (parent[at] != NONE) {
            pairs[2 * ((parent[at] << FAN_SHIFT) + slot[at])] = lo(at << FAN_SHIFT);
            if (slot[at] != 0) {
                return;
            }
            at = parent[at];
        }
    }

    private int newNode(int height) {
        int node = unused;
        if (node != NONE) {
            unused = above[node];
        } else {
            node = nodes++;
            if (node == size.length) {
                grow(Math.multiplyExact(node, 2));
            }
        }
        level[node] = (byte) height;
        clear(node, 0);
        Arrays.fill(meta, node << META_SHIFT, (node + 1) << META_SHIFT, 0);
        return node;
    }

    private void grow(int capacity) {
        pairs = Arrays.copyOf(pairs, Math.multiplyExact(capacity, 2 * FAN));
        meta = Arrays.copyOf(meta, capacity << META_SHIFT);
        size = Arrays.copyOf(size, capacity);
        parent = Arrays.copyOf(parent, capacity);
        slot = Arrays.copyOf(slot, capacity);
        above = Arrays.copyOf(above, capacity);
        below = Arrays.copyOf(below, capacity);
        level = Arrays.copyOf(level, capacity);
    }

    /** Leaves the first {@code count} pairs of {@code node}. */
    private void clear(int node, int count) {
        size[node] = count;
        Arrays.fill(pairs, 2 * ((node << FAN_SHIFT) + count), 2 * ((node + 1) << FAN_SHIFT), -1);
    }

    private void release(int node) {
        clear(node, 0);
        above[node] = unused;
        unused = node;
    }

    /** Moves the pairs from {@code at} on into a new node behind {@code node}, and returns that. */
    int split(int node, int at) {
        int right = newNode(level[node]);
        int moved = size[node] - at;
        copyPairs(node, at, right, 0, moved);
        size[right] = moved;
        clear(node, at);
        int from = node << META_SHIFT;
        System.arraycopy(meta, from, meta, right << META_SHIFT, ORDERS);
        int entries = moved;
        if (isLeaf(node)) {
            link(right, below[node]);
            link(node, right);
        } else {
            adopt(right, 0);
            entries = sumOfTotals(right);
        }
        meta[right << META_SHIFT | TOTAL] = entries;
        meta[from | TOTAL] -= entries;
        insertChild(node, right);
        return right;
    }

    private void link(int upper, int lower) {
        below[upper] = lower;
        if (lower != NONE) {
            above[lower] = upper;
        }
    }

    private void copyPairs(int from, int fromAt, int to, int toAt, int count) {
        int source = (from << FAN_SHIFT) + fromAt;
        int target = (to << FAN_SHIFT) + toAt;
        System.arraycopy(pairs, 2 * source, pairs, 2 * target, 2 * count);
    }

    /** Tells the children of an inner {@code node} from {@code first} on where they are. */
    private void adopt(int node, int first) {
        for (int i = first; i < size[node]; i++) {
            int child = child((node << FAN_SHIFT) + i);
            parent[child] = node;
            slot[child] = i;
        }
    }

    private int sumOfTotals(int node) {
        int entries = 0;
        for (int i = 0; i < size[node]; i++) {
            entries += total(child((node << FAN_SHIFT) + i));
        }
        return entries;
    }

    private void insertChild(int sibling, int child) {
        if (parent[sibling] == NONE) {
            int top = newNode(level[sibling] + 1);
            setChild(top << FAN_SHIFT, sibling);
            size[top] = 1;
            System.arraycopy(meta, sibling << META_SHIFT, meta, top << META_SHIFT, ORDERS);
            meta[top << META_SHIFT | TOTAL] = total(sibling) + total(child);
            parent[top] = NONE;
            parent[sibling] = top;
            slot[sibling] = 0;
            root = top;
        } else if (size[parent[sibling]] == FAN) {
            // The child's entries are not among the parent's children yet; split() counts what it moves.
            splitBeside(parent[sibling], slot[sibling], total(child));
        }
        int node = parent[sibling];
        int at = slot[sibling] + 1;
        copyPairs(node, at, node, at + 1, size[node] - at);
        size[node]++;
        setChild((node << FAN_SHIFT) + at, child);
        adopt(node, at);
    }

    private void setChild(int at, int child) {
        pairs[2 * at] = lo(child << FAN_SHIFT);
        pairs[2 * at + 1] = child;
    }

    /** Splits a full inner node of which the child at {@code at} has just lost {@code entries} to a child not yet in it. */
    private void splitBeside(int node, int at, int entries) {
        int right = split(node, at == FAN - 1 ? FAN - 1 : FAN / 2);
        if (at >= size[node]) {
            meta[node << META_SHIFT | TOTAL] -= entries;
            meta[right << META_SHIFT | TOTAL] += entries;
        }
    }

    /** Takes out {@code node} if it is empty, or lets a sibling take its pairs if they are few. */
    void shrink(int node) {
        int at = node;
        while (parent[at] != NONE && size[at] < FEW) {
            int up = parent[at];
            if (size[at] == 0) {
                removeEmpty(at);
            } else if (slot[at] + 1 < size[up] && canMerge(at, child((up << FAN_SHIFT) + slot[at] + 1))) {
                merge(at, child((up << FAN_SHIFT) + slot[at] + 1));
            } else if (slot[at] > 0 && canMerge(child((up << FAN_SHIFT) + slot[at] - 1), at)) {
                merge(child((up << FAN_SHIFT) + slot[at] - 1), at);
            } else {
                return;
            }
            at = up;
        }
        while (!isLeaf(root) && size[root] == 1) {
            int only = child(root << FAN_SHIFT);
            release(root);
            root = only;
            parent[root] = NONE;
        }
    }

    private boolean canMerge(int left, int right) {
        return size[left] + size[right] <= MOST_MERGED;
    }

    private void merge(int left, int right) {
        int at = size[left];
        copyPairs(right, 0, left, at, size[right]);
        size[left] += size[right];
        if (!isLeaf(left)) {
            adopt(left, at);
        }
        for (int order = 0; order < ORDERS; order++) {
            int base = left << META_SHIFT;
            meta[base | order] = Math.max(bound(left, order), bound(right, order));
        }
        meta[left << META_SHIFT | TOTAL] += total(right);
        removeEmpty(right);
    }

    private void removeEmpty(int node) {
        if (isLeaf(node)) {
            link(above[node], below[node]);
        }
        int up = parent[node];
        int at = slot[node];
        copyPairs(up, at + 1, up, at, size[up] - at - 1);
        clear(up, size[up] - 1);
        adopt(up, at);
        if (at == 0 && size[up] > 0) {
            firstChanged(up);
        }
        release(node);
    }

    /** Checks what must hold for every node; returns the number of leaves. */
    int checkNodes(int node) {
        int first = node << FAN_SHIFT;
        if (node != root && size[node] == 0) {
            throw new AssertionError("node " + node + " is empty");
        }
        if (isLeaf(node)) {
            require(total(node) == size[node], node, "counts its entries");
            return 1;
        }
        int leaves = 0;
        for (int i = 0; i < size[node]; i++) {
            int child = child(first + i);
            require(parent[child] == node && slot[child] == i, child, "knows its place");
            require(level[child] == level[node] - 1, child, "is at its level");
            require(lo(first + i) == lo(child << FAN_SHIFT), child, "is found by its first range");
            for (int order = 0; order < ORDERS; order++) {
                require(bound(node, order) >= bound(child, order), child, "is bounded by its parent");
                require(order == 0 || bound(child, order) <= bound(child, order - 1), child, "has falling bounds");
            }
            leaves += checkNodes(child);
        }
        require(total(node) == sumOfTotals(node), node, "counts its entries");
        return leaves;
    }

    static void require(boolean holds, int node, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: node " + node + " " + what);
        }
    }
}
