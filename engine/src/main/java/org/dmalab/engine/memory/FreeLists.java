package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * The free blocks of a zone: a doubly linked list per order and migrate type ({@code struct free_area}).
 *
 * <p>Pages are numbered from the start of the zone's first group of 1024. The links of blocks of whole groups are kept
 * apart, so that the links of single pages exist only for groups that were split at some time.
 */
final class FreeLists {
    static final int NONE = -1;

    /** Orders 0..11: one more than usual, for boards that set {@code FORCE_MAX_ZONEORDER}. */
    static final int ORDERS = 12;

    static final int TYPES = 6;
    private static final int WHOLE = BuddyAllocator.PAGEBLOCK_ORDER;
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;
    private static final byte[] UNSPLIT_TAGS = new byte[0];
    private static final int[] UNSPLIT_LINKS = new int[0];

    /*
     * A list's number:   [6:4] migrate type   [3:0] order
     * A page's tag:      0, or 1 + the number of the list whose block begins there
     */
    private static final int TYPE_SHIFT = 4;
    private static final int ORDER_MASK = (1 << TYPE_SHIFT) - 1;
    private static final int LISTS = TYPES << TYPE_SHIFT;

    private final int[] first = new int[LISTS];
    private final int[] last = new int[LISTS];
    private final int[] blocks = new int[LISTS];

    /** Per group: the tag of the free block of whole groups that begins there. */
    private final byte[] wholeTags;
    /** Per group: next, previous. */
    private final int[] wholeLinks;
    /** Per group and page: tags of smaller free blocks. */
    private final byte[][] tags;
    /** Per group and page: next, previous. */
    private final int[][] links;

    FreeLists(int groups) {
        wholeTags = new byte[groups];
        wholeLinks = new int[2 * groups];
        tags = new byte[groups][];
        links = new int[groups][];
        Arrays.fill(tags, UNSPLIT_TAGS);
        Arrays.fill(links, UNSPLIT_LINKS);
        Arrays.fill(first, NONE);
        Arrays.fill(last, NONE);
    }

    void clear() {
        Arrays.fill(first, NONE);
        Arrays.fill(last, NONE);
        Arrays.fill(blocks, 0);
        Arrays.fill(wholeTags, (byte) 0);
        for (byte[] block : tags) {
            Arrays.fill(block, (byte) 0);
        }
    }

    private static int list(int order, int type) {
        return (type << TYPE_SHIFT) + order;
    }

    /** The first page of the block at the list's head, or {@link #NONE}. */
    int first(int order, int type) {
        return first[list(order, type)];
    }

    /** The block behind {@code page} on the list of blocks of {@code order}, or {@link #NONE}. */
    int next(int page, int order) {
        return linksFor(page, order)[slot(page, order)];
    }

    int blocks(int order, int type) {
        return blocks[list(order, type)];
    }

    /** Whether {@code page} begins a free block of exactly {@code order} ({@code page_is_buddy}). */
    boolean isFree(int page, int order) {
        int tag = tag(page, order);
        return tag != 0 && ((tag - 1) & ORDER_MASK) == order;
    }

    /** The order of the free block that begins at {@code page}, or {@link #NONE}. */
    int orderAt(int page) {
        int whole = (page & PAGE_MASK) == 0 ? tag(page, WHOLE) : 0;
        int tag = whole != 0 ? whole : tag(page, 0);
        return tag == 0 ? NONE : (tag - 1) & ORDER_MASK;
    }

    void addFirst(int page, int order, int type) {
        int list = list(order, type);
        int next = first[list];
        insert(page, order, list, next, NONE);
        first[list] = page;
        if (next == NONE) {
            last[list] = page;
        } else {
            linksFor(next, order)[slot(next, order) + 1] = page;
        }
    }

    void addLast(int page, int order, int type) {
        int list = list(order, type);
        int previous = last[list];
        insert(page, order, list, NONE, previous);
        last[list] = page;
        if (previous == NONE) {
            first[list] = page;
        } else {
            linksFor(previous, order)[slot(previous, order)] = page;
        }
    }

    private void insert(int page, int order, int list, int next, int previous) {
        if (order < WHOLE) {
            split(page >>> WHOLE);
        }
        setTag(page, order, list + 1);
        int[] own = linksFor(page, order);
        int slot = slot(page, order);
        own[slot] = next;
        own[slot + 1] = previous;
        blocks[list]++;
    }

    /** Blocks of less than the group will be listed. */
    private void split(int group) {
        if (tags[group].length == 0) {
            tags[group] = new byte[BuddyAllocator.PAGEBLOCK_PAGES];
            links[group] = new int[2 * BuddyAllocator.PAGEBLOCK_PAGES];
        }
    }

    /** Takes the free block of {@code order} that begins at {@code page} off whichever list it is on. */
    void remove(int page, int order) {
        int list = tag(page, order) - 1;
        setTag(page, order, 0);
        unlink(list, linksFor(page, order), slot(page, order), order);
    }

