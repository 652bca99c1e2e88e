package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.dma.CpuTurns;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.iommu.IommuDomain;
import org.jspecify.annotations.Nullable;

/**
 * Under which DMA addresses devices now reach pages. A device behind an IOMMU reaches what is mapped in its window, by it
 * or by those who share the window; of a device that sees all RAM only what its driver mapped is told.
 */
final class DeviceViews {
    private final Collection<DmaDevice> devices;
    private final CpuTurns turns;

    DeviceViews(Collection<DmaDevice> devices, CpuTurns turns) {
        this.devices = devices;
        this.turns = turns;
    }

    /** Each live buffer or mapping that shows any of the pages of {@code index}, by device. */
    List<Sightings> of(FrameIndex index) {
        List<Sightings> views = new ArrayList<>();
        for (DmaDevice device : devices) {
            IommuDomain domain = domain(device);
            for (IovaMap.Entry entry : device.iovaMap().entries()) {
                boolean own = entry.owner().equals(device.name());
                if (entry.kind() == IovaMap.Kind.MAPPED && (own || domain != null)) {
                    String who = device.name()
                            + (own ? ", " : ", in a window shared with " + entry.owner() + ", ")
                            + entry.label();
                    boolean reads =
                            entry.direction().map(DmaDirection::deviceReads).orElse(true);
                    Sightings view = Sightings.ofDevice(
                            who,
                            device,
                            address -> reads
                                    && entry.range().contains(new DmaAddr(address))
                                    && !turns.isCpus(entry.owner(), address));
                    find(domain, entry, index, view);
                    if (view.count() > 0) {
                        views.add(view);
                    }
                }
            }
        }
        return views;
    }

    private static void find(@Nullable IommuDomain domain, IovaMap.Entry entry, FrameIndex index, Sightings view) {
        DmaAddr first =
                new DmaAddr(PageSize.SMALL_4K.alignDown(entry.range().start().value()));
        long pages = PageSize.pages(entry.range().last() + 1 - first.value());
        for (long page = 0; page < pages; page++) {
            DmaAddr at = first.plus(page << PageSize.PAGE_SHIFT);
            int place = index.find(frame(domain, at));
            if (place != FrameIndex.NONE) {
                view.add(place, at.value());
            }
        }
    }

    /** The page frame that the page at {@code dma} leads to, -1 for none. */
    private static long frame(@Nullable IommuDomain domain, DmaAddr dma) {
        return domain == null
                ? dma.value() >>> PageSize.PAGE_SHIFT
                : domain.translate(dma).fold(mapped -> mapped.address().pfn(), end -> -1L);
    }

    /** What translates for {@code device}; null if it puts physical addresses on the bus. */
    private static @Nullable IommuDomain domain(DmaDevice device) {
        return device.iommu().domain().orElse(null);
    }
}
