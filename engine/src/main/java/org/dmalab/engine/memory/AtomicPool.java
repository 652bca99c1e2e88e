package org.dmalab.engine.memory;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * Memory mapped for DMA at boot, for those who may not sleep ({@code struct dma_pool atomic_pool} of
 * {@code arch/arm/mm/dma-mapping.c} since 3.6).
 */
public final class AtomicPool {
    /** {@code DEFAULT_DMA_COHERENT_POOL_SIZE}; {@code coherent_pool=} on the command line takes its place. */
    public static final long DEFAULT_BYTES = 256 << 10;

    private final PhysAddr base;
    private final long bytes;
    private final PageBitmap bitmap;

    /**
     * No run of free pages in the pool was large and aligned enough.
     *
     * @param bytes asked for
     * @param poolBytes of the pool
     * @param freeBytes free in the pool
     * @param largestFreeBytes the longest free run
     */
    public record TooSmall(long bytes, long poolBytes, long freeBytes, long largestFreeBytes) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        /** The two lines that Linux prints, once. */
        @Override
        public String message() {
            return "ERROR: " + (poolBytes >>> 10) + " KiB atomic DMA coherent pool is too small!\n"
                    + "Please increase it with coherent_pool= kernel parameter!";
        }

        @Override
        public String explain() {
            return "asked the atomic pool for " + Bytes.text(bytes) + ": " + Bytes.text(freeBytes) + " of "
                    + Bytes.text(poolBytes) + " are free, the longest run has " + Bytes.text(largestFreeBytes)
                    + "; boot with a larger coherent_pool= or allocate where the caller may sleep";
        }
    }

    /** Where a buffer lies that is given back. */
    public enum Membership {
        /** In the pool. */
        INSIDE,
        /** Not from the pool. */
        OUTSIDE,
        /** It begins in the pool and ends beyond, which the kernel warns about and then treats as not from the pool. */
        RUNS_OUT
    }

    /** A pool of {@code bytes}, whole pages, from {@code base}. */
    public AtomicPool(PhysAddr base, long bytes) {
        if (bytes < PageSize.PAGE_BYTES || !PageSize.SMALL_4K.isAligned(bytes | base.value())) {
            throw new IllegalArgumentException("pool must be whole pages [base=" + base + "] [bytes=" + bytes + "]");
        }
        this.base = base;
        this.bytes = bytes;
        bitmap = new PageBitmap(Math.toIntExact(PageSize.pages(bytes)));
    }

    /** Its first byte. */
    public PhysAddr base() {
        return base;
    }

    /** Its size. */
    public long bytes() {
        return bytes;
    }

    /** What is not allocated. */
    public long freeBytes() {
        return bytes - ((long) bitmap.weight() << PageSize.PAGE_SHIFT);
    }

    /**
     * {@code __alloc_from_pool}: first fit from the start, at a multiple of the smallest power of two of pages that holds
     * {@code size}, counted from the pool's start.
     */
    public Outcome<PhysAddr> alloc(long size) {
        long count = PageSize.pages(checkSize(size));
        long page = bitmap.findNextZeroArea(0, count, (1L << PageSize.order(size)) - 1, 0);
        if (page + count > bitmap.bits()) {
            return Outcome.failed(
                    new TooSmall(size, bytes, freeBytes(), (long) bitmap.longestZeroRun() << PageSize.PAGE_SHIFT));
        }
        bitmap.set((int) page, (int) count);
        return Outcome.done(base.plus(page << PageSize.PAGE_SHIFT));
    }

    /** {@code __in_atomic_pool}: decides by the start alone. */
    public Membership membership(PhysAddr start, long size) {
        long offset = start.minus(base);
        if (offset < 0 || offset >= bytes) {
            return Membership.OUTSIDE;
        }
        return size <= bytes - offset ? Membership.INSIDE : Membership.RUNS_OUT;
    }

    /**
     * {@code __free_from_pool}.
     *
     * @return false unless the buffer is {@link Membership#INSIDE}
     * @throws IllegalArgumentException if a page of it is not allocated
     */
    public boolean free(PhysAddr start, long size) {
        if (membership(start, checkSize(size)) != Membership.INSIDE) {
            return false;
        }
        requireAllocated(start, size);
        bitmap.clear((int) (start.minus(base) >>> PageSize.PAGE_SHIFT), (int) PageSize.pages(size));
        return true;
    }

    /**
     * Refuses what {@link #free} would refuse.
     *
     * @throws IllegalArgumentException if a page of the buffer is not allocated, or it is not {@link Membership#INSIDE}
     */
    public void requireAllocated(PhysAddr start, long size) {
        int page = (int) (start.minus(base) >>> PageSize.PAGE_SHIFT);
        if (membership(start, checkSize(size)) != Membership.INSIDE
                || !bitmap.allSet(page, (int) PageSize.pages(size))) {
            throw new IllegalArgumentException("free of pool memory that is not allocated: " + start + " + " + size);
        }
    }

    private static long checkSize(long size) {
        if (size < 1) {
            throw new IllegalArgumentException("size must be positive: " + size);
        }
        return size;
    }

    /** {@code atomic pool: 256 KiB at 0x2f000000, 240 KiB free}. */
    @Override
    public String toString() {
        return "atomic pool: " + Bytes.text(bytes) + " at " + base + ", " + Bytes.text(freeBytes()) + " free";
    }
}