    private void unlink(int list, int[] own, int slot, int order) {
        int next = own[slot];
        int previous = own[slot + 1];
        if (previous == NONE) {
            first[list] = next;
        } else {
            linksFor(previous, order)[slot(previous, order)] = next;
        }
        if (next == NONE) {
            last[list] = previous;
        } else {
            linksFor(next, order)[slot(next, order) + 1] = previous;
        }
        blocks[list]--;
    }

    /**
     * {@code __rmqueue_smallest}: takes a block of {@code order} from the head of the first list of {@code type} that has one
     * as large, and lists what is left of that; {@link #NONE} if there is none.
     */
    int takeSmallest(int order, int maxOrder, int type) {
        int list = list(order, type);
        for (int found = order; found <= maxOrder; found++, list++) {
            int page = first[list];
            if (page != NONE) {
                remove(page, found);
                expand(page, order, found, type);
                return page;
            }
        }
        return NONE;
    }

    /** {@code expand}: lists the upper halves of a block of {@code high} until its start is one of {@code low}. */
    void expand(int page, int low, int high, int type) {
        int half = high - 1;
        for (; half >= low && half >= WHOLE; half--) {
            addFirst(page + (1 << half), half, type);
        }
        if (half < low) {
            return;
        }
        int group = page >>> WHOLE;
        split(group);
        byte[] tag = tags[group];
        int[] link = links[group];
        int list = list(half, type);
        for (; half >= low; half--, list--) {
            int upper = page + (1 << half);
            int at = upper & PAGE_MASK;
            int next = first[list];
            tag[at] = (byte) (list + 1);
            link[2 * at] = next;
            link[2 * at + 1] = NONE;
            first[list] = upper;
            blocks[list]++;
            if (next == NONE) {
                last[list] = upper;
            } else {
                links[next >>> WHOLE][2 * (next & PAGE_MASK) + 1] = upper;
            }
        }
    }

    /**
     * Takes the buddies of a block that is not listed off their lists, as long as they are free and of its size.
     *
     * @return the order of what the block has become; it starts where that order is aligned
     */
    int merge(int page, int order, int maxOrder) {
        int size = order;
        byte[] tag = tags[page >>> WHOLE];
        for (int most = Math.min(WHOLE, maxOrder); size < most; size++) {
            int buddy = (page & -(1 << size)) ^ (1 << size);
            int found = tag.length == 0 ? 0 : tag[buddy & PAGE_MASK];
            if (found == 0 || ((found - 1) & ORDER_MASK) != size) {
                return size;
            }
            tag[buddy & PAGE_MASK] = 0;
            unlink(found - 1, links[page >>> WHOLE], 2 * (buddy & PAGE_MASK), size);
        }
        for (; size < maxOrder; size++) {
            int buddy = (page & -(1 << size)) ^ (1 << size);
            if (!isFree(buddy, size)) {
                return size;
            }
            remove(buddy, size);
        }
        return size;
    }

    private int tag(int page, int order) {
        int block = page >>> WHOLE;
        if (order >= WHOLE) {
            return wholeTags[block];
        }
        byte[] own = tags[block];
        return own.length == 0 ? 0 : own[page & PAGE_MASK];
    }

    private void setTag(int page, int order, int tag) {
        int block = page >>> WHOLE;
        if (order >= WHOLE) {
            wholeTags[block] = (byte) tag;
        } else {
            tags[block][page & PAGE_MASK] = (byte) tag;
        }
    }

    private int[] linksFor(int page, int order) {
        return order >= WHOLE ? wholeLinks : links[page >>> WHOLE];
    }

    private static int slot(int page, int order) {
        return 2 * (order >= WHOLE ? page >>> WHOLE : page & PAGE_MASK);
    }

    /** Compares links, tags and counts with each other. */
    void checkInvariants() {
        int tagged = 0;
        for (byte tag : wholeTags) {
            tagged += tag == 0 ? 0 : 1;
        }
        for (byte[] block : tags) {
            for (byte tag : block) {
                tagged += tag == 0 ? 0 : 1;
            }
        }
        int listed = 0;
        for (int order = 0; order < ORDERS; order++) {
            for (int type = 0; type < TYPES; type++) {
                listed += checkList(order, type);
            }
        }
        if (tagged != listed) {
            throw new AssertionError(
                    "blocks marked free are not on the lists [marked=" + tagged + "] [listed=" + listed + "]");
        }
    }

    private int checkList(int order, int type) {
        int list = list(order, type);
        String name = "list of order " + order + ", type " + type;
        int count = 0;
        int previous = NONE;
        for (int page = first[list]; page != NONE; page = next(page, order)) {
            if (tag(page, order) != list + 1) {
                throw new AssertionError(name + " holds a page marked for another list [page=" + page + "]");
            }
            if (linksFor(page, order)[slot(page, order) + 1] != previous) {
                throw new AssertionError(name + " has a broken link back [page=" + page + "]");
            }
            if (++count > blocks[list]) {
                break;
            }
            previous = page;
        }
        if (count != blocks[list] || last[list] != previous) {
            throw new AssertionError(
                    name + " and its count disagree [walked=" + count + "] [counted=" + blocks[list] + "]");
        }
        return count;
    }
}
