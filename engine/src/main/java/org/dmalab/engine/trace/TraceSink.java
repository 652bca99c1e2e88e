package org.dmalab.engine.trace;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;

/**
 * Receives everything the model does, one call per event, in order. Addresses are bare numbers here, so that an event
 * costs no object; a sink that keeps events makes its own. Every method does nothing unless a sink overrides it.
 */
public interface TraceSink {
    /** Hears nothing. */
    TraceSink NONE = new TraceSink() {};

    /** {@code mm_page_alloc}: a block of {@code 2^order} pages left the buddy lists. */
    default void pageAllocated(long pfn, int order, int migrateType) {}

    /** {@code mm_page_free}: a block of {@code 2^order} pages came back. */
    default void pageFreed(long pfn, int order) {}

    /** The kernel cleared memory through its cacheable mapping. */
    default void memoryZeroed(long phys, long bytes) {}

    /**
     * {@code mm_page_alloc_extfrag}: a request was served from the lists of another migrate type.
     *
     * @param changedOwnership whether the pageblock of the page now has the type that was asked for
     */
    default void pageFellBack(
            long pfn, int order, int fallbackOrder, int wanted, int fallback, boolean changedOwnership) {}

    /** {@code cma_alloc_start}: area number {@code area} is asked for {@code count} pages. */
    default void cmaAllocStarted(int area, long count, int alignOrder) {}

    /** {@code cma_alloc_busy_retry}: the pages from {@code pfn} on could not be emptied, the next candidate follows. */
    default void cmaBusyRetry(int area, long pfn, long count, int alignOrder) {}

    /**
     * {@code cma_alloc_finish}.
     *
     * @param pfn the first page, or the last tried, or -1 if none was
     * @param errno 0 for success, else the positive number
     */
    default void cmaAllocFinished(int area, long pfn, long count, int alignOrder, int errno) {}

    /** {@code cma_release}. */
    default void cmaReleased(int area, long pfn, long count) {}

    /** The content of a movable page was moved to another frame, and its owner told. */
    default void pageMigrated(long fromPfn, long toPfn) {}

    /** A page could not be moved; {@code errno} is positive. */
    default void pageMigrationFailed(long pfn, int errno) {}

    /**
     * Entries of the kernel's linear map were rewritten and their TLB entries flushed.
     *
     * @param type the memory type as {@link MemoryType#ordinal}, -1 if they map nothing now
     */
    default void linearRemapped(long virt, long pages, int type) {}

    /** A page got a kernel address for a moment ({@code kmap}). */
    default void kmapMapped(long virt, long phys) {}

    /** The address of {@link #kmapMapped} is void. */
    default void kmapUnmapped(long virt) {}

    /** A kernel virtual range was entered into the kernel's table, {@code pages} entries. */
    default void vmapMapped(long virt, long pages, MemoryType type) {}

    /** A kernel virtual range was removed and its TLB entries flushed. */
    default void vmapUnmapped(long virt, long pages) {}

    /** A user virtual range was entered into a process's table. */
    default void userMapped(long virt, long pages, MemoryType type) {}

    /** A user virtual range was removed. */
    default void userUnmapped(long virt, long pages) {}

    /**
     * A CPU read or wrote at most one cache line's worth of bytes.
     *
     * @param cpu which, from 0
     * @param servedBy the cache level that had the line, 1 or 2; 0 if the access went to memory
     */
    default void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {}

    /**
     * A line was fetched from memory into the outermost cache.
     *
     * @param cpu for whom, -1 for a coherent device
     * @param speculative whether nobody asked for it: a prefetch, or a load the program never made
     */
    default void lineFilled(int cpu, long phys, int bytes, boolean speculative) {}

    /**
     * A line was got from the inner cache of another CPU (snooping).
     *
     * @param cpu by whom, -1 for a coherent device
     * @param speculative whether nobody asked for it
     */
    default void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {}

    /** Bytes left the write buffer of {@code cpu} for memory. */
    default void writeBufferDrained(int cpu, long phys, int bytes) {}

