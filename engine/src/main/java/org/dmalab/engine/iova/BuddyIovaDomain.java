package org.dmalab.engine.iova;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/**
 * A policy that no kernel has for DMA addresses: blocks of {@code 4096 << order} bytes, halved for a request and merged with
 * their other half when freed, the lowest free one first. A request takes a whole block.
 */
public final class BuddyIovaDomain implements IovaDomain {
    private final AddrRange<DmaAddr> window;
    /** Free blocks of each order, by their distance from the window's start. */
    private final List<TreeSet<Long>> free = new ArrayList<>();

    private final int topOrder;
    private long searched;

    /** @param window a power of two of pages, all free */
    public BuddyIovaDomain(AddrRange<DmaAddr> window) {
        if (window.bytes() < PageSize.PAGE_BYTES
                || Long.bitCount(window.bytes()) != 1
                || !PageSize.SMALL_4K.isAligned(window.start().value())) {
            throw new IllegalArgumentException("window must be a power of two of pages: " + window);
        }
        this.window = window;
        topOrder = PageSize.order(window.bytes());
        for (int order = 0; order <= topOrder; order++) {
            free.add(new TreeSet<>());
        }
        put(topOrder, 0);
    }

    private static long blockBytes(int order) {
        return PageSize.PAGE_BYTES << order;
    }

    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        int order = PageSize.order(bytes);
        int from = order;
        while (from <= topOrder && free.get(from).isEmpty()) {
            from++;
        }
        searched += Math.min(from, topOrder) - order + 1;
        if (from > topOrder) {
            long needed = IovaArguments.bytes(1L << order, PageSize.PAGE_SHIFT);
            return Outcome.failed(NoIovaSpace.of(this, needed, needed));
        }
        long block = take(from);
        for (int at = from - 1; at >= order; at--) {
            put(at, block + blockBytes(at));
        }
        return Outcome.done(window.start().plus(block));
    }

    private long take(int order) {
        Long block = free.get(order).pollFirst();
        if (block == null) {
            throw new AssertionError("no free block of order " + order);
        }
        return block;
    }

    private void put(int order, long block) {
        if (!free.get(order).add(block)) {
            throw new AssertionError("block " + block + " of order " + order + " is free already");
        }
    }

    /** @throws IllegalArgumentException also if it is no block of this size, or a block that overlaps it is free already */
    @Override
    public void free(DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        int order = PageSize.order(bytes);
        long block = iova.minus(window.start());
        if (block % blockBytes(order) != 0 || overlapsFree(block, order)) {
            throw new IllegalArgumentException(
                    "free of a range that is no block in use [iova=" + iova + "] [bytes=" + bytes + "]");
        }
        int at = order;
        while (at < topOrder && free.get(at).remove(block ^ blockBytes(at))) {
            block &= -blockBytes(at + 1);
            at++;
        }
        put(at, block);
    }

    private boolean overlapsFree(long block, int order) {
        for (int at = 0; at <= topOrder; at++) {
            long from = block & -blockBytes(at);
            Long first = free.get(at).ceiling(from);
            if (first != null && first < block + blockBytes(order)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return window;
    }

    @Override
    public long granuleBytes() {
        return PageSize.PAGE_BYTES;
    }

    @Override
    public long freeBytes() {
        long bytes = 0;
        for (int order = 0; order <= topOrder; order++) {
            bytes += free.get(order).size() * blockBytes(order);
        }
        return bytes;
    }

    /** The largest free block: a run of two that are no buddies cannot be used as one. */
    @Override
    public long largestHole() {
        for (int order = topOrder; order >= 0; order--) {
            if (!free.get(order).isEmpty()) {
                return blockBytes(order);
            }
        }
        return 0;
    }

    /** Orders. */
    @Override
    public OptionalLong searched() {
        return OptionalLong.of(searched);
    }

    @Override
    public String searchedUnit() {
        return "orders";
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], buddies}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window.bytes()) + " " + window + ", buddies";
    }
}
