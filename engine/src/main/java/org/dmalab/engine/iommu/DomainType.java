package org.dmalab.engine.iommu;

/** What a domain is for ({@code IOMMU_DOMAIN_*} of Linux 4.x and later); Linux 3.14 knows no types, all are UNMANAGED. */
public enum DomainType {
    /** Every access faults; no table. */
    BLOCKED(0),
    /** Every address leads to itself; no table. */
    IDENTITY(4),
    /** Its owner enters mappings by the IOMMU-API. */
    UNMANAGED(1),
    /** The DMA-API enters mappings and invalidates IO-TLBs at each unmap (strict). */
    DMA(3),
    /** As DMA, but IO-TLBs are invalidated later, many unmaps at once (lazy). */
    DMA_FQ(11);

    private static final int PAGING = 1;
    private static final int DMA_API = 2;

    private final int bits;

    DomainType(int bits) {
        this.bits = bits;
    }

    /** The kernel's number for it. */
    public int bits() {
        return bits;
    }

    /** Whether it has a table that can be filled. */
    public boolean isPaging() {
        return (bits & PAGING) != 0;
    }

    /** Whether the DMA-API owns its addresses. */
    public boolean isDma() {
        return (bits & DMA_API) != 0;
    }
}
