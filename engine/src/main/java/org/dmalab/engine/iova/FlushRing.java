package org.dmalab.engine.iova;

import org.dmalab.engine.base.CpuId;

/** Ranges in the order in which they were unmapped, and how many flushes had begun by then; one slot stays empty. */
final class FlushRing {
    private final long[] pfns;
    private final long[] sizes;
    private final long[] counters;
    private final int mask;
    private int head;
    private int tail;

    /** @param slots a power of two */
    FlushRing(int slots) {
        pfns = new long[slots];
        sizes = new long[slots];
        counters = new long[slots];
        mask = slots - 1;
    }

    int size() {
        return (tail - head) & mask;
    }

    boolean isFull() {
        return ((tail + 1) & mask) == head;
    }

    void add(long pfn, long size, long counter) {
        pfns[tail] = pfn;
        sizes[tail] = size;
        counters[tail] = counter;
        tail = (tail + 1) & mask;
    }

    /** Frees on {@code cpu} what was queued before the flush number {@code finished} began. */
    void release(IovaRcache rcache, CpuId cpu, long finished) {
        while (head != tail && counters[head] < finished) {
            rcache.freeFast(cpu, pfns[head], sizes[head]);
            head = (head + 1) & mask;
        }
    }
}
