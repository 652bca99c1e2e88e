package org.dmalab.engine.memory;

/**
 * The words of which {@link FreeLists} are made.
 *
 * <pre>{@code
 * a list's number:   [6:4] migrate type   [3:0] order
 * a list's head:     [63:32] last page    [31:0] first page, both -1 if it is empty
 * a page's node:     0, or [63] 1   [62:56] the number of the list whose block begins there
 *                    [55:28] 1 + the previous page, or 0   [27:0] 1 + the next page, or 0
 * }</pre>
 */
final class FreeNodes {
    static final int TYPE_SHIFT = 4;
    /** Links have room for the pages of half a TiB. */
    static final long MOST_PAGES = 1L << 27;

    private static final int ORDER_MASK = (1 << TYPE_SHIFT) - 1;
    private static final int LIST_SHIFT = 56;
    private static final int LISTED = 0x80;
    private static final int LIST_MASK = LISTED - 1;
    private static final int LINK_BITS = 28;
    private static final long NEXT_MASK = (1L << LINK_BITS) - 1;
    private static final long PREVIOUS_MASK = NEXT_MASK << LINK_BITS;

    private FreeNodes() {}

    static int list(int order, int type) {
        return (type << TYPE_SHIFT) + order;
    }

    static long head(int first, int last) {
        return ((long) last << Integer.SIZE) | (first & 0xFFFF_FFFFL);
    }

    static int first(long head) {
        return (int) head;
    }

    static int last(long head) {
        return (int) (head >> Integer.SIZE);
    }

    static long node(int list, int previous, int next) {
        return ((long) (LISTED | list) << LIST_SHIFT) | ((long) (previous + 1) << LINK_BITS) | (next + 1);
    }

    static int next(long node) {
        return (int) (node & NEXT_MASK) - 1;
    }

    static int previous(long node) {
        return (int) ((node & PREVIOUS_MASK) >>> LINK_BITS) - 1;
    }

    static long withNext(long node, int next) {
        return (node & ~NEXT_MASK) | (next + 1);
    }

    static long withPrevious(long node, int previous) {
        return (node & ~PREVIOUS_MASK) | ((long) (previous + 1) << LINK_BITS);
    }

    /** Whether the list has no other block. */
    static boolean isAlone(long node) {
        return (node & (PREVIOUS_MASK | NEXT_MASK)) == 0;
    }

    static int listOf(long node) {
        return (int) (node >>> LIST_SHIFT) & LIST_MASK;
    }

    static int orderOf(long node) {
        return listOf(node) & ORDER_MASK;
    }

    /** Whether a free block of exactly {@code order} begins there. */
    static boolean isListed(long node, int order) {
        return ((int) (node >>> LIST_SHIFT) & (LISTED | ORDER_MASK)) == (LISTED | order);
    }
}
