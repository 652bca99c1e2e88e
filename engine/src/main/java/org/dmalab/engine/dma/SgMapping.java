package org.dmalab.engine.dma;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;

/**
 * A scatter list mapped for a device ({@code dma_map_sg}): what its entries became on the device's side.
 *
 * @param device for whom
 * @param table the entries; unmap and sync act on all of them ({@code orig_nents})
 * @param segments what the device sees ({@code nents} of them): fewer than entries where an IOMMU joined them
 * @param direction who writes and who reads
 */
public record SgMapping(BusMaster device, SgTable table, List<AddrRange<DmaAddr>> segments, DmaDirection direction) {
    public SgMapping {
        segments = List.copyOf(segments);
    }

    /** How many segments the device must be given. */
    public int nents() {
        return segments.size();
    }

    /** Where the memory of segment {@code index} begins. */
    public PhysAddr phys(int index) {
        long before = 0;
        for (AddrRange<DmaAddr> segment : segments.subList(0, index)) {
            before += segment.bytes();
        }
        for (ScatterList entry : table.entries()) {
            if (before < entry.bytes()) {
                return entry.start().plus(before);
            }
            before -= entry.bytes();
        }
        throw new IndexOutOfBoundsException("segment must be 0.." + (nents() - 1) + ": " + index);
    }

    /** Where the device finds the first segment ({@code sg_dma_address}). */
    public DmaAddr dmaAddr() {
        return segments.get(0).start();
    }

    /** {@code mixer mapping: 8 MiB, 2 entries as 1 segment at DMA 0x20000000, BIDIRECTIONAL}. */
    @Override
    public String toString() {
        return device + " mapping: " + Bytes.text(table.bytes()) + ", " + table.origNents()
                + (table.origNents() == 1 ? " entry as " : " entries as ") + nents()
                + (nents() == 1 ? " segment" : " segments") + " at DMA " + dmaAddr() + ", " + direction;
    }
}