    /**
     * A dirty line was written to the next level or, from the last, to memory: to make room for another line, or because
     * another master asked for it. Lines that maintenance writes are counted by {@link #cacheMaintained} and not told here, at
     * either level.
     *
     * @param speculative whether it made room for a line that nobody asked for
     */
    default void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {}

    /**
     * Cacheable bytes that no cache behind the CPU kept dirty arrived in memory: a store through a cache or a mapping that is
     * written through, a store or a written-back line that found no line in a cache without write-allocate.
     *
     * @param cpu whose cache they came from
     * @param speculative whether they belong to a line that made room for one that nobody asked for
     */
    default void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {}

    /**
     * Cache maintenance at one level, by address over a range or of every line.
     *
     * @param operation {@link CacheOperation#code()}
     * @param lines how many lines the range names: the CPU or the controller issues one operation for each
     * @param writtenBack how many of them were dirty and were written to the next level
     */
    default void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {}

    /** A memory barrier that waits for the write buffers ({@code dsb} and outer sync). */
    default void barrier(int cpu) {}

    /** A word of a translation table was written to memory. */
    default void tableWritten(long descriptorPhys, long word) {}

    /** Table words were cleaned to the point the IOMMU's walker reads from. */
    default void tableFlushed(long phys, long bytes) {}

    /** An IOMMU's walker read {@code levels} descriptors from RAM to translate {@code iova}; those it kept are not counted. */
    default void tableWalked(BusMaster master, long iova, int levels) {}

    /** An IO-TLB had the translation; the device's access takes no longer for it. */
    default void iotlbHit(BusMaster master, long iova) {}

    /** An IO-TLB did not have the translation. */
    default void iotlbMissed(BusMaster master, long iova) {}

    /** An IO-TLB had a translation to {@code phys} that the table no longer has; told only by an IOMMU that watches for it. */
    default void staleTranslation(BusMaster master, long iova, long phys) {}

    /** {@code iommu:map}: a range became translatable. */
    default void iommuMapped(int domain, long iova, long phys, long bytes) {}

    /** {@code iommu:unmap}: a range is no longer in the table. */
    default void iommuUnmapped(int domain, long iova, long bytes) {}

    /** IO-TLB entries were dropped by {@code commands} commands; 0 {@code bytes} for all of the domain. */
    default void iotlbInvalidated(int domain, long iova, long bytes, int commands) {}

    /** {@code iommu:io_page_fault}: a device's access found no translation, or no permission. */
    default void iommuFaulted(BusMaster master, long iova, boolean write, int level) {}

    /** An allocator reserved a range of DMA addresses; it looked at {@code words} words of its bitmap, or ranges of its tree. */
    default void iovaAllocated(long iova, long bytes, int words) {}

    /** A range of DMA addresses was given back. */
    default void iovaFreed(long iova, long bytes) {}

    /** {@code dma:dma_alloc}. {@code virt} is a kernel address or, with NO_KERNEL_MAPPING, a cookie. */
    default void dmaAllocated(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {}

    /** {@code dma:dma_free}. */
    default void dmaFreed(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {}

    /** {@code dma:dma_map_page}, and each segment of {@code dma:dma_map_sg}. */
    default void dmaMapped(BusMaster device, long dma, long bytes, long phys, DmaDirection direction, DmaAttrs attrs) {}

    /** {@code dma:dma_unmap_page}, and each segment of {@code dma:dma_unmap_sg}. */
    default void dmaUnmapped(BusMaster device, long dma, long bytes, DmaDirection direction, DmaAttrs attrs) {}

    /** {@code dma:dma_sync_single_for_cpu} and {@code _for_device}. */
    default void dmaSynced(BusMaster device, long dma, long bytes, DmaDirection direction, boolean forDevice) {}

    /** A device read or wrote memory; {@code phys} is where the bytes are. */
    default void deviceAccess(BusMaster device, long dma, long phys, long bytes, boolean write) {}
}
