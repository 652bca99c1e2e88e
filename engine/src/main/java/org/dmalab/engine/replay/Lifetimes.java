package org.dmalab.engine.replay;

import java.util.Arrays;

/**
 * From which row to which row each range of a log was mapped.
 *
 * <p>A {@code dma} unmap ends the mapping with its device and address; of several with one address (memory mapped twice
 * without an IOMMU) the youngest of the same size. An unmapped scatter list is printed without DMA addresses: it ends the
 * youngest mapping of the device with the same physical addresses. The line of a {@code dma_unmap_page} comes when the
 * address is free, perhaps after another CPU's map of it: the mapping that this map displaces ends with its {@code iommu}
 * unmap, and its own line, told by the thread, ends nothing else. {@code iommu} lines below a {@code dma} event describe the
 * same bytes, so they are claimed by it and do not count again ({@link IommuRanges}).
 */
final class Lifetimes {
    /** The end of what is still mapped when the log ends. */
    static final int OPEN = Integer.MAX_VALUE;

    /** How many live mappings of one address are compared when one of them ends. */
    static final int LOOKED_AT = 64;

    private static final int NONE = KeyIndex.ABSENT;

    private int size;
    private long[] start = new long[1024];
    private long[] bytes = new long[1024];

    /** The row that began it. */
    private int[] from = new int[1024];

    /** The row that ended it. */
    private int[] to = new int[1024];

    /** The row whose event describes it; before {@code from} for what is left of a partly unmapped range. */
    private int[] origin = new int[1024];

    /** The next older with the same key, while live. */
    private int[] next = new int[1024];

    /** How many ranges from here on belong to one mapping; 1 unless a scatter list begins here. */
    private int[] group = new int[1024];

    /** Of an iommu range, whether a dma mapping owns it; of a dma mapping, its first iommu range plus 1. */
    private int[] claim = new int[1024];

    private final EventColumns events;
    private final KeyIndex byAddress = new KeyIndex();
    private final KeyIndex byList = new KeyIndex();

    /** The mappings that have ended but whose unmap line is still to come; a lost line never comes. */
    private final KeyIndex owed = new KeyIndex();

    private final IommuRanges iommu = new IommuRanges(this);
    private int unmatched;

    Lifetimes(EventColumns events) {
        this.events = events;
        for (int row = 0; row < events.rows(); row++) {
            switch (events.kind(row).role()) {
                case MAP -> map(row);
                case UNMAP -> unmap(row);
                case MAP_SG -> mapList(row);
                case UNMAP_SG -> unmapList(row);
                case IOMMU_MAP -> {
                    if (events.bytes(row) > 0) {
                        iommu.map(row, events.address(row), events.bytes(row));
                    }
                }
                case IOMMU_UNMAP -> {
                    boolean something = !events.failed(row) && events.bytes(row) > 0;
                    if (something && !iommu.unmap(row, events.address(row), events.bytes(row))) {
                        unmatched++;
                    }
                }
                case SYNC, FAILURE, FAULT, DEVICE -> {
                    // They change nothing in the map.
                }
            }
        }
    }

    int size() {
        return size;
    }

    long start(int i) {
        return start[i];
    }

    long bytes(int i) {
        return bytes[i];
    }

    int from(int i) {
        return from[i];
    }

    int to(int i) {
        return to[i];
    }

    int origin(int i) {
        return origin[i];
    }

    /** Whether it is to be shown: an iommu range owned by a dma mapping is shown as that mapping. */
    boolean isShown(int i) {
        return events.kind(origin[i]) != FtraceKind.IOMMU_MAP || claim[i] == 0;
    }

    /** Unmaps of something the log does not show being mapped. */
    int unmatched() {
        return unmatched;
    }

    private void map(int row) {
        if (events.failed(row) || events.bytes(row) == 0) {
            return;
        }
        int added = add(row, row, events.address(row), events.bytes(row));
        endRecycled(events.device(row), events.address(row));
        chain(byAddress, events.device(row), events.address(row), added);
        claim[added] = iommu.claim(start[added], bytes[added]) + 1;
    }

    private void mapList(int row) {
        int head = size;
        for (int i = 0; i < events.segments(row); i++) {
            if (events.segmentBytes(row, i) > 0) {
                int unused = add(row, row, events.segmentAddress(row, i), events.segmentBytes(row, i));
            }
        }
        if (size == head) {
            return;
        }
        claimList(head);
        group[head] = size - head;
        chain(byList, events.device(row), events.listKey(row), head);
    }

