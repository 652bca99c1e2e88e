package org.dmalab.engine.iova;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * Why {@code arm_iommu_create_mapping} made no mapping.
 *
 * @param errno what it returned
 * @param era the Linux version that refused
 * @param base the first address asked for
 * @param bytes the length asked for
 * @param rule the limit that was broken
 */
public record WindowRefused(Errno errno, Era era, DmaAddr base, long bytes, String rule) implements Reason {
    @Override
    public String message() {
        return "arm_iommu_create_mapping: " + errno + " [base=" + base + "] [size=" + bytes + " bytes]";
    }

    @Override
    public String explain() {
        return era + " refuses a window of " + Bytes.text(bytes) + " from " + base + ": " + rule;
    }
}
