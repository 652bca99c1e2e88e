package org.dmalab.engine.cache;

import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.CacheOperation;

/**
 * What a transfer's direction asks of the caches when ownership passes between CPU and device ({@code
 * __dma_page_cpu_to_dev}, {@code __dma_page_dev_to_cpu}).
 *
 * <pre>
 *                 to the device              to the CPU
 * TO_DEVICE       clean inner, outer         nothing
 * FROM_DEVICE     invalidate inner, outer    invalidate outer, inner
 * BIDIRECTIONAL   clean inner, outer         invalidate outer, inner
 * </pre>
 *
 * A line that the range only touches in part is cleaned as well as invalidated, so that a neighbour's bytes survive
 * ({@code v7_dma_inv_range}, {@code l2x0_inv_range}).
 */
public final class CacheMaintenance {
    private final CacheHierarchy caches;

    /** Maintenance of {@code caches}. */
    public CacheMaintenance(CacheHierarchy caches) {
        this.caches = caches;
    }

    /** The device owns the bytes from now on. */
    public void toDevice(PhysAddr start, long bytes, DmaDirection direction) {
        long from = start.value();
        if (direction == DmaDirection.FROM_DEVICE) {
            invalidateInner(from, bytes);
            invalidateOuter(from, bytes);
        } else {
            caches.maintainInner(CacheOperation.CLEAN, from, bytes);
            caches.maintainOuter(CacheOperation.CLEAN, from, bytes);
        }
    }

    /** The CPU owns the bytes from now on. */
    public void toCpu(PhysAddr start, long bytes, DmaDirection direction) {
        if (direction != DmaDirection.TO_DEVICE) {
            invalidateOuter(start.value(), bytes);
            invalidateInner(start.value(), bytes);
        }
    }

    /** Cleans and invalidates inner, then outer ({@code dmac_flush_range}, {@code outer_flush_range}). */
    public void flush(PhysAddr start, long bytes) {
        caches.maintainInner(CacheOperation.CLEAN_INVALIDATE, start.value(), bytes);
        caches.maintainOuter(CacheOperation.CLEAN_INVALIDATE, start.value(), bytes);
    }

    /**
     * Forgets every line of {@code [start, start + bytes)} without maintenance, because their memory is about to be
     * overwritten as a whole by stores whose price is charged elsewhere.
     */
    public void discard(PhysAddr start, long bytes) {
        caches.discard(start.value(), bytes);
    }

    private void invalidateInner(long start, long bytes) {
        invalidate(start, bytes, caches::maintainInner);
    }

    private void invalidateOuter(long start, long bytes) {
        invalidate(start, bytes, caches::maintainOuter);
    }

    /** One level's maintenance by range. */
    private interface Level {
        void maintain(CacheOperation operation, long start, long bytes);
    }

    private void invalidate(long start, long bytes, Level level) {
        if (bytes <= 0) {
            return;
        }
        long line = caches.lineBytes();
        long end = start + bytes;
        long first = start;
        long last = end;
        if ((start & (line - 1)) != 0) {
            level.maintain(CacheOperation.CLEAN_INVALIDATE, start & -line, line);
            first = (start & -line) + line;
        }
        if ((end & (line - 1)) != 0 && (end & -line) >= first) {
            level.maintain(CacheOperation.CLEAN_INVALIDATE, end & -line, line);
            last = end & -line;
        }
        if (last > first) {
            level.maintain(CacheOperation.INVALIDATE, first, last - first);
        }
    }
}
