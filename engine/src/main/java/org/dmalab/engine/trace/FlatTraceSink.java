package org.dmalab.engine.trace;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.jspecify.annotations.Nullable;

/** A sink that receives every event in one form: its kind, its device if it has one, and up to six numbers. */
public abstract class FlatTraceSink implements TraceSink {
    /**
     * One event.
     *
     * @param kind which
     * @param master the device, or null
     * @param a the first of {@link EventKind#fields}; unused values are 0, enums are their position, flags 0 or 1
     */
    protected abstract void event(
            EventKind kind, @Nullable BusMaster master, long a, long b, long c, long d, long e, long f);

    @Override
    public final void pageAllocated(long pfn, int order, int migrateType) {
        event(EventKind.PAGE_ALLOCATED, null, pfn, order, migrateType, 0, 0, 0);
    }

    @Override
    public final void pageFreed(long pfn, int order) {
        event(EventKind.PAGE_FREED, null, pfn, order, 0, 0, 0, 0);
    }

    @Override
    public final void memoryZeroed(long phys, long bytes) {
        event(EventKind.MEMORY_ZEROED, null, phys, bytes, 0, 0, 0, 0);
    }

    @Override
    public final void vmapMapped(long virt, long pages, MemoryType type) {
        event(EventKind.VMAP_MAPPED, null, virt, pages, type.ordinal(), 0, 0, 0);
    }

    @Override
    public final void vmapUnmapped(long virt, long pages) {
        event(EventKind.VMAP_UNMAPPED, null, virt, pages, 0, 0, 0, 0);
    }

    @Override
    public final void userMapped(long virt, long pages, MemoryType type) {
        event(EventKind.USER_MAPPED, null, virt, pages, type.ordinal(), 0, 0, 0);
    }

    @Override
    public final void userUnmapped(long virt, long pages) {
        event(EventKind.USER_UNMAPPED, null, virt, pages, 0, 0, 0, 0);
    }

    @Override
    public final void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {
        event(EventKind.CPU_ACCESS, null, cpu, phys, bytes, write ? 1 : 0, type.ordinal(), servedBy);
    }

