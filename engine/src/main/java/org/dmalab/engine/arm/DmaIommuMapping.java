package org.dmalab.engine.arm;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.IovaDomain;
import org.dmalab.engine.memory.PageArray;

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

    /** One range of addresses for all pages, entered run by run ({@code __iommu_create_mapping}). */
    Outcome<DmaAddr> map(PageArray pages) {
        return alloc(pages.bytes()).then(iova -> {
            for (int i = 0; i < pages.count(); ) {
                int run = pages.run(i);
                long done = (long) i << PageSize.PAGE_SHIFT;
                Outcome<AddrRange<DmaAddr>> entered =
                        domain.map(iova.plus(done), pages.page(i), (long) run << PageSize.PAGE_SHIFT);
                if (entered.isFailed()) {
                    if (done > 0) {
                        domain.unmap(new AddrRange<>(iova, done)).sync();
                    }
                    iovas.free(iova, pages.bytes());
                    return entered.asFailed();
                }
                i += run;
            }
            return Outcome.done(iova);
        });
    }

    /** One range of addresses for {@code bytes}, whole pages, from {@code page} on. */
    Outcome<DmaAddr> map(PhysAddr page, long bytes) {
        return alloc(bytes).then(iova -> {
            Outcome<AddrRange<DmaAddr>> entered = domain.map(iova, page, bytes);
            if (entered.isFailed()) {
                iovas.free(iova, bytes);
                return entered.asFailed();
            }
            return Outcome.done(iova);
        });
    }
}
