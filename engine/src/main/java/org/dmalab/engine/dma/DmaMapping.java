package org.dmalab.engine.dma;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;

/**
 * A streaming mapping of a contiguous piece of memory ({@code dma_map_page}).
 *
 * @param device for whom
 * @param dmaAddr where the device finds it
 * @param phys where it is
 * @param bytes its length
 * @param direction who writes and who reads
 */
public record DmaMapping(BusMaster device, DmaAddr dmaAddr, PhysAddr phys, long bytes, DmaDirection direction) {
    /** {@code fimc0 mapping: 4 KiB at DMA 0x20000000, phys 0x40800000, FROM_DEVICE}. */
    @Override
    public String toString() {
        return device + " mapping: " + Bytes.text(bytes) + " at DMA " + dmaAddr + ", phys " + phys + ", " + direction;
    }
}
