package org.dmalab.engine.arm;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.IovaDomain;

/**
 * A domain and the addresses that may be given out in it ({@code struct dma_iommu_mapping}); shared by the devices
 * attached to it.
 *
 * @param domain what the IOMMUs walk
 * @param iovas who chooses the addresses
 */
public record DmaIommuMapping(IommuDomain domain, IovaDomain iovas) {
    /** Ends the translation of a range and gives its addresses back ({@code __iommu_remove_mapping}). */
    void remove(AddrRange<DmaAddr> range) {
        domain.unmap(range).sync();
        iovas.free(range.start(), range.bytes());
    }

    /** Reserves addresses for {@code bytes}. */
    Outcome<DmaAddr> alloc(long bytes) {
        return iovas.alloc(bytes);
    }
}
