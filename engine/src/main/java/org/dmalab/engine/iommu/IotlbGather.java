package org.dmalab.engine.iommu;

import org.dmalab.engine.base.DmaAddr;

/** What an unmap owes to the IO-TLBs ({@code struct iommu_iotlb_gather}): until {@link #sync} they may still translate it. */
public final class IotlbGather {
    private final IommuDomain domain;
    private final DmaAddr start;
    private final long unmappedBytes;
    private final int pages;
    private boolean owed = true;

    IotlbGather(IommuDomain domain, DmaAddr start, long unmappedBytes, int pages) {
        this.domain = domain;
        this.start = start;
        this.unmappedBytes = unmappedBytes;
        this.pages = pages;
    }

    /** Where the range begins. */
    public DmaAddr start() {
        return start;
    }

    /** Bytes the table counts as unmapped; may exceed what was asked for. */
    public long unmappedBytes() {
        return unmappedBytes;
    }

    /** How many table entries were visited: the driver invalidates one by one. */
    int pages() {
        return pages;
    }

    /** Invalidates the range in every attached IOMMU ({@code iommu_iotlb_sync}); a second call does nothing. */
    public void sync() {
        if (owed) {
            owed = false;
            domain.invalidate(this);
        }
    }
}
