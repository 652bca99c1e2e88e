package org.dmalab.engine.iommu;

import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.pagetable.FaultKind;

/**
 * A device's access that its IOMMU could not translate.
 *
 * @param master whose access
 * @param iommu which instance stopped it
 * @param iova the address the device used
 * @param write whether it wanted to write
 * @param kind why the walk gave no address
 * @param level the level at which the walk ended, from 1
 * @param descriptorAddress where the last descriptor stands in RAM
 * @param descriptor what the walker read there
 * @param table the root of the table walked
 */
public record IommuFault(
        BusMaster master,
        String iommu,
        DmaAddr iova,
        boolean write,
        FaultKind kind,
        int level,
        PhysAddr descriptorAddress,
        long descriptor,
        PhysAddr table)
        implements Reason {
    @Override
    public Errno errno() {
        return Errno.EFAULT;
    }

    @Override
    public String message() {
        return "IOMMU fault: " + kind + ", level " + level + " [iova=" + iova + "] [descriptor at " + descriptorAddress
                + " = " + Addresses.hex(descriptor) + "]";
    }

    @Override
    public String explain() {
        return master + " " + (write ? "wrote to" : "read from") + " IOVA " + iova + "; its IOMMU " + iommu
                + " walked the table at " + table + " and found " + found() + " at level " + level + " [descriptor at "
                + descriptorAddress + " = " + Addresses.hex(descriptor) + "]: " + advice();
    }

    private String found() {
        return switch (kind) {
            case TRANSLATION -> "a fault word";
            case PERMISSION -> "a page that forbids it";
            default -> "an end with " + kind;
        };
    }

    private String advice() {
        return switch (kind) {
            case TRANSLATION ->
                "nothing is mapped there. Map the buffer to this device first, or look for an unmap that came too early";
            case PERMISSION -> "map the buffer with the direction that the device uses";
            default -> "look for what wrote over the table or its registers";
        };
    }
}
