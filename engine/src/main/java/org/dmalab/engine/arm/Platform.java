package org.dmalab.engine.arm;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.GfpFlag;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.TraceSink;

/**
 * What every backend of one machine works with.
 *
 * @param coherentMapping how a coherent buffer gets its uncached address
 * @param coherent the memory type of a coherent buffer: bufferable on ARMv7, strongly ordered before
 * @param cma the default contiguous area, if the board has one
 * @param truth what the kernel's own stores are told to
 */
public record Platform(
        Era era,
        AttributePolicy policy,
        CoherentMapping coherentMapping,
        MemoryType coherent,
        PhysicalMemory ram,
        PageAllocator pages,
        Optional<CmaArea> cma,
        CacheMaintenance caches,
        KernelAddressSpace kernel,
        GroundTruth truth,
        TraceSink trace) {
    /** Who clears pages. */
    private static final String KERNEL = "kernel";

    /** Whether the kernel always sees {@code page}. */
    boolean isLowmem(PhysAddr page) {
        return kernel.layout().lowmem().contains(page);
    }

    /**
     * Whether a caller with {@code gfp} may not sleep. QUIRK of Linux 3.6: it tests {@code gfp & GFP_ATOMIC}, which GFP_NOWAIT
     * has not; later ones test {@code __GFP_WAIT}.
     */
    boolean isAtomic(Gfp gfp) {
        return era.atLeast(Era.V3_14) ? !gfp.maySleep() : gfp.has(GfpFlag.HIGH);
    }

    /** Only RAM has pages; registers are mapped otherwise ({@code dma_map_resource}). */
    void requireRam(PhysAddr phys, long bytes) {
        if (!ram.contains(phys, bytes)) {
            throw new IllegalArgumentException(
                    "only RAM can be mapped by page: " + bytes + " bytes at " + phys + "; banks are " + ram.banks());
        }
    }

    /** The entries of {@code table} that have bytes, all of them RAM. */
    List<ScatterList> requireRam(SgTable table) {
        List<ScatterList> entries =
                table.entries().stream().filter(entry -> entry.bytes() > 0).toList();
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("scatter table must have bytes to map: " + table);
        }
        entries.forEach(entry -> requireRam(entry.start(), entry.bytes()));
        return entries;
    }

    /** {@code sync_sg_for_cpu}: maintenance entry by entry. */
    void toCpu(SgMapping mapping) {
        toCpu(mapping, mapping.table().origNents());
    }

    /** {@code sync_sg_for_cpu} of the first {@code nents} entries. */
    void toCpu(SgMapping mapping, int nents) {
        for (ScatterList entry : mapping.table().entries().subList(0, nents)) {
            caches.toCpu(entry.start(), entry.bytes(), mapping.direction());
        }
    }

    /** {@code sync_sg_for_device}: maintenance entry by entry. */
    void toDevice(SgMapping mapping) {
        for (ScatterList entry : mapping.table().entries()) {
            caches.toDevice(entry.start(), entry.bytes(), mapping.direction());
        }
    }

    /**
     * Clears fresh pages and cleans them to RAM ({@code __dma_clear_buffer}). The price of the stores includes their way to
     * RAM, so the flush that follows finds nothing to write back.
     */
    void clear(PhysAddr start, long bytes) {
        zero(start, bytes);
        caches.flush(start, bytes);
    }

    /** Clears fresh pages through a cacheable mapping, for the kernel's own use ({@code __GFP_ZERO}). */
    void zero(PhysAddr start, long bytes) {
        caches.discard(start, bytes);
        ram.zero(start, bytes);
        truth.cleared(KERNEL, start, bytes);
        trace.memoryZeroed(start.value(), bytes);
    }

    /** {@link #zero} of the page at {@code page} ({@code clear_user_highpage}). */
    public void zeroPage(PhysAddr page) {
        zero(page, PageSize.PAGE_BYTES);
    }

    /**
     * Refuses a buffer of which somebody else gave a part back: all of it is still there, or nothing is touched.
     *
     * @throws IllegalArgumentException if a page is free, or the kernel address no longer leads to the first one
     */
    void requireWhole(DmaBuffer buffer) {
        requireInUse(buffer.pages(), buffer.toString());
        if (buffer.hasKernelMapping()) {
            PhysAddr first = buffer.pages().page(0);
            boolean leadsThere =
                    kernel.resolve(buffer.cpuAddr()).fold(place -> place.phys().equals(first), fault -> false);
            if (!leadsThere) {
                throw new IllegalArgumentException("buffer's kernel address was unmapped by somebody else [address="
                        + buffer.cpuAddr() + "]: " + buffer);
            }
        }
    }

    /** Refuses pages that were given back to the page allocator; {@code owner} is whose they are. */
    void requireInUse(PageArray array, String owner) {
        for (int i = 0; i < array.count(); i++) {
            PhysAddr page = array.page(i);
            if (pages.zoneOf(page).buddy().isFree(page.pfn())) {
                throw new IllegalArgumentException(
                        "page was given back to the page allocator by somebody else [page=" + page + "]: " + owner);
            }
        }
    }

    /** Gives pages back one by one, as the kernel does after {@code split_page}. */
    void freePages(PageArray array) {
        for (int i = 0; i < array.count(); i++) {
            pages.free(array.page(i), 0);
        }
    }

    /** Gives back the pages of a block from {@code firstPage} on, one by one. */
    void freeTail(PhysAddr block, int order, int firstPage) {
        for (long page = firstPage; page < 1L << order; page++) {
            pages.free(block.plus(page << PageSize.PAGE_SHIFT), 0);
        }
    }
}
