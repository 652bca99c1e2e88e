package org.dmalab.engine.arm;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;

/**
 * What every backend of one machine works with.
 *
 * @param coherent the memory type of a coherent buffer: bufferable on ARMv7, strongly ordered before
 */
public record Platform(
        Era era,
        AttributePolicy policy,
        MemoryType coherent,
        PhysicalMemory ram,
        PageAllocator pages,
        CacheMaintenance caches,
        KernelAddressSpace kernel,
        TraceSink trace) {

    /** Only RAM has pages; registers are mapped otherwise ({@code dma_map_resource}). */
    void requireRam(PhysAddr phys, long bytes) {
        if (!ram.contains(phys, bytes)) {
            throw new IllegalArgumentException(
                    "only RAM can be mapped by page: " + bytes + " bytes at " + phys + "; banks are " + ram.banks());
        }
    }

    /** Clears fresh pages through their cacheable mapping and cleans them to RAM ({@code __dma_clear_buffer}). */
    void clear(PhysAddr start, long bytes) {
        caches.flush(start, bytes);
        ram.zero(start, bytes);
        trace.memoryZeroed(start.value(), bytes);
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
