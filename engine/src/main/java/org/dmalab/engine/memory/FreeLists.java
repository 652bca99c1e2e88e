package org.dmalab.engine.memory;

import java.util.Arrays;

/**
 * The free blocks of a zone: a doubly linked list per order and migrate type ({@code struct free_area}).
 *
 * <p>Pages are numbered from the start of the zone's first pageblock. The links of whole pageblocks are kept apart, so
 * that the links of single pages exist only for pageblocks that were split at some time.
 */
final class FreeLists {
    static final int NONE = -1;

    private static final int ORDERS = BuddyAllocator.MAX_ORDER + 1;
    private static final int TYPES = 6;
    private static final int PAGE_MASK = BuddyAllocator.PAGEBLOCK_PAGES - 1;
    private static final byte[] UNSPLIT_TAGS = new byte[0];
    private static final int[] UNSPLIT_LINKS = new int[0];

    private final int[] first = new int[ORDERS * TYPES];
    private final int[] last = new int[ORDERS * TYPES];
    private final int[] blocks = new int[ORDERS * TYPES];
    /** Per type, bit n is set if the list of order n is not empty. */
    private final int[] filled = new int[TYPES];

    /** Per pageblock: 1 + list number if it is free as a whole, else 0. */
    private final byte[] wholeTag;
    /** Per pageblock: next, previous. */
    private final int[] wholeLinks;
    /** Per pageblock and page: 1 + list number if the page is the first of a free block below pageblock size, else 0. */
    private final byte[][] tags;
    /** Per pageblock and page: next, previous. */
    private final int[][] links;

    FreeLists(int pageblocks) {
        wholeTag = new byte[pageblocks];
        wholeLinks = new int[2 * pageblocks];
        tags = new byte[pageblocks][];
        links = new int[pageblocks][];
        Arrays.fill(tags, UNSPLIT_TAGS);
        Arrays.fill(links, UNSPLIT_LINKS);
        Arrays.fill(first, NONE);
        Arrays.fill(last, NONE);
    }

    void clear() {
        Arrays.fill(first, NONE);
        Arrays.fill(last, NONE);
        Arrays.fill(blocks, 0);
        Arrays.fill(filled, 0);
        Arrays.fill(wholeTag, (byte) 0);
        for (byte[] block : tags) {
            Arrays.fill(block, (byte) 0);
        }
    }

    private static int list(int order, int type) {
        return order * TYPES + type;
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

    /** The orders for which a block of {@code type} is free, a bit for each. */
    int filledOrders(int type) {
        return filled[type];
    }

    /** Whether {@code page} begins a free block of exactly {@code order} ({@code page_is_buddy}). */
    boolean isFree(int page, int order) {
        int tag = tag(page, order);
        return tag != 0 && (tag - 1) / TYPES == order;
    }

    /** The order of the free block that begins at {@code page}, or {@link #NONE}. */
    int orderAt(int page) {
        if ((page & PAGE_MASK) == 0 && wholeTag[page >>> BuddyAllocator.PAGEBLOCK_ORDER] != 0) {
            return BuddyAllocator.MAX_ORDER;
        }
        int tag = tag(page, 0);
        return tag == 0 ? NONE : (tag - 1) / TYPES;
    }

    void addFirst(int page, int order, int type) {
        int list = insert(page, order, type);
        int[] own = linksFor(page, order);
        int slot = slot(page, order);
        int next = first[list];
        own[slot] = next;
        own[slot + 1] = NONE;
        if (next == NONE) {
            last[list] = page;
        } else {
            linksFor(next, order)[slot(next, order) + 1] = page;
        }
        first[list] = page;
    }

    void addLast(int page, int order, int type) {
        int list = insert(page, order, type);
        int[] own = linksFor(page, order);
        int slot = slot(page, order);
        int previous = last[list];
        own[slot] = NONE;
        own[slot + 1] = previous;
        if (previous == NONE) {
            first[list] = page;
        } else {
            linksFor(previous, order)[slot(previous, order)] = page;
        }
        last[list] = page;
    }

    /** Takes the free block of {@code order} that begins at {@code page} off whichever list it is on. */
    void remove(int page, int order) {
        int list = tag(page, order) - 1;
        int type = list - order * TYPES;
        setTag(page, order, 0);
        int[] own = linksFor(page, order);
        int slot = slot(page, order);
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
        if (--blocks[list] == 0) {
            filled[type] &= ~(1 << order);
        }
    }

    private int insert(int page, int order, int type) {
        int list = list(order, type);
        if (order < BuddyAllocator.PAGEBLOCK_ORDER) {
            int block = page >>> BuddyAllocator.PAGEBLOCK_ORDER;
            if (tags[block].length == 0) {
                tags[block] = new byte[BuddyAllocator.PAGEBLOCK_PAGES];
                links[block] = new int[2 * BuddyAllocator.PAGEBLOCK_PAGES];
            }
        }
        setTag(page, order, list + 1);
        blocks[list]++;
        filled[type] |= 1 << order;
        return list;
    }

    private int tag(int page, int order) {
        int block = page >>> BuddyAllocator.PAGEBLOCK_ORDER;
        if (order == BuddyAllocator.PAGEBLOCK_ORDER) {
            return wholeTag[block];
        }
        byte[] own = tags[block];
        return own.length == 0 ? 0 : own[page & PAGE_MASK];
    }

    private void setTag(int page, int order, int tag) {
        int block = page >>> BuddyAllocator.PAGEBLOCK_ORDER;
        if (order == BuddyAllocator.PAGEBLOCK_ORDER) {
            wholeTag[block] = (byte) tag;
        } else {
            tags[block][page & PAGE_MASK] = (byte) tag;
        }
    }

    private int[] linksFor(int page, int order) {
        return order == BuddyAllocator.PAGEBLOCK_ORDER ? wholeLinks : links[page >>> BuddyAllocator.PAGEBLOCK_ORDER];
    }

    private static int slot(int page, int order) {
        return 2
                * (order == BuddyAllocator.PAGEBLOCK_ORDER
                        ? page >>> BuddyAllocator.PAGEBLOCK_ORDER
                        : page & PAGE_MASK);
    }

    /** Compares links, tags, counts and masks with each other. */
    void checkInvariants() {
        int tagged = 0;
        for (byte tag : wholeTag) {
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
        if (((filled[type] >>> order) & 1) != (count == 0 ? 0 : 1)) {
            throw new AssertionError(name + " and the mask of filled lists disagree [blocks=" + count + "]");
        }
        return count;
    }
}
