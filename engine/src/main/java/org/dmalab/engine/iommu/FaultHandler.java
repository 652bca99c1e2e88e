package org.dmalab.engine.iommu;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;

/** Who is asked what to do about a fault before the IOMMU's driver decides ({@code iommu_fault_handler_t}). */
public interface FaultHandler {
    /** {@code -ENOSYS}: the driver shall do what it does without a handler. */
    int NOT_HANDLED = -38;

    /**
     * A device's access was not translated.
     *
     * @param flags 0 for a read, 1 for a write; exynos-iommu 3.14 gives the number of the interrupt bit instead
     * @return 0 if the fault is dealt with, {@link #NOT_HANDLED}, or another negative errno
     */
    int handle(IommuDomain domain, BusMaster device, DmaAddr iova, int flags);
}
