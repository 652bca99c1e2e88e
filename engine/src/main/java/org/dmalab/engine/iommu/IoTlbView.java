package org.dmalab.engine.iommu;

import java.util.List;

/**
 * What an IO-TLB holds at this moment.
 *
 * @param iommu whose it is
 * @param geometry its shape
 * @param entries its pages, by place
 * @param statistics hits and misses since boot of each device that used it, by device number
 */
public record IoTlbView(
        String iommu, IoTlbGeometry geometry, List<IoTlbEntry> entries, List<IoTlbStatistics> statistics) {
    public IoTlbView {
        entries = List.copyOf(entries);
        statistics = List.copyOf(statistics);
    }

    /** The entries that the table no longer agrees with: what an unmap without a flush leaves usable. */
    public List<IoTlbEntry> staleEntries() {
        return entries.stream().filter(IoTlbEntry::stale).toList();
    }

    /** {@code 11a20000.sysmmu, System MMU 1: 32 entries, fully associative; 12 pages held, 1 STALE; fimc0: ...}. */
    @Override
    public String toString() {
        int stale = staleEntries().size();
        StringBuilder text = new StringBuilder(
                iommu + ", " + geometry + "; " + entries.size() + (entries.size() == 1 ? " page held" : " pages held"));
        if (stale > 0) {
            text.append(", ").append(stale).append(" STALE");
        }
        statistics.forEach(each -> text.append("; ").append(each));
        return text.toString();
    }
}
