package org.dmalab.engine.iommu;

import java.util.Optional;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Reason;
import org.jspecify.annotations.Nullable;

/** What an unmap owes to the IO-TLBs ({@code struct iommu_iotlb_gather}): until {@link #sync} they may still translate it. */
public final class IotlbGather {
    private final IommuDomain domain;
    private final DmaAddr start;
    private final long unmappedBytes;
    private final int pages;
    private final @Nullable Reason refusal;
    private boolean owed;

    IotlbGather(IommuDomain domain, DmaAddr start, long unmappedBytes, int pages) {
        this(domain, start, unmappedBytes, pages, null);
    }

    private IotlbGather(IommuDomain domain, DmaAddr start, long unmappedBytes, int pages, @Nullable Reason refusal) {
        this.domain = domain;
        this.start = start;
        this.unmappedBytes = unmappedBytes;
        this.pages = pages;
        this.refusal = refusal;
        this.owed = refusal == null;
    }

    /** Nothing is unmapped; Linux 3.14 returns the errno all the same, as the size of a 32-bit machine. */
    static IotlbGather refused(IommuDomain domain, DmaAddr start, Era era, Reason why) {
        long returned =
                era.atLeast(Era.V6_1) ? 0 : Integer.toUnsignedLong(-why.errno().number());
        return new IotlbGather(domain, start, returned, 0, why);
    }

    /** Where the range begins. */
    public DmaAddr start() {
        return start;
    }

    /** Why the unmap was not even begun; empty if it was. */
    public Optional<Reason> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Bytes that {@code iommu_unmap} returns: those the table counts as unmapped, perhaps more than asked for. */
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
