package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * The free blocks of a zone: a doubly linked list per order and migrate type ({@code struct free_area}).
 *
 * <p>Pages are numbered from the start of the zone's first group of 1024. The links of blocks of whole groups are kept
 * apart, so that those of single pages exist only for groups that were split at some time.
 */
final class FreeLists {
    static final int NONE = -1;

    /** Orders 0..11: one more than usual, for boards that set {@code FORCE_MAX_ZONEORDER}. */
    static final int ORDERS = 12;

    static final int TYPES = 6;
    private static final int WHOLE = BuddyAllocator.PAGEBLOCK_ORDER;
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;
    private static final long[] UNSPLIT = new long[0];

    private static final int LISTS = TYPES << FreeNodes.TYPE_SHIFT;
    private static final long EMPTY = FreeNodes.head(NONE, NONE);

    private final long[] heads = new long[LISTS];
    private final int[] counts = new int[LISTS];
    /** Per type: bit n is set if the list of order n has a block. */
    private final int[] filled = new int[TYPES];

    /** Per group: the node of the free block of whole groups that begins there. */
    private final long[] wholeNodes;
    /** Per group and page: nodes of smaller free blocks. */
    private final long[][] nodes;

    FreeLists(int groups) {
        wholeNodes = new long[groups];
        nodes = new long[groups][];
        Arrays.fill(nodes, UNSPLIT);
        Arrays.fill(heads, EMPTY);
    }

    void clear() {
        Arrays.fill(heads, EMPTY);
        Arrays.fill(counts, 0);
        Arrays.fill(filled, 0);
        Arrays.fill(wholeNodes, 0);
        for (long[] group : nodes) {
            Arrays.fill(group, 0);
        }
    }

    /** The first page of the block at the list's head, or {@link #NONE}. */
    int first(int order, int type) {
        return FreeNodes.first(heads[FreeNodes.list(order, type)]);
    }

    /** The block behind {@code page} on the list of blocks of {@code order}, or {@link #NONE}. */
    int next(int page, int order) {
        return FreeNodes.next(node(page, order));
    }

    int blocks(int order, int type) {
        return counts[FreeNodes.list(order, type)];
    }

    /** The smallest order from {@code order} on of which {@code type} has a block, or {@link #NONE}. */
    int smallestOrder(int order, int type) {
        int enough = filled[type] & (-1 << order);
        return enough == 0 ? NONE : Integer.numberOfTrailingZeros(enough);
    }

    /** Whether {@code page} begins a free block of exactly {@code order} ({@code page_is_buddy}). */
    boolean isFree(int page, int order) {
        return FreeNodes.isListed(node(page, order), order);
    }

    /** The order of the free block that begins at {@code page}, or {@link #NONE}. */
    int orderAt(int page) {
        long whole = (page & PAGE_MASK) == 0 ? node(page, WHOLE) : 0;
        long node = whole != 0 ? whole : node(page, 0);
        return node == 0 ? NONE : FreeNodes.orderOf(node);
    }

    void addFirst(int page, int order, int type) {
        int list = FreeNodes.list(order, type);
        long head = heads[list];
        int next = FreeNodes.first(head);
        put(page, order, FreeNodes.node(list, NONE, next));
        if (next == NONE) {
            heads[list] = FreeNodes.head(page, page);
        } else {
            heads[list] = FreeNodes.head(page, FreeNodes.last(head));
            setPrevious(next, order, page);
        }
        counts[list]++;
        filled[type] |= 1 << order;
    }

    void addLast(int page, int order, int type) {
        int list = FreeNodes.list(order, type);
        long head = heads[list];
        int previous = FreeNodes.last(head);
        put(page, order, FreeNodes.node(list, previous, NONE));
        if (previous == NONE) {
            heads[list] = FreeNodes.head(page, page);
        } else {
            heads[list] = FreeNodes.head(FreeNodes.first(head), page);
            setNext(previous, order, page);
        }
        counts[list]++;
        filled[type] |= 1 << order;
    }

    /**
     * {@code expand}: of the block of order {@code found} at {@code page}, which is on no list, puts the upper halves at the
     * heads of the lists of {@code type} until the lowest block of {@code order} is left.
     */
    void addUpperHalves(int page, int order, int found, int type) {
        int halves = (1 << found) - (1 << order);
        if (found > WHOLE || (filled[type] & halves) != 0) {
            for (int half = found - 1; half >= order; half--) {
                addFirst(page + (1 << half), half, type);
            }
            return;
        }
        long[] own = split(page >>> WHOLE);
        int slot = page & PAGE_MASK;
        for (int half = order; half < found; half++) {
            int list = FreeNodes.list(half, type);
            int high = page + (1 << half);
            own[slot + (1 << half)] = FreeNodes.node(list, NONE, NONE);
            heads[list] = FreeNodes.head(high, high);
            counts[list] = 1;
        }
        filled[type] |= halves;
    }

    /** Takes the free block of {@code order} that begins at {@code page} off whichever list it is on. */
    void remove(int page, int order) {
        unlink(node(page, order), order);
        nodesFor(page, order)[slot(page, order)] = 0;
    }

