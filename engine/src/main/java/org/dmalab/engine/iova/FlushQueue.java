package org.dmalab.engine.iova;

import org.dmalab.engine.base.CpuId;

/**
 * Ranges that are unmapped but not yet free, because the IOTLB may still translate them ({@code struct iova_fq}; the lazy
 * mode of {@code drivers/iommu/dma-iommu.c}).
 *
 * <p>A range waits in the ring of the CPU that unmapped it until a flush of the whole IOTLB that began after it was queued is
 * over: when the ring is full, or when the timer fires that the first range queued started. Until then the device can use
 * what the IOTLB has. The strict mode has no queue: each unmap flushes, then frees.
 */
public final class FlushQueue {
    /**
     * How long a range may wait.
     *
     * @param slots in each ring, a power of two; one stays empty
     * @param timeoutNanos from the first range queued to the flush
     * @param perCpu whether each CPU has a ring; else there is one for all
     */
    public record Options(int slots, long timeoutNanos, boolean perCpu) {
        /** A ring of 256 for each CPU and 10 ms: all that Linux 6.1 has. */
        public static final Options PER_CPU = new Options(256, 10_000_000L, true);
        /** One ring of 32768 and 1 s: for hypervisors, where a flush is slow (Linux 6.12). */
        public static final Options SINGLE = new Options(32_768, 1_000_000_000L, false);

        public Options {
            if (slots < 2 || Integer.bitCount(slots) != 1) {
                throw new IllegalArgumentException("slots must be a power of two, at least 2: " + slots);
            }
            if (timeoutNanos < 1) {
                throw new IllegalArgumentException("timeout must be at least 1 ns: " + timeoutNanos);
            }
        }
    }

    private static final long NOT_PENDING = Long.MAX_VALUE;

    private final IovaRcache rcache;
    private final Options options;
    private final Runnable flushAll;
    private final FlushRing[] rings;
    /** {@code fq_flush_start_cnt}, {@code fq_flush_finish_cnt}. */
    private long started;

    private long finished;
    private long deadline = NOT_PENDING;

    /**
     * An empty queue.
     *
     * @param rcache where ranges go when they are free
     * @param cpus how many are online
     * @param flushAll invalidates the whole IOTLB of the domain
     */
    public FlushQueue(IovaRcache rcache, int cpus, Options options, Runnable flushAll) {
        if (cpus < 1) {
            throw new IllegalArgumentException("CPUs must be at least 1: " + cpus);
        }
        this.rcache = rcache;
        this.options = options;
        this.flushAll = flushAll;
        rings = new FlushRing[options.perCpu() ? cpus : 1];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new FlushRing(options.slots());
        }
    }

    /** How many flushes there were. */
    public long flushes() {
        return finished;
    }

    /** How many ranges wait. */
    public int waiting() {
        int waiting = 0;
        for (FlushRing ring : rings) {
            waiting += ring.size();
        }
        return waiting;
    }

    /** Whether the timer runs. */
    public boolean isTimerPending() {
        return deadline != NOT_PENDING;
    }

    /**
     * {@code queue_iova}: the range is unmapped and waits for the next flush.
     *
     * @param size pages, as asked for
     * @param nowNanos the time, which starts the timer if it does not run
     */
    public void queue(CpuId cpu, long pfn, long size, long nowNanos) {
        if (options.perCpu() && cpu.index() >= rings.length) {
            throw new IllegalArgumentException("cpu must be one of " + rings.length + ": " + cpu);
        }
        if (size < 1) {
            throw new IllegalArgumentException("size must be at least 1 page: " + size);
        }
        FlushRing ring = rings[options.perCpu() ? cpu.index() : 0];
        ring.release(rcache, cpu, finished);
        if (ring.isFull()) {
            flush();
            ring.release(rcache, cpu, finished);
        }
        ring.add(pfn, size, started);
        if (deadline == NOT_PENDING) {
            deadline = nowNanos + options.timeoutNanos();
        }
    }

    private void flush() {
        started++;
        flushAll.run();
        finished++;
    }

    /**
     * The time is {@code nowNanos}: if the timer is due it fires on {@code cpu}, flushes, and frees what waited on any CPU.
     *
     * @return whether it fired
     */
    public boolean advance(CpuId cpu, long nowNanos) {
        if (nowNanos < deadline) {
            return false;
        }
        return fireTimer(cpu);
    }

    /** The timer fires now on {@code cpu}, if it runs; returns whether it did. */
    public boolean fireTimer(CpuId cpu) {
        if (deadline == NOT_PENDING) {
            return false;
        }
        deadline = NOT_PENDING;
        flush();
        for (FlushRing ring : rings) {
            ring.release(rcache, cpu, finished);
        }
        return true;
    }

    /** {@code 12 ranges wait, 3 flushes}. */
    @Override
    public String toString() {
        return waiting() + " ranges wait, " + finished + " flushes";
    }
}
