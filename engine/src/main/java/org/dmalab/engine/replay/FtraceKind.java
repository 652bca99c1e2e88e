package org.dmalab.engine.replay;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tracepoints whose fields are read; all others are counted by name. */
public enum FtraceKind {
    DMA_MAP_PAGE(Role.MAP, "map", "dma_map_page"),
    DMA_UNMAP_PAGE(Role.UNMAP, "unmap", "dma_unmap_page"),
    /** {@code dma_map_page} since Linux 6.18. */
    DMA_MAP_PHYS(Role.MAP, "map", "dma_map_phys"),
    DMA_UNMAP_PHYS(Role.UNMAP, "unmap", "dma_unmap_phys"),
    DMA_MAP_RESOURCE(Role.MAP, "map resource", "dma_map_resource"),
    DMA_UNMAP_RESOURCE(Role.UNMAP, "unmap resource", "dma_unmap_resource"),
    DMA_ALLOC(Role.MAP, "alloc", "dma_alloc"),
    DMA_FREE(Role.UNMAP, "free", "dma_free"),
    DMA_ALLOC_PAGES(Role.MAP, "alloc pages", "dma_alloc_pages"),
    DMA_FREE_PAGES(Role.UNMAP, "free pages", "dma_free_pages"),
    DMA_ALLOC_SGT(Role.MAP, "alloc sgt", "dma_alloc_sgt"),
    DMA_ALLOC_SGT_ERR(Role.FAILURE, "alloc sgt", "dma_alloc_sgt_err"),
    DMA_FREE_SGT(Role.UNMAP, "free sgt", "dma_free_sgt"),
    DMA_MAP_SG(Role.MAP_SG, "map sg", "dma_map_sg"),
    DMA_MAP_SG_ERR(Role.FAILURE, "map sg", "dma_map_sg_err"),
    DMA_UNMAP_SG(Role.UNMAP_SG, "unmap sg", "dma_unmap_sg"),
    DMA_SYNC_SINGLE_FOR_CPU(Role.SYNC, "sync for cpu", "dma_sync_single_for_cpu"),
    DMA_SYNC_SINGLE_FOR_DEVICE(Role.SYNC, "sync for device", "dma_sync_single_for_device"),
    DMA_SYNC_SG_FOR_CPU(Role.SYNC, "sync sg for cpu", "dma_sync_sg_for_cpu"),
    DMA_SYNC_SG_FOR_DEVICE(Role.SYNC, "sync sg for device", "dma_sync_sg_for_device"),
    IOMMU_MAP(Role.IOMMU_MAP, "iommu map", "map"),
    IOMMU_UNMAP(Role.IOMMU_UNMAP, "iommu unmap", "unmap"),
    IO_PAGE_FAULT(Role.FAULT, "fault", "io_page_fault"),
    ADD_DEVICE_TO_GROUP(Role.DEVICE, "add to group", "add_device_to_group"),
    REMOVE_DEVICE_FROM_GROUP(Role.DEVICE, "remove from group", "remove_device_from_group"),
    ATTACH_DEVICE_TO_DOMAIN(Role.DEVICE, "attach", "attach_device_to_domain"),
    DETACH_DEVICE_FROM_DOMAIN(Role.DEVICE, "detach", "detach_device_from_domain");

    /** Which fields an event has and what it does to the map of addresses. */
    enum Role {
        MAP,
        UNMAP,
        MAP_SG,
        UNMAP_SG,
        SYNC,
        FAILURE,
        IOMMU_MAP,
        IOMMU_UNMAP,
        FAULT,
        DEVICE
    }

    private static final List<FtraceKind> ALL = List.of(values());
    private static final Map<String, FtraceKind> BY_EVENT = new HashMap<>();

    static {
        for (FtraceKind kind : ALL) {
            BY_EVENT.put(kind.event, kind);
        }
    }

    private final Role role;
    private final String label;
    private final String event;

    FtraceKind(Role role, String label, String event) {
        this.role = role;
        this.label = label;
        this.event = event;
    }

    /** The tracepoint's name, without its system. */
    public String event() {
        return event;
    }

    /** What a person would call it: {@code alloc}, {@code map sg}. */
    public String label() {
        return label;
    }

    Role role() {
        return role;
    }

    /** The system the tracepoint belongs to, as {@code perf script} prints it before the name. */
    String system() {
        return event.startsWith("dma_") ? "dma" : "iommu";
    }

    /**
     * Whether an unmap's line is printed when its address is already free and another CPU may have mapped it again; the lines
     * of the other unmaps are printed before the work.
     */
    boolean isPrintedAfterUnmapping() {
        return this == DMA_UNMAP_PAGE || this == DMA_UNMAP_PHYS || this == DMA_UNMAP_RESOURCE;
    }

    /** A small number for a column; it means nothing outside this run. */
    @SuppressWarnings("EnumOrdinal")
    int code() {
        return ordinal();
    }

    static FtraceKind ofCode(int code) {
        return ALL.get(code);
    }

    /** The kind named {@code event} or {@code system:event}. */
    static @Nullable FtraceKind named(String name) {
        int colon = name.indexOf(':');
        FtraceKind kind = BY_EVENT.get(name.substring(colon + 1));
        boolean otherSystem =
                kind != null && colon >= 0 && !name.substring(0, colon).equals(kind.system());
        return otherSystem ? null : kind;
    }
}
