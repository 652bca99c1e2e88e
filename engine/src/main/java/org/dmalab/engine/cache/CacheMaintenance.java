package org.dmalab.engine.cache;

import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
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
 * With {@link MaintenanceStyle#V6_RWFO} and {@link MaintenanceStyle#V4WB} the inner cache is cleaned and invalidated for
 * BIDIRECTIONAL, and left alone when the CPU gets the bytes back.
 *
 * <p>A line that the range only touches in part is written back before it is dropped, so that a neighbour's bytes survive;
 * in which order, and how often, is the {@link MaintenanceStyle}'s. The outer cache does it as {@code l2x0_inv_range}.
 *
 * <p>Inner maintenance goes by virtual address, that of the kernel's linear map unless another is given, and reaches the
 * caches of all CPUs. Maintenance for a transfer ends with a {@code dsb}: the write buffers drain.
 */
public final class CacheMaintenance {
    private final CacheHierarchy caches;
    private final MaintenanceStyle style;
    private final long linear;

    /** How far maintenance reaches (ARM DDI 0406C B2.2.6). */
    public enum Point {
        /** Where all masters see the same bytes: through all caches. */
        COHERENCY,
        /** Where one CPU's instruction and data sides meet: through its inner cache. */
        UNIFICATION
    }

    /** Maintenance of {@code caches} by {@link MaintenanceStyle#V7}, with a linear map that is one to one. */
    public CacheMaintenance(CacheHierarchy caches) {
        this(caches, MaintenanceStyle.V7, new VirtAddr(0), new PhysAddr(0));
    }

    /** Maintenance of {@code caches} by {@code style}, with a linear map of {@code phys} and on at {@code virt} and on. */
    public CacheMaintenance(CacheHierarchy caches, MaintenanceStyle style, VirtAddr virt, PhysAddr phys) {
        this.caches = caches;
        this.style = style;
        this.linear = virt.value() - phys.value();
    }

    /** How edges and directions are treated. */
    public MaintenanceStyle style() {
        return style;
    }

    /** The device owns the bytes from now on. */
    public void toDevice(PhysAddr start, long bytes, DmaDirection direction) {
        long from = checked(start, bytes);
        if (direction == DmaDirection.FROM_DEVICE) {
            invalidateInner(from, bytes);
            invalidateOuter(from, bytes);
        } else {
            boolean flushes = direction == DmaDirection.BIDIRECTIONAL && style.flushesBidirectional();
            inner(flushes ? CacheOperation.CLEAN_INVALIDATE : CacheOperation.CLEAN, from, bytes);
            caches.maintainOuter(CacheOperation.CLEAN, from, bytes);
        }
        caches.drainAll();
    }

    /** The CPU owns the bytes from now on. */
    public void toCpu(PhysAddr start, long bytes, DmaDirection direction) {
        long from = checked(start, bytes);
        if (direction != DmaDirection.TO_DEVICE) {
            invalidateOuter(from, bytes);
            if (style.invalidatesOnUnmap()) {
                invalidateInner(from, bytes);
            }
        }
    }

    /** Cleans and invalidates inner, then outer ({@code dmac_flush_range}, {@code outer_flush_range}). */
    public void flush(PhysAddr start, long bytes) {
        maintain(CacheOperation.CLEAN_INVALIDATE, start, bytes, Point.COHERENCY);
        caches.drainAll();
    }

    /** One operation on the lines of {@code [start, start + bytes)}, edges included whole, under their linear address. */
    public void maintain(CacheOperation operation, PhysAddr start, long bytes, Point point) {
        maintain(operation, new VirtAddr(start.value() + linear), start, bytes, point);
    }

    /** One operation on the lines of {@code [start, start + bytes)}, edges included whole, under the address {@code virt}. */
    public void maintain(CacheOperation operation, VirtAddr virt, PhysAddr start, long bytes, Point point) {
        long from = checked(start, bytes);
        boolean inwards = operation == CacheOperation.INVALIDATE;
        if (inwards && point == Point.COHERENCY) {
            caches.maintainOuter(operation, from, bytes);
        }
        caches.maintainInner(operation, virt.value(), from, bytes);
        if (!inwards && point == Point.COHERENCY) {
            caches.maintainOuter(operation, from, bytes);
        }
    }

    /** One operation on every line of the inner cache of {@code cpu}, by set and way; other CPUs' caches are not reached. */
    public void maintainAll(CpuId cpu, CacheOperation operation) {
        caches.maintainInnerAll(cpu, operation);
    }

    /** One operation on every line of the outer cache, by way ({@code outer_flush_all}, {@code outer_inv_all}). */
    public void maintainOuterAll(CacheOperation operation) {
        caches.maintainOuterAll(operation);
    }

    /**
     * Forgets every line of {@code [start, start + bytes)} without maintenance, because their memory is about to be
     * overwritten as a whole by stores whose price is charged elsewhere.
     *
     * @throws IllegalArgumentException unless the range consists of whole lines: a neighbour's bytes would be lost
     */
    public void discard(PhysAddr start, long bytes) {
        long line = Math.max(caches.lineBytes(), caches.outerLineBytes());
        if (((start.value() | bytes) & (line - 1)) != 0) {
            throw new IllegalArgumentException(
                    "range must be whole lines of " + line + " bytes: " + bytes + " bytes at " + start);
        }
        caches.discard(checked(start, bytes), bytes);
    }

    private long checked(PhysAddr start, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        caches.requireRam(start.value(), bytes);
        return start.value();
    }

    private void inner(CacheOperation operation, long start, long bytes) {
        caches.maintainInner(operation, start + linear, start, bytes);
    }

    private void invalidateInner(long start, long bytes) {
        long line = caches.lineBytes();
        long end = start + bytes;
        long firstEdge = start & -line;
        long lastEdge = end & -line;
        boolean opensInside = start != firstEdge;
        boolean closesInside = end != lastEdge;
        long loopStart = firstEdge;
        long loopEnd = lastEdge;
        switch (style) {
            case V7, V7_2014 -> {
                if (opensInside) {
                    inner(CacheOperation.CLEAN_INVALIDATE, firstEdge, line);
                }
                if (closesInside) {
                    inner(CacheOperation.CLEAN_INVALIDATE, lastEdge, line);
                }
                if (style == MaintenanceStyle.V7) {
                    loopStart = opensInside ? firstEdge + line : firstEdge;
                } else {
                    loopEnd = Math.max(loopEnd, loopStart + line);
                }
            }
            case V6, V6_RWFO -> {
                if (opensInside) {
                    inner(CacheOperation.CLEAN, firstEdge, line);
                }
                if (closesInside) {
                    inner(CacheOperation.CLEAN_INVALIDATE, lastEdge, line);
                }
            }
            case V4WB -> {
                if (opensInside) {
                    inner(CacheOperation.CLEAN, firstEdge, line);
                }
                if (closesInside) {
                    inner(CacheOperation.CLEAN, lastEdge, line);
                    loopEnd = lastEdge + line;
                }
            }
        }
        if (loopEnd > loopStart) {
            inner(CacheOperation.INVALIDATE, loopStart, loopEnd - loopStart);
        }
    }

    private void invalidateOuter(long start, long bytes) {
        long line = caches.outerLineBytes();
        long first = start & -line;
        long last = (start + bytes) & -line;
        if (start != first) {
            caches.maintainOuter(CacheOperation.CLEAN_INVALIDATE, first, line);
            first += line;
        }
        if (start + bytes != last) {
            caches.maintainOuter(CacheOperation.CLEAN_INVALIDATE, last, line);
        }
        if (last > first) {
            caches.maintainOuter(CacheOperation.INVALIDATE, first, last - first);
        }
    }
}
