package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.pagetable.Translation;

/** Under which DMA addresses devices now reach a piece of RAM. */
final class DeviceViews {
    private final Collection<DmaDevice> devices;

    DeviceViews(Collection<DmaDevice> devices) {
        this.devices = devices;
    }

    /**
     * A DMA address of one page.
     *
     * @param dma of the page's first byte
     */
    record View(DmaDevice device, DmaAddr dma) {}

    /** Where each device that has a live buffer or mapping over the page of {@code phys} finds it. */
    List<View> of(PhysAddr phys) {
        List<View> views = new ArrayList<>();
        for (DmaDevice device : devices) {
            for (IovaMap.Entry entry : device.iovaMap().entries()) {
                if (entry.kind() == IovaMap.Kind.MAPPED && entry.owner().equals(device.name())) {
                    find(device, entry.range(), phys, views);
                }
            }
        }
        return views;
    }

    private static void find(DmaDevice device, AddrRange<DmaAddr> range, PhysAddr phys, List<View> views) {
        DmaAddr first = new DmaAddr(PageSize.SMALL_4K.alignDown(range.start().value()));
        for (DmaAddr at = first; at.value() <= range.last(); at = at.plus(PageSize.PAGE_BYTES)) {
            if (page(device, at) == phys.pfn()) {
                views.add(new View(device, at));
            }
        }
    }

    /** The page frame that the page at {@code dma} leads to, -1 for none. */
    private static long page(DmaDevice device, DmaAddr dma) {
        if (device.port().iommus().isEmpty()) {
            return dma.value() >>> PageSize.PAGE_SHIFT;
        }
        IommuDomain domain = device.port().iommus().get(0).domain();
        if (domain == null) {
            return dma.value() >>> PageSize.PAGE_SHIFT;
        }
        Translation translation = domain.translate(dma);
        return translation.fold(mapped -> mapped.address().pfn(), end -> -1L);
    }
}