    @Override
    public final void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
        event(EventKind.LINE_FILLED, null, cpu, phys, bytes, speculative ? 1 : 0, 0, 0);
    }

    @Override
    public final void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
        event(EventKind.LINE_WRITTEN_BACK, null, level, phys, bytes, speculative ? 1 : 0, 0, 0);
    }

    @Override
    public final void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
        event(EventKind.STORE_WRITTEN_THROUGH, null, cpu, phys, bytes, speculative ? 1 : 0, 0, 0);
    }

    @Override
    public final void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
        event(EventKind.CACHE_MAINTAINED, null, level, operation, phys, lines, writtenBack, 0);
    }

    @Override
    public final void barrier(int cpu) {
        event(EventKind.BARRIER, null, cpu, 0, 0, 0, 0, 0);
    }

    @Override
    public final void tableWritten(long descriptorPhys, long word) {
        event(EventKind.TABLE_WRITTEN, null, descriptorPhys, word, 0, 0, 0, 0);
    }

    @Override
    public final void tableFlushed(long phys, long bytes) {
        event(EventKind.TABLE_FLUSHED, null, phys, bytes, 0, 0, 0, 0);
    }

    @Override
    public final void tableWalked(BusMaster master, long iova, int levels) {
        event(EventKind.TABLE_WALKED, master, iova, levels, 0, 0, 0, 0);
    }

    @Override
    public final void iotlbHit(BusMaster master, long iova) {
        event(EventKind.IOTLB_HIT, master, iova, 0, 0, 0, 0, 0);
    }

    @Override
    public final void iotlbMissed(BusMaster master, long iova) {
        event(EventKind.IOTLB_MISSED, master, iova, 0, 0, 0, 0, 0);
    }

    @Override
    public final void staleTranslation(BusMaster master, long iova, long phys) {
        event(EventKind.STALE_TRANSLATION, master, iova, phys, 0, 0, 0, 0);
    }

    @Override
    public final void iommuMapped(int domain, long iova, long phys, long bytes) {
        event(EventKind.IOMMU_MAPPED, null, domain, iova, phys, bytes, 0, 0);
    }

    @Override
    public final void iommuUnmapped(int domain, long iova, long bytes) {
        event(EventKind.IOMMU_UNMAPPED, null, domain, iova, bytes, 0, 0, 0);
    }

    @Override
    public final void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
        event(EventKind.IOTLB_INVALIDATED, null, domain, iova, bytes, commands, 0, 0);
    }

    @Override
    public final void iommuFaulted(BusMaster master, long iova, boolean write, int level) {
        event(EventKind.IOMMU_FAULTED, master, iova, write ? 1 : 0, level, 0, 0, 0);
    }

    @Override
    public final void iovaAllocated(long iova, long bytes, int words) {
        event(EventKind.IOVA_ALLOCATED, null, iova, bytes, words, 0, 0, 0);
    }

    @Override
    public final void iovaFreed(long iova, long bytes) {
        event(EventKind.IOVA_FREED, null, iova, bytes, 0, 0, 0, 0);
    }

    @Override
    public final void dmaAllocated(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {
        event(EventKind.DMA_ALLOCATED, device, dma, bytes, virt, attrs.bits(), 0, 0);
    }

    @Override
    public final void dmaFreed(BusMaster device, long dma, long bytes, long virt, DmaAttrs attrs) {
        event(EventKind.DMA_FREED, device, dma, bytes, virt, attrs.bits(), 0, 0);
    }

    @Override
    public final void dmaMapped(
            BusMaster device, long dma, long bytes, long phys, DmaDirection direction, DmaAttrs attrs) {
        event(EventKind.DMA_MAPPED, device, dma, bytes, phys, direction.ordinal(), attrs.bits(), 0);
    }

    @Override
    public final void dmaUnmapped(BusMaster device, long dma, long bytes, DmaDirection direction, DmaAttrs attrs) {
        event(EventKind.DMA_UNMAPPED, device, dma, bytes, direction.ordinal(), attrs.bits(), 0, 0);
    }

    @Override
    public final void dmaSynced(BusMaster device, long dma, long bytes, DmaDirection direction, boolean forDevice) {
        event(EventKind.DMA_SYNCED, device, dma, bytes, direction.ordinal(), forDevice ? 1 : 0, 0, 0);
    }

    @Override
    public final void deviceAccess(BusMaster device, long dma, long phys, long bytes, boolean write) {
        event(EventKind.DEVICE_ACCESS, device, dma, phys, bytes, write ? 1 : 0, 0, 0);
    }

    @Override
    public final void pageFellBack(
            long pfn, int order, int fallbackOrder, int wanted, int fallback, boolean changedOwnership) {
        event(EventKind.PAGE_FELL_BACK, null, pfn, order, fallbackOrder, wanted, fallback, changedOwnership ? 1 : 0);
    }

    @Override
    public final void cmaAllocStarted(int area, long count, int alignOrder) {
        event(EventKind.CMA_ALLOC_STARTED, null, area, count, alignOrder, 0, 0, 0);
    }

    @Override
    public final void cmaBusyRetry(int area, long pfn, long count, int alignOrder) {
        event(EventKind.CMA_BUSY_RETRY, null, area, pfn, count, alignOrder, 0, 0);
    }

    @Override
    public final void cmaAllocFinished(int area, long pfn, long count, int alignOrder, int errno) {
        event(EventKind.CMA_ALLOC_FINISHED, null, area, pfn, count, alignOrder, errno, 0);
    }

    @Override
    public final void cmaReleased(int area, long pfn, long count) {
        event(EventKind.CMA_RELEASED, null, area, pfn, count, 0, 0, 0);
    }

    @Override
    public final void pageMigrated(long fromPfn, long toPfn) {
        event(EventKind.PAGE_MIGRATED, null, fromPfn, toPfn, 0, 0, 0, 0);
    }

    @Override
    public final void pageMigrationFailed(long pfn, int errno) {
        event(EventKind.PAGE_MIGRATION_FAILED, null, pfn, errno, 0, 0, 0, 0);
    }

    @Override
    public final void linearRemapped(long virt, long pages, int type) {
        event(EventKind.LINEAR_REMAPPED, null, virt, pages, type, 0, 0, 0);
    }

    @Override
    public final void kmapMapped(long virt, long phys) {
        event(EventKind.KMAP_MAPPED, null, virt, phys, 0, 0, 0, 0);
    }

    @Override
    public final void kmapUnmapped(long virt) {
        event(EventKind.KMAP_UNMAPPED, null, virt, 0, 0, 0, 0, 0);
    }

    @Override
    public final void lineTransferred(int cpu, long phys, int bytes, boolean speculative) {
        event(EventKind.LINE_TRANSFERRED, null, cpu, phys, bytes, speculative ? 1 : 0, 0, 0);
    }

    @Override
    public final void writeBufferDrained(int cpu, long phys, int bytes) {
        event(EventKind.WRITE_BUFFER_DRAINED, null, cpu, phys, bytes, 0, 0, 0);
    }
}
