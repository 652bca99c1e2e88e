package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * What a domain's table owes, and the IOMMUs that it is owed to. Tables and whole spaces are flushed at once; pages too, but
 * those of an unmap, which its gather collects.
 */
final class DomainFlush implements FlushOps {
    private final int domainId;
    private final TraceSink trace;
    private final List<Iommu> iommus = new ArrayList<>();
    private @Nullable IotlbGather open;

    /** Of the domain numbered {@code domainId}, which no IOMMU walks yet. */
    DomainFlush(int domainId, TraceSink trace) {
        this.domainId = domainId;
        this.trace = trace;
    }

    /** The IOMMUs that walk the table, in the order in which they were attached. */
    List<Iommu> iommus() {
        return Collections.unmodifiableList(iommus);
    }

    void add(Iommu iommu) {
        iommus.add(iommu);
    }

    void remove(Iommu iommu) {
        iommus.remove(iommu);
    }

    /** Pages are owed by {@code gather} until {@link #close}. */
    void open(IotlbGather gather) {
        open = gather;
    }

    void close() {
        open = null;
    }

    /** Makes every attached IOMMU forget {@code bytes} from {@code start} on, mapped in pages of {@code pageBytes}. */
    void invalidate(long start, long bytes, long pageBytes) {
        long commands = 0;
        for (Iommu iommu : iommus) {
            commands += iommu.unit().invalidate(domainId, start, bytes, pageBytes);
        }
        tell(start, bytes, commands);
    }

    private void tell(long start, long bytes, long commands) {
        if (commands > 0) {
            trace.iotlbInvalidated(domainId, start, bytes, (int) commands);
        }
    }

    @Override
    public void flushAll() {
        long commands = 0;
        for (Iommu iommu : iommus) {
            commands += iommu.unit().invalidateAll(domainId);
        }
        tell(0, 0, commands);
    }

    @Override
    public void flushWalk(DmaAddr iova, long bytes) {
        long commands = 0;
        for (Iommu iommu : iommus) {
            commands += iommu.unit().invalidateTable(domainId, iova.value(), bytes);
        }
        tell(iova.value(), bytes, commands);
    }

    @Override
    public void addPage(DmaAddr iova, long bytes) {
        if (open != null) {
            open.addPage(iova.value(), bytes);
        } else {
            invalidate(iova.value(), bytes, bytes);
        }
    }
}
