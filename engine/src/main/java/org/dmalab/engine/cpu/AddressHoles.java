package org.dmalab.engine.cpu;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The free runs of a window of addresses. A search costs by the logarithm of their number: each node of the tree knows the
 * longest run below it, and what cannot hold the request is not entered.
 *
 * <p>The tree is a treap whose priorities are a hash of the start, so that its shape is a function of its content.
 */
final class AddressHoles {
    /** Hears of a hole. */
    interface Visitor {
        void accept(long start, long bytes);
    }

    private static final class Hole {
        private final long start;
        private final long bytes;
        private final long priority;
        private long longest;
        private @Nullable Hole left;
        private @Nullable Hole right;

        Hole(long start, long bytes) {
            this.start = start;
            this.bytes = bytes;
            this.priority = mix(start);
            this.longest = bytes;
        }

        void update() {
            longest = Math.max(bytes, Math.max(longest(left), longest(right)));
        }
    }

    private @Nullable Hole root;
    private long freeBytes;
    private long count;

    /** One hole. */
    AddressHoles(long start, long bytes) {
        insert(start, bytes);
    }

    /** Bytes in all holes. */
    long freeBytes() {
        return freeBytes;
    }

    /** How many holes. */
    long count() {
        return count;
    }

    /** The length of the longest. */
    long longest() {
        return longest(root);
    }

    /** Whether {@code [start, start + bytes)} lies in one hole. */
    boolean isFree(long start, long bytes) {
        Hole hole = floor(start);
        return hole != null && bytes <= hole.bytes - (start - hole.start);
    }

    /** Takes a range that {@link #isFree}. */
    void take(long start, long bytes) {
        Hole hole = floor(start);
        if (hole == null || bytes > hole.bytes - (start - hole.start)) {
            throw new AssertionError("range is not free: " + Long.toHexString(start) + " + " + bytes);
        }
        remove(hole);
        long before = start - hole.start;
        if (before > 0) {
            insert(hole.start, before);
        }
        long after = hole.bytes - before - bytes;
        if (after > 0) {
            insert(start + bytes, after);
        }
    }

    /** Gives back a range that {@link #take} took, whole or in parts; it joins the holes beside it. */
    void free(long start, long bytes) {
        long from = start;
        long length = bytes;
        Hole before = floor(start);
        if (before != null) {
            if (start - before.start < before.bytes) {
                throw new AssertionError("range is free already: " + Long.toHexString(start));
            }
            if (start - before.start == before.bytes) {
                remove(before);
                from = before.start;
                length += before.bytes;
            }
        }
        Hole after = floor(start + bytes);
        if (after != null && after.start == start + bytes) {
            remove(after);
            length += after.bytes;
        }
        insert(from, length);
    }

    /** The lowest multiple of {@code align}, a power of two, at which {@code bytes} fit. */
    OptionalLong firstFit(long bytes, long align) {
        return firstFit(root, bytes, align);
    }

    /** The highest multiple of {@code align}, a power of two, at which {@code bytes} fit. */
    OptionalLong lastFit(long bytes, long align) {
        return lastFit(root, bytes, align);
    }

    /** Passes on start and length of each hole, ascending. */
    void forEach(Visitor action) {
        forEach(root, action);
    }

    private static OptionalLong firstFit(@Nullable Hole hole, long bytes, long align) {
        if (hole == null || hole.longest < bytes) {
            return OptionalLong.empty();
        }
        OptionalLong lower = firstFit(hole.left, bytes, align);
        if (lower.isPresent()) {
            return lower;
        }
        long skipped = -hole.start & (align - 1);
        if (skipped <= hole.bytes && bytes <= hole.bytes - skipped) {
            return OptionalLong.of(hole.start + skipped);
        }
        return firstFit(hole.right, bytes, align);
    }

    private static OptionalLong lastFit(@Nullable Hole hole, long bytes, long align) {
        if (hole == null || hole.longest < bytes) {
            return OptionalLong.empty();
        }
        OptionalLong higher = lastFit(hole.right, bytes, align);
        if (higher.isPresent()) {
            return higher;
        }
        if (bytes <= hole.bytes) {
            long start = (hole.start + hole.bytes - bytes) & -align;
            if (start - hole.start >= 0) {
                return OptionalLong.of(start);
            }
        }
        return lastFit(hole.left, bytes, align);
    }

    private static void forEach(@Nullable Hole hole, Visitor action) {
        if (hole != null) {
            forEach(hole.left, action);
            action.accept(hole.start, hole.bytes);
            forEach(hole.right, action);
        }
    }

    /** The last hole that starts at {@code address} or below. */
    private @Nullable Hole floor(long address) {
        Hole found = null;
        Hole hole = root;
        while (hole != null) {
            if (Long.compareUnsigned(hole.start, address) <= 0) {
                found = hole;
                hole = hole.right;
            } else {
                hole = hole.left;
            }
        }
        return found;
    }

    private void insert(long start, long bytes) {
        root = insert(root, new Hole(start, bytes));
        freeBytes += bytes;
        count++;
    }

    private static Hole insert(@Nullable Hole tree, Hole hole) {
        if (tree == null) {
            return hole;
        }
        if (Long.compareUnsigned(hole.priority, tree.priority) > 0) {
            split(tree, hole);
            hole.update();
            return hole;
        }
        if (Long.compareUnsigned(hole.start, tree.start) < 0) {
            tree.left = insert(tree.left, hole);
        } else {
            tree.right = insert(tree.right, hole);
        }
        tree.update();
        return tree;
    }

    /** Hangs what lies below {@code at} to its left and what lies above to its right. */
    private static void split(@Nullable Hole tree, Hole at) {
        if (tree == null) {
            at.left = null;
            at.right = null;
        } else if (Long.compareUnsigned(tree.start, at.start) < 0) {
            split(tree.right, at);
            tree.right = at.left;
            tree.update();
            at.left = tree;
        } else {
            split(tree.left, at);
            tree.left = at.right;
            tree.update();
            at.right = tree;
        }
    }

    private void remove(Hole hole) {
        root = remove(root, hole);
        freeBytes -= hole.bytes;
        count--;
    }

    private static @Nullable Hole remove(@Nullable Hole tree, Hole hole) {
        if (tree == null) {
            throw new AssertionError("hole is not in the tree: " + Long.toHexString(hole.start));
        }
        if (tree == hole) {
            return join(hole.left, hole.right);
        }
        if (Long.compareUnsigned(hole.start, tree.start) < 0) {
            tree.left = remove(tree.left, hole);
        } else {
            tree.right = remove(tree.right, hole);
        }
        tree.update();
        return tree;
    }

    private static @Nullable Hole join(@Nullable Hole low, @Nullable Hole high) {
        if (low == null) {
            return high;
        }
        if (high == null) {
            return low;
        }
        if (Long.compareUnsigned(low.priority, high.priority) > 0) {
            low.right = join(low.right, high);
            low.update();
            return low;
        }
        high.left = join(low, high.left);
        high.update();
        return high;
    }

    private static long longest(@Nullable Hole hole) {
        return hole == null ? 0 : hole.longest;
    }

    /** A bijection without visible pattern (the finaliser of MurmurHash3). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