    /**
     * Takes the free buddy of the block of {@code order} at {@code page} off its list, then that of the two together, and so
     * on to {@code maxOrder}.
     *
     * @return the order of what it all is together; its first page is {@code page} rounded down
     */
    int removeBuddies(int page, int order, int maxOrder) {
        int size = order;
        if (size < WHOLE) {
            size = removeInGroup(page, order, Math.min(maxOrder, WHOLE));
            if (size < WHOLE) {
                return size;
            }
        }
        while (size < maxOrder) {
            int buddy = (page & (-1 << size)) ^ (1 << size);
            if (!isFree(buddy, size)) {
                return size;
            }
            remove(buddy, size);
            size++;
        }
        return size;
    }

    private int removeInGroup(int page, int order, int end) {
        long[] own = nodes[page >>> WHOLE];
        if (own.length == 0) {
            return order;
        }
        int size = order;
        int emptiedType = 0;
        int emptied = 0;
        while (size < end) {
            int buddy = (page & PAGE_MASK & (-1 << size)) ^ (1 << size);
            long node = own[buddy];
            if (!FreeNodes.isListed(node, size)) {
                break;
            }
            own[buddy] = 0;
            if (FreeNodes.isAlone(node)) {
                // The only block of its list; neighbours in a row mostly have one type.
                int list = FreeNodes.listOf(node);
                heads[list] = EMPTY;
                counts[list] = 0;
                int type = list >>> FreeNodes.TYPE_SHIFT;
                if (type != emptiedType) {
                    filled[emptiedType] &= ~emptied;
                    emptiedType = type;
                    emptied = 0;
                }
                emptied |= 1 << size;
            } else {
                unlink(node, size);
            }
            size++;
        }
        filled[emptiedType] &= ~emptied;
        return size;
    }

    /** Takes {@code node} out of its list; the page keeps it. */
    private void unlink(long node, int order) {
        int list = FreeNodes.listOf(node);
        int next = FreeNodes.next(node);
        int previous = FreeNodes.previous(node);
        long head = heads[list];
        if (previous != NONE) {
            setNext(previous, order, next);
        }
        if (next != NONE) {
            setPrevious(next, order, previous);
        }
        heads[list] = FreeNodes.head(
                previous == NONE ? next : FreeNodes.first(head), next == NONE ? previous : FreeNodes.last(head));
        if (--counts[list] == 0) {
            filled[list >>> FreeNodes.TYPE_SHIFT] &= ~(1 << order);
        }
    }

    private long[] split(int group) {
        if (nodes[group].length == 0) {
            nodes[group] = new long[BuddyAllocator.PAGEBLOCK_PAGES];
        }
        return nodes[group];
    }

    private void put(int page, int order, long node) {
        long[] own = order >= WHOLE ? wholeNodes : split(page >>> WHOLE);
        own[slot(page, order)] = node;
    }

    private void setNext(int page, int order, int next) {
        long[] own = nodesFor(page, order);
        int slot = slot(page, order);
        own[slot] = FreeNodes.withNext(own[slot], next);
    }

    private void setPrevious(int page, int order, int previous) {
        long[] own = nodesFor(page, order);
        int slot = slot(page, order);
        own[slot] = FreeNodes.withPrevious(own[slot], previous);
    }

    private long node(int page, int order) {
        long[] own = nodesFor(page, order);
        return own.length == 0 ? 0 : own[slot(page, order)];
    }

    private long[] nodesFor(int page, int order) {
        return order >= WHOLE ? wholeNodes : nodes[page >>> WHOLE];
    }

    private static int slot(int page, int order) {
        return order >= WHOLE ? page >>> WHOLE : page & PAGE_MASK;
    }

    /** Compares nodes, heads, counts and the bits of filled lists with each other. */
    void checkInvariants() {
        int marked = marked(wholeNodes);
        for (long[] group : nodes) {
            marked += marked(group);
        }
        int listed = 0;
        for (int order = 0; order < ORDERS; order++) {
            for (int type = 0; type < TYPES; type++) {
                listed += checkList(order, type);
            }
        }
        if (marked != listed) {
            throw new AssertionError(
                    "blocks marked free are not on the lists [marked=" + marked + "] [listed=" + listed + "]");
        }
    }

    private static int marked(long[] group) {
        int marked = 0;
        for (long node : group) {
            marked += node == 0 ? 0 : 1;
        }
        return marked;
    }

    private int checkList(int order, int type) {
        int list = FreeNodes.list(order, type);
        String name = "list of order " + order + ", type " + type;
        int count = 0;
        int previous = NONE;
        for (int page = first(order, type); page != NONE; page = next(page, order)) {
            long node = node(page, order);
            if (!FreeNodes.isListed(node, order) || FreeNodes.listOf(node) != list) {
                throw new AssertionError(name + " holds a page marked for another list [page=" + page + "]");
            }
            if (FreeNodes.previous(node) != previous) {
                throw new AssertionError(name + " has a broken link back [page=" + page + "]");
            }
            if (++count > counts[list]) {
                break;
            }
            previous = page;
        }
        boolean isFilled = (filled[type] & (1 << order)) != 0;
        if (count != counts[list] || FreeNodes.last(heads[list]) != previous || isFilled != (count > 0)) {
            throw new AssertionError(name + " and its count disagree [walked=" + count + "] [counted=" + counts[list]
                    + "] [filled=" + isFilled + "]");
        }
        return count;
    }
}
