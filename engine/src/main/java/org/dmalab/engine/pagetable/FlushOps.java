package org.dmalab.engine.pagetable;

import org.dmalab.engine.base.DmaAddr;

/**
 * What a table's writer owes to the caches of those who walk it ({@code struct iommu_flush_ops}); told while a call runs,
 * before memory of a table is freed.
 */
public interface FlushOps {
    /** Nobody walks the table yet. */
    FlushOps NONE = new FlushOps() {
        @Override
        public void flushAll() {}

        @Override
        public void flushWalk(DmaAddr iova, long bytes) {}

        @Override
        public void addPage(DmaAddr iova, long bytes) {}
    };

    /** {@code tlb_flush_all}: everything of the domain. */
    void flushAll();

    /** {@code tlb_flush_walk}: intermediate and last-level entries of the range; a table of it was replaced or is freed. */
    void flushWalk(DmaAddr iova, long bytes);

    /** {@code tlb_add_page}: the last-level entry of one page of {@code bytes} at {@code iova} is owed. */
    void addPage(DmaAddr iova, long bytes);
}
