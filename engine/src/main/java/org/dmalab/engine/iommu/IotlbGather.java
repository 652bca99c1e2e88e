package org.dmalab.engine.iommu;

import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What an unmap owes to the IO-TLBs ({@code struct iommu_iotlb_gather}): until {@link #sync} they may still translate it.
 *
 * <p>It holds one range of pages of one size. A page of another size, or one that does not touch the range, invalidates what
 * was gathered before, at once ({@code iommu_iotlb_gather_add_page}).
 */
public final class IotlbGather {
    private final DomainFlush flush;
    private final DmaAddr start;
    private final @Nullable Reason refusal;
    private final boolean queued;
    private long unmappedBytes;
    private boolean owesAll;
    // Both inclusive; nothing is gathered while there is no page size.
    private long first;
    private long last;
    private long pageBytes;

    private IotlbGather(DomainFlush flush, DmaAddr start, boolean queued, @Nullable Reason refusal) {
        this.flush = flush;
        this.start = start;
        this.queued = queued;
        this.refusal = refusal;
        this.owesAll = queued;
    }

    /** Nothing is gathered yet. */
    static IotlbGather of(DomainFlush flush, DmaAddr start, boolean queued) {
        return new IotlbGather(flush, start, queued, null);
    }

    /** Nothing is unmapped; Linux 3.14 returns the errno all the same, as the size of a 32-bit machine. */
    static IotlbGather refused(DomainFlush flush, DmaAddr start, Era era, Reason why) {
        IotlbGather refused = new IotlbGather(flush, start, false, why);
        refused.unmappedBytes =
                era.atLeast(Era.V6_1) ? 0 : Integer.toUnsignedLong(-why.errno().number());
        return refused;
    }

    /** The table counts {@code bytes} as unmapped. */
    void unmapped(long bytes) {
        unmappedBytes = bytes;
    }

    /** One more page is owed; with a flush queue the queue owes it. */
    void addPage(long iova, long bytes) {
        if (queued) {
            return;
        }
        long end = iova + bytes - 1;
        if (pageBytes != 0 && (pageBytes != bytes || end + 1 < first || iova > last + 1)) {
            sync();
        }
        if (pageBytes == 0) {
            first = iova;
            last = end;
            pageBytes = bytes;
        } else {
            first = Math.min(first, iova);
            last = Math.max(last, end);
        }
    }

    /** Where the unmap began. */
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

    /** Whether a flush queue invalidates it later, with everything else ({@code gather.queued}). */
    public boolean isQueued() {
        return queued;
    }

    /** The range that is owed now; empty if nothing is, or if a flush queue owes it. */
    public Optional<AddrRange<DmaAddr>> owed() {
        return pageBytes == 0 ? Optional.empty() : Optional.of(new AddrRange<>(new DmaAddr(first), last - first + 1));
    }

    /**
     * Invalidates what is owed in every attached IOMMU ({@code iommu_iotlb_sync}): the range gathered, or of a queued one
     * everything ({@code flush_iotlb_all}). A second call does nothing.
     */
    public void sync() {
        if (owesAll) {
            owesAll = false;
            flush.flushAll();
        } else if (pageBytes != 0) {
            long bytes = pageBytes;
            pageBytes = 0;
            flush.invalidate(first, last - first + 1, bytes);
        }
    }

    /** {@code 64 KiB unmapped at 0x20000000, IO-TLBs are owed [0x20000000-0x2000ffff] until sync()}. */
    @Override
    public String toString() {
        if (refusal != null) {
            return "nothing unmapped at " + start + ", iommu_unmap returns " + unmappedBytes + ": " + refusal.message();
        }
        String done = (unmappedBytes == 0 ? "nothing" : Bytes.text(unmappedBytes)) + " unmapped at " + start;
        if (owesAll) {
            return done + ", IO-TLBs are owed it until the flush queue flushes, or sync()";
        }
        return done
                + owed().map(range -> ", IO-TLBs are owed " + range + " until sync()")
                        .orElse(", nothing is owed to IO-TLBs");
    }
}
