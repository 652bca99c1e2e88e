package org.dmalab.engine.arm;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iova.IovaDomain;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.Translation;

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

    /**
     * Refuses a range whose translation somebody else changed such that its driver would stop halfway: where a page reaches
     * out of the range, or a table is not in RAM. A hole is none: drivers count it as removed. Nor is it refused where a driver
     * stops in what nobody changed: the GART's of Linux 3.14 leaves all but the first page ({@link
     * org.dmalab.engine.pagetable.TegraGartTable}).
     *
     * @throws IllegalArgumentException before anything is changed
     */
    void requireRemovable(AddrRange<DmaAddr> range) {
        for (long done = 0; done < range.bytes(); ) {
            DmaAddr at = range.start().plus(done);
            done += domain.translate(at).<Long>fold(page -> bytesOf(page, at, range), end -> {
                if (end.kind() == FaultKind.EXTERNAL_ABORT) {
                    throw new IllegalArgumentException("translation was changed by somebody else, the walk ends with "
                            + end.kind() + " [iova=" + at + "] [descriptor at " + end.descriptorAddress() + " = "
                            + Addresses.hex(end.descriptor()) + "]");
                }
                return PageSize.PAGE_BYTES;
            });
        }
    }

    /** The bytes of {@code page} from {@code at} on. */
    private static long bytesOf(Translation.Mapped page, DmaAddr at, AddrRange<DmaAddr> range) {
        long start = page.size().alignDown(at.value());
        if (start < range.start().value() || start + page.size().bytes() - 1 > range.last()) {
            throw new IllegalArgumentException("translation was changed by somebody else, a page of "
                    + page.size() + " reaches out of the range that is given back [iova=" + at + "] [range=" + range
                    + "] [descriptor at " + page.descriptorAddress() + " = " + Addresses.hex(page.descriptor()) + "]");
        }
        return start + page.size().bytes() - at.value();
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