    /** The iommu lines of a scatter list follow its physical pieces, which may begin and end between two segments. */
    private void claimList(int head) {
        long end = start[size - 1] + (bytes[size - 1] - 1);
        int backing = NONE;
        for (int i = head; i < size; i++) {
            long last = start[i] + (bytes[i] - 1);
            boolean covered = backing != NONE
                    && Long.compareUnsigned(start[i], start[head]) >= 0
                    && Long.compareUnsigned(last, iommu.claimedTo()) <= 0;
            if (!covered) {
                backing = iommu.claim(start[i], (Long.compareUnsigned(end, last) > 0 ? end : last) - start[i] + 1);
            }
            claim[i] = backing + 1;
        }
    }

    private void unmap(int row) {
        if (events.bytes(row) == 0) {
            return;
        }
        int device = events.device(row);
        long address = events.address(row);
        int head = byAddress.get(device, address);
        int chosen = head;
        for (int i = head, looked = 0; i != NONE && looked < LOOKED_AT; i = next[i], looked++) {
            if (bytes[i] == events.bytes(row)) {
                chosen = i;
                break;
            }
        }
        boolean ownUnmap = chosen != NONE && isUnbacked(chosen) && sameThread(to[claim[chosen] - 1], row);
        int late = ownUnmap ? NONE : late(row);
        if (late == NONE) {
            end(byAddress, device, address, chosen, row);
        } else {
            unchain(owed, device, address, late);
        }
    }

    /** The ended mapping whose late line this row is: the thread that unmapped it in the IOMMU prints it. */
    private int late(int row) {
        if (!events.kind(row).isPrintedAfterUnmapping()) {
            return NONE;
        }
        int i = owed.get(events.device(row), events.address(row));
        for (int looked = 0; i != NONE && looked < LOOKED_AT; i = next[i], looked++) {
            if (bytes[i] == events.bytes(row) && sameThread(to[i], row)) {
                return i;
            }
        }
        return NONE;
    }

    private boolean sameThread(int row, int other) {
        return events.pid(row) == events.pid(other);
    }

    /** Whether a dma mapping's iommu range has been unmapped. */
    private boolean isUnbacked(int i) {
        return claim[i] > 0 && to[claim[i] - 1] != OPEN;
    }

    private void unmapList(int row) {
        int head = byList.get(events.device(row), events.listKey(row));
        end(byList, events.device(row), events.listKey(row), head, row);
    }

    private void end(KeyIndex index, int device, long key, int chosen, int row) {
        if (chosen == NONE) {
            unmatched++;
            return;
        }
        unchain(index, device, key, chosen);
        for (int i = chosen; i < chosen + group[chosen]; i++) {
            to[i] = row;
        }
    }

    /** An address is given out again after its iommu range was unmapped: the line of the dma unmap is late or lost. */
    private void endRecycled(int device, long address) {
        int head = byAddress.get(device, address);
        if (head != NONE && isUnbacked(head)) {
            unchain(byAddress, device, address, head);
            to[head] = to[claim[head] - 1];
            chain(owed, device, address, head);
        }
    }

    private void chain(KeyIndex index, int device, long key, int added) {
        next[added] = index.get(device, key);
        index.put(device, key, added);
    }

    private void unchain(KeyIndex index, int device, long key, int i) {
        int head = index.get(device, key);
        if (head == i && next[i] == NONE) {
            index.remove(device, key);
        } else if (head == i) {
            index.put(device, key, next[i]);
        } else {
            int before = head;
            while (next[before] != i) {
                before = next[before];
            }
            next[before] = next[i];
        }
    }

    /** The next older live range with the same key, -1 if there is none. */
    int next(int i) {
        return next[i];
    }

    void next(int i, int older) {
        next[i] = older;
    }

    /** Whether a dma mapping owns this iommu range. */
    boolean isClaimed(int i) {
        return claim[i] != 0;
    }

    void claim(int i) {
        claim[i] = 1;
    }

    void end(int i, int row) {
        to[i] = row;
    }

    int add(int row, int originRow, long address, long length) {
        if (size == start.length) {
            grow(Math.multiplyExact(size, 2));
        }
        int i = size++;
        start[i] = address;
        bytes[i] = length;
        from[i] = row;
        to[i] = OPEN;
        origin[i] = originRow;
        next[i] = NONE;
        group[i] = 1;
        return i;
    }

    private void grow(int length) {
        start = Arrays.copyOf(start, length);
        bytes = Arrays.copyOf(bytes, length);
        from = Arrays.copyOf(from, length);
        to = Arrays.copyOf(to, length);
        origin = Arrays.copyOf(origin, length);
        next = Arrays.copyOf(next, length);
        group = Arrays.copyOf(group, length);
        claim = Arrays.copyOf(claim, length);
    }
}
