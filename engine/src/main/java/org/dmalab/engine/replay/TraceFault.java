package org.dmalab.engine.replay;

import org.dmalab.engine.base.DmaAddr;

/**
 * An address that an IOMMU refused ({@code iommu:io_page_fault}).
 *
 * @param time when
 * @param device who used it
 * @param driver the device's driver
 * @param address the address
 * @param flags as the IOMMU driver gives them to {@code report_iommu_fault}: bit 0 is a write
 * @param line the line of the log
 */
public record TraceFault(TraceTime time, String device, String driver, DmaAddr address, long flags, int line) {
    /** Whether the device wrote ({@code IOMMU_FAULT_WRITE}). */
    public boolean isWrite() {
        return (flags & 1) != 0;
    }

    /** {@code 0000:c2:00.0 (ath12k_pci) faults [iova=0xfe980000] [write] at 327.753942 s}. */
    @Override
    public String toString() {
        return device + " (" + driver + ") faults [iova=" + address + "] [" + (isWrite() ? "write" : "read") + "] at "
                + time;
    }
}
