package org.dmalab.engine.memory;

import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * Memory that belongs to one device: SRAM on its board, or a reserved region ({@code dma_declare_coherent_memory};
 * {@code drivers/base/dma-coherent.c}, {@code kernel/dma/coherent.c} since 4.20).
 */
public final class CoherentPool {
    /** The flags of Linux 3.x. */
    public enum Flag {
        /** The memory can be used directly ({@code DMA_MEMORY_MAP}). */
        MAP,
        /** It must be accessed as I/O memory ({@code DMA_MEMORY_IO}). */
        IO,
        /** The device can use no other memory ({@code DMA_MEMORY_EXCLUSIVE}). */
        EXCLUSIVE
    }

    private final PhysAddr base;
    private final DmaAddr deviceBase;
    private final long bytes;
    private final boolean exclusive;
    private final Era era;
    private final PageBitmap bitmap;

    /**
     * The region was not declared. Linux 3.x returns 0 whatever the cause.
     *
     * @param explain the cause
     */
    public record NotDeclared(Errno errno, String explain) implements Reason {
        @Override
        public String message() {
            return "dma_declare_coherent_memory(): -" + errno.number();
        }
    }

    /**
     * A process asked for pages beyond the end of a buffer.
     *
     * @param explain which
     */
    public record OutsideBuffer(String explain) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENXIO;
        }

        @Override
        public String message() {
            return "dma_mmap_from_coherent(): -" + errno().number();
        }
    }

    /**
     * The region has no aligned run of pages that large.
     *
     * @param bytes asked for
     * @param roundedBytes what that takes: a power of two of pages
     * @param poolBytes of the region
     * @param freeBytes free in it
     * @param fallsThrough whether the caller gets ordinary memory instead
     */
    public record Exhausted(long bytes, long roundedBytes, long poolBytes, long freeBytes, boolean fallsThrough)
            implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "dma_alloc_from_coherent(): returned (null)";
        }

        @Override
        public String explain() {
            return "asked the device's own region for " + Bytes.text(bytes) + ", which takes "
                    + Bytes.text(roundedBytes)
                    + " at a multiple of that; " + Bytes.text(freeBytes) + " of " + Bytes.text(poolBytes)
                    + " are free; "
                    + (fallsThrough
                            ? "ordinary memory is allocated instead"
                            : "nothing else is tried: declare a larger region or ask for less than a power of two");
        }
    }

    private CoherentPool(PhysAddr base, DmaAddr deviceBase, long bytes, boolean exclusive, Era era) {
        this.base = base;
        this.deviceBase = deviceBase;
        this.bytes = bytes;
        this.exclusive = exclusive;
        this.era = era;
        bitmap = new PageBitmap(Math.toIntExact(bytes >>> PageSize.PAGE_SHIFT));
    }

    /**
     * {@code dma_declare_coherent_memory}.
     *
     * @param declared the region the device has already: EBUSY
     * @param base where the CPU sees the region
     * @param deviceBase where the device sees it
     * @param bytes its size; what exceeds whole pages is lost, less than a page is EINVAL
     * @param flags without MAP or IO, Linux 3.x refuses with EINVAL; 6.x has no flags
     */
    public static Outcome<CoherentPool> declare(
            Optional<CoherentPool> declared, PhysAddr base, DmaAddr deviceBase, long bytes, Set<Flag> flags, Era era) {
        if (bytes < 0 || !PageSize.SMALL_4K.isAligned(base.value() | deviceBase.value())) {
            throw new IllegalArgumentException("region must be whole pages [base=" + base + "] [device base="
                    + deviceBase + "] [bytes=" + bytes + "]");
        }
        boolean flagged = era.atLeast(Era.V6_1) || flags.contains(Flag.MAP) || flags.contains(Flag.IO);
        if (!flagged) {
            return Outcome.failed(new NotDeclared(Errno.EINVAL, "flags must have MAP or IO: " + flags));
        }
        if (bytes < PageSize.PAGE_BYTES) {
            return Outcome.failed(
                    new NotDeclared(Errno.EINVAL, "region must have at least a page: " + bytes + " bytes"));
        }
        if (declared.isPresent()) {
            return Outcome.failed(new NotDeclared(Errno.EBUSY, "the device has a region already: " + declared.get()));
        }
        boolean exclusive = flags.contains(Flag.EXCLUSIVE);
        return Outcome.done(new CoherentPool(base, deviceBase, PageSize.SMALL_4K.alignDown(bytes), exclusive, era));
    }

    /** Its first byte, as the CPU sees it. */
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
     * {@code dma_alloc_from_coherent}: {@code size} rounded up to a power of two of pages, at a multiple of that from the
     * region's start.
     *
     * @return the first byte, or {@link Exhausted}
     */
    public Outcome<PhysAddr> alloc(long size) {
        requireBytes(size);
        int order = PageSize.order(size);
        int page = order < Integer.SIZE ? bitmap.takeFreeRegion(order) : PageBitmap.NONE;
        if (page == PageBitmap.NONE) {
            boolean fallsThrough = !era.atLeast(Era.V6_1) && !exclusive;
            return Outcome.failed(new Exhausted(size, PageSize.PAGE_BYTES << order, bytes, freeBytes(), fallsThrough));
        }
        return Outcome.done(base.plus((long) page << PageSize.PAGE_SHIFT));
    }

    private static void requireBytes(long size) {
        if (size < 1) {
            throw new IllegalArgumentException("size must be at least 1 byte: " + size + " bytes");
        }
    }

    /** Where the device sees {@code address}. */
    public DmaAddr deviceAddress(PhysAddr address) {
        if (!contains(address)) {
            throw new IllegalArgumentException("address must lie in the region: " + address);
        }
        return deviceBase.plus(address.minus(base));
    }

    /** Whether {@code address} lies in the region. */
    public boolean contains(PhysAddr address) {
        long offset = address.minus(base);
        return offset >= 0 && offset < bytes;
    }

    /**
     * {@code dma_release_from_coherent}: gives back what {@link #alloc} gave for {@code size}.
     *
     * @return false if {@code start} lies outside the region
     * @throws IllegalArgumentException if it is not allocated
     */
    public boolean release(PhysAddr start, long size) {
        requireBytes(size);
        if (!contains(start)) {
            return false;
        }
        int page = (int) (start.minus(base) >>> PageSize.PAGE_SHIFT);
        long count = 1L << PageSize.order(size);
        if (page + count > bitmap.bits() || !bitmap.allSet(page, (int) count)) {
            throw new IllegalArgumentException("release of memory that is not allocated: " + start + " + " + size);
        }
        bitmap.clear(page, (int) count);
        return true;
    }

    /**
     * {@code dma_mmap_from_coherent}: whether {@code pages} from {@code offsetPages} on of a buffer of {@code size} bytes at
     * {@code start} can be mapped into a process.
     *
     * @param pages at least 1
     * @return false if the buffer is not of this region; ENXIO if the pages lie outside the buffer
     */
    public Outcome<Boolean> mmap(PhysAddr start, long size, long offsetPages, long pages) {
        requireBytes(size);
        if (pages < 1) {
            throw new IllegalArgumentException("pages must be at least 1: " + pages);
        }
        if (!contains(start) || size > bytes - start.minus(base)) {
            return Outcome.done(false);
        }
        long count = PageSize.pages(size);
        if (offsetPages < 0 || offsetPages >= count || pages > count - offsetPages) {
            return Outcome.failed(new OutsideBuffer(
                    "asked for " + pages + " pages from page " + offsetPages + " of a buffer of " + count));
        }
        return Outcome.done(true);
    }

    /** {@code coherent region: 1 MiB at 0x00300000, 512 KiB free}. */
    @Override
    public String toString() {
        return "coherent region: " + Bytes.text(bytes) + " at " + base + ", " + Bytes.text(freeBytes()) + " free";
    }
}
