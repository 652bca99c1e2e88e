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
    private static final long[] UNSPLIT_LINKS = new long[0];

    /*
     * A list's number:   [6:4] migrate type   [3:0] order
     * A page's tag:      0, or [7] 1 and [6:0] the number of the list whose block begins there
     * A page's links:    [63:32] previous     [31:0] next
     */
    private static final int TYPE_SHIFT = 4;
    private static final int ORDER_MASK = (1 << TYPE_SHIFT) - 1;
    private static final int LISTS = TYPES << TYPE_SHIFT;
    private static final int LISTED = 0x80;
    private static final int LIST_MASK = LISTED - 1;
    private static final int PREVIOUS_SHIFT = 32;
    private static final long NEXT_MASK = (1L << PREVIOUS_SHIFT) - 1;

    /** Per list: first, last, how many blocks, unused. */
    private static final int HEAD_SHIFT = 2;

    private static final int LAST = 1;
    private static final int BLOCKS = 2;

    private final int[] heads = new int[LISTS << HEAD_SHIFT];
    /** Per type: bit n is set if the list of order n has a block. */
    private final int[] filled = new int[TYPES];

    /** Per group: the tag of the free block of whole groups that begins there. */
    private final byte[] wholeTags;

    private final long[] wholeLinks;
    /** Per group and page: tags of smaller free blocks. */
    private final byte[][] tags;
    /** Per group and page. */
    private final long[][] links;

    FreeLists(int groups) {
        wholeTags = new byte[groups];
        wholeLinks = new long[groups];
        tags = new byte[groups][];
        links = new long[groups][];
        Arrays.fill(tags, UNSPLIT_TAGS);
        Arrays.fill(links, UNSPLIT_LINKS);
        empty();
    }

    void clear() {
        empty();
        Arrays.fill(wholeTags, (byte) 0);
        for (byte[] group : tags) {
            Arrays.fill(group, (byte) 0);
        }
    }

    private void empty() {
        for (int head = 0; head < heads.length; head += 1 << HEAD_SHIFT) {
            heads[head] = NONE;
            heads[head + LAST] = NONE;
            heads[head + BLOCKS] = 0;
        }
        Arrays.fill(filled, 0);
    }

    private static int list(int order, int type) {
        return (type << TYPE_SHIFT) + order;
    }

    /** The first page of the block at the list's head, or {@link #NONE}. */
    int first(int order, int type) {
        return heads[list(order, type) << HEAD_SHIFT];
    }

    /** The block behind {@code page} on the list of blocks of {@code order}, or {@link #NONE}. */
    int next(int page, int order) {
        return (int) linksFor(page, order)[slot(page, order)];
    }

    int blocks(int order, int type) {
        return heads[(list(order, type) << HEAD_SHIFT) + BLOCKS];
    }

    /** The smallest order from {@code order} on of which {@code type} has a block, or {@link #NONE}. */
    int smallestOrder(int order, int type) {
        int enough = filled[type] & (-1 << order);
        return enough == 0 ? NONE : Integer.numberOfTrailingZeros(enough);
    }

    /** Whether {@code page} begins a free block of exactly {@code order} ({@code page_is_buddy}). */
    boolean isFree(int page, int order) {
        return isListed(tag(page, order), order);
    }

    private static boolean isListed(int tag, int order) {
        return (tag & (LISTED | ORDER_MASK)) == (LISTED | order);
    }

    /** The order of the free block that begins at {@code page}, or {@link #NONE}. */
    int orderAt(int page) {
        int whole = (page & PAGE_MASK) == 0 ? tag(page, WHOLE) : 0;
        int tag = whole != 0 ? whole : tag(page, 0);
        return tag == 0 ? NONE : tag & ORDER_MASK;
    }

    void addFirst(int page, int order, int type) {
        if (order < WHOLE) {
            split(page >>> WHOLE);
        }
        insertFirst(page, order, type, tagsFor(page, order), linksFor(page, order));
        filled[type] |= 1 << order;
    }

    private void insertFirst(int page, int order, int type, byte[] ownTags, long[] ownLinks) {
        int list = list(order, type);
        int head = list << HEAD_SHIFT;
        int slot = slot(page, order);
        int next = heads[head];
        ownTags[slot] = (byte) (LISTED | list);
        ownLinks[slot] = links(NONE, next);
        heads[head] = page;
        heads[head + BLOCKS]++;
        if (next == NONE) {
            heads[head + LAST] = page;
        } else {
            setPrevious(next, order, page);
        }
    }

    void addLast(int page, int order, int type) {
        if (order < WHOLE) {
            split(page >>> WHOLE);
        }
        int list = list(order, type);
        int head = list << HEAD_SHIFT;
        int slot = slot(page, order);
        int previous = heads[head + LAST];
        tagsFor(page, order)[slot] = (byte) (LISTED | list);
        linksFor(page, order)[slot] = links(previous, NONE);
        heads[head + LAST] = page;
        heads[head + BLOCKS]++;
        if (previous == NONE) {
            heads[head] = page;
        } else {
            setNext(previous, order, page);
        }
        filled[type] |= 1 << order;
    }

    /**
     * {@code expand}: of the block of order {@code found} at {@code page}, which is on no list, puts the upper halves at the
     * heads of the lists of {@code type} until the lowest block of {@code order} is left.
     */
    void addUpperHalves(int page, int order, int found, int type) {
        int half = found - 1;
        for (; half >= Math.max(order, WHOLE); half--) {
            insertFirst(page + (1 << half), half, type, wholeTags, wholeLinks);
        }
        if (half >= order) {
            int group = page >>> WHOLE;
            split(group);
            byte[] ownTags = tags[group];
            long[] ownLinks = links[group];
            for (; half >= order; half--) {
                insertFirst(page + (1 << half), half, type, ownTags, ownLinks);
            }
        }
        filled[type] |= (1 << found) - (1 << order);
    }

    /** Takes the free block of {@code order} that begins at {@code page} off whichever list it is on. */
    void remove(int page, int order) {
        unlink(slot(page, order), order, tagsFor(page, order), linksFor(page, order));
    }

    /**
     * Takes the free buddy of the block of {@code order} at {@code page} off its list, then that of the two together, and so
     * on to {@code maxOrder}.
     *
     * @return the order of what it all is together; its first page is {@code page} rounded down
     */
    int removeBuddies(int page, int order, int maxOrder) {
        int size = order;
        int group = page >>> WHOLE;
        byte[] ownTags = tags[group];
        if (ownTags.length != 0) {
            long[] ownLinks = links[group];
            int inside = Math.min(maxOrder, WHOLE);
            while (size < inside) {
                int buddy = (page & PAGE_MASK & (-1 << size)) ^ (1 << size);
                if (!isListed(ownTags[buddy], size)) {
                    return size;
                }
                unlink(buddy, size, ownTags, ownLinks);
                size++;
            }
        } else if (size < WHOLE) {
            return size;
        }
        while (size < maxOrder) {
            int buddy = (page & (-1 << size)) ^ (1 << size);
            if (!isFree(buddy, size)) {
                return size;
            }
            unlink(buddy >>> WHOLE, size, wholeTags, wholeLinks);
            size++;
        }
        return size;
    }

    private void unlink(int slot, int order, byte[] ownTags, long[] ownLinks) {
        int list = ownTags[slot] & LIST_MASK;
        int head = list << HEAD_SHIFT;
        int next = (int) ownLinks[slot];
        int previous = (int) (ownLinks[slot] >> PREVIOUS_SHIFT);
        ownTags[slot] = 0;
        if (previous == NONE) {
            heads[head] = next;
        } else {
            setNext(previous, order, next);
        }
        if (next == NONE) {
            heads[head + LAST] = previous;
        } else {
            setPrevious(next, order, previous);
        }
        if (--heads[head + BLOCKS] == 0) {
            filled[list >>> TYPE_SHIFT] &= ~(1 << order);
        }
    }

    private void split(int group) {
        if (tags[group].length == 0) {
            tags[group] = new byte[BuddyAllocator.PAGEBLOCK_PAGES];
            links[group] = new long[BuddyAllocator.PAGEBLOCK_PAGES];
        }
    }

    private static long links(int previous, int next) {
        return ((long) previous << PREVIOUS_SHIFT) | (next & NEXT_MASK);
    }

    private void setNext(int page, int order, int next) {
        long[] own = linksFor(page, order);
        int slot = slot(page, order);
        own[slot] = (own[slot] & ~NEXT_MASK) | (next & NEXT_MASK);
    }

    private void setPrevious(int page, int order, int previous) {
        long[] own = linksFor(page, order);
        int slot = slot(page, order);
        own[slot] = ((long) previous << PREVIOUS_SHIFT) | (own[slot] & NEXT_MASK);
    }

    private int tag(int page, int order) {
        byte[] own = tagsFor(page, order);
        return own.length == 0 ? 0 : own[slot(page, order)] & 0xFF;
    }

    private byte[] tagsFor(int page, int order) {
        return order >= WHOLE ? wholeTags : tags[page >>> WHOLE];
    }

    private long[] linksFor(int page, int order) {
        return order >= WHOLE ? wholeLinks : links[page >>> WHOLE];
    }

    private static int slot(int page, int order) {
        return order >= WHOLE ? page >>> WHOLE : page & PAGE_MASK;
    }

    /** Compares links, tags, counts and the bits of filled lists with each other. */
    void checkInvariants() {
        int tagged = tagged(wholeTags);
        for (byte[] group : tags) {
            tagged += tagged(group);
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

    private static int tagged(byte[] group) {
        int tagged = 0;
        for (byte tag : group) {
            tagged += tag == 0 ? 0 : 1;
        }
        return tagged;
    }

    private int checkList(int order, int type) {
        int list = list(order, type);
        String name = "list of order " + order + ", type " + type;
        int counted = blocks(order, type);
        int count = 0;
        int previous = NONE;
        for (int page = first(order, type); page != NONE; page = next(page, order)) {
            if (tag(page, order) != (LISTED | list)) {
                throw new AssertionError(name + " holds a page marked for another list [page=" + page + "]");
            }
            if ((int) (linksFor(page, order)[slot(page, order)] >> PREVIOUS_SHIFT) != previous) {
                throw new AssertionError(name + " has a broken link back [page=" + page + "]");
            }
            if (++count > counted) {
                break;
            }
            previous = page;
        }
        boolean isFilled = (filled[type] & (1 << order)) != 0;
        if (count != counted || heads[(list << HEAD_SHIFT) + LAST] != previous || isFilled != (count > 0)) {
            throw new AssertionError(name + " and its count disagree [walked=" + count + "] [counted=" + counted
                    + "] [filled=" + isFilled + "]");
        }
        return count;
    }
}
