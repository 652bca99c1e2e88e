package org.dmalab.engine.trace;

import java.util.List;

/** The events of {@link TraceSink} as numbers for sinks that treat all alike; {@link #fields} names their values. */
public enum EventKind {
    PAGE_ALLOCATED("pfn", "order", "migrateType"),
    PAGE_FREED("pfn", "order"),
    PAGE_FELL_BACK("pfn", "order", "fallbackOrder", "wanted", "fallback", "changedOwnership"),
    CMA_ALLOC_STARTED("area", "count", "alignOrder"),
    CMA_BUSY_RETRY("area", "pfn", "count", "alignOrder"),
    CMA_ALLOC_FINISHED("area", "pfn", "count", "alignOrder", "errno"),
    CMA_RELEASED("area", "pfn", "count"),
    PAGE_MIGRATED("pfn", "toPfn"),
    PAGE_MIGRATION_FAILED("pfn", "errno"),
    MEMORY_ZEROED("phys", "bytes"),
    VMAP_MAPPED("virt", "pages", "type"),
    VMAP_UNMAPPED("virt", "pages"),
    USER_MAPPED("virt", "pages", "type"),
    USER_UNMAPPED("virt", "pages"),
    LINEAR_REMAPPED("virt", "pages", "type"),
    KMAP_MAPPED("virt", "phys"),
    KMAP_UNMAPPED("virt"),
    CPU_ACCESS("cpu", "phys", "bytes", "write", "type", "servedBy"),
    LINE_FILLED("cpu", "phys", "bytes", "speculative"),
    LINE_TRANSFERRED("cpu", "phys", "bytes", "speculative"),
    WRITE_BUFFER_DRAINED("cpu", "phys", "bytes"),
    LINE_WRITTEN_BACK("level", "phys", "bytes", "speculative"),
    STORE_WRITTEN_THROUGH("cpu", "phys", "bytes", "speculative"),
    CACHE_MAINTAINED("level", "operation", "phys", "lines", "writtenBack"),
    BARRIER("cpu"),
    TABLE_WRITTEN("descriptorPhys", "word"),
    TABLE_FLUSHED("phys", "bytes"),
    TABLE_WALKED("iova", "levels"),
    IOTLB_HIT("iova"),
    IOTLB_MISSED("iova"),
    STALE_TRANSLATION("iova", "phys"),
    IOMMU_MAPPED("domain", "iova", "phys", "bytes"),
    IOMMU_UNMAPPED("domain", "iova", "bytes"),
    IOTLB_INVALIDATED("domain", "iova", "bytes", "commands"),
    IOMMU_FAULTED("iova", "write", "level"),
    IOVA_ALLOCATED("iova", "bytes", "words"),
    IOVA_FREED("iova", "bytes"),
    DMA_ALLOCATED("dma", "bytes", "virt", "attrs"),
    DMA_FREED("dma", "bytes", "virt", "attrs"),
    DMA_MAPPED("dma", "bytes", "phys", "direction", "attrs"),
    DMA_UNMAPPED("dma", "bytes", "direction", "attrs"),
    DMA_SYNCED("dma", "bytes", "direction", "forDevice"),
    DEVICE_ACCESS("dma", "phys", "bytes", "write");

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> fields;

    EventKind(String... fields) {
        this.fields = List.of(fields);
    }

    /** The names of the event's values, in order. */
    public List<String> fields() {
        return fields;
    }
}
