package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.CpuTurns;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.iommu.IoTlbEntry;
import org.dmalab.engine.iommu.Iommu;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.Translation;
import org.jspecify.annotations.Nullable;

/**
 * Under which DMA addresses devices now reach pages. A device behind an IOMMU reaches what its domain's table maps, whoever
 * entered it, and what its IO-TLB kept of an unmap without a sync; of a device that sees all RAM only what its driver mapped is
 * told.
 */
final class DeviceViews {
    private final Collection<DmaDevice> devices;
    private final CpuTurns turns;
    private final List<Access> accesses;

    /** What {@code devices} reach by any access. */
    DeviceViews(Collection<DmaDevice> devices, CpuTurns turns) {
        this(devices, turns, List.of(Access.READ, Access.WRITE));
    }

    /** What {@code devices} reach by any of {@code accesses}. */
    DeviceViews(Collection<DmaDevice> devices, CpuTurns turns, List<Access> accesses) {
        this.devices = devices;
        this.turns = turns;
        this.accesses = accesses;
    }

    /**
     * Each live buffer or mapping, each device's mappings of the IOMMU-API together, and each stale IO-TLB entry that shows any
     * of the pages of {@code index}, by device.
     */
    List<Sightings> of(FrameIndex index) {
        List<Sightings> views = new ArrayList<>();
        for (DmaDevice device : devices) {
            IommuDomain domain = domain(device);
            List<IovaMap.Entry> entries = device.iovaMap().entries();
            for (IovaMap.Entry entry : entries) {
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
            if (domain != null) {
                byTable(device, domain, entries, index, views);
                byStaleEntries(device, domain, index, views);
            }
        }
        return views;
    }

    private void byTable(
            DmaDevice device,
            IommuDomain domain,
            List<IovaMap.Entry> entries,
            FrameIndex index,
            List<Sightings> views) {
        Sightings view = Sightings.ofDevice(device.name() + ", mapped by the IOMMU-API", device, none -> false);
        for (TablePages.Run run : TablePages.besides(domain, entries, accesses)) {
            find(run.iova().value(), run.phys().pfn(), run.bytes(), index, view);
        }
        if (view.count() > 0) {
            views.add(view);
        }
    }

    /** Entries whose page the table gives to the device no longer, there at least. */
    private void byStaleEntries(DmaDevice device, IommuDomain domain, FrameIndex index, List<Sightings> views) {
        for (Iommu iommu : device.port().iommus()) {
            for (IoTlbEntry entry : iommu.tlb().staleEntries()) {
                boolean usable =
                        accesses.stream().anyMatch(each -> each.isWrite() ? entry.writable() : entry.readable());
                PhysAddr phys = entry.phys().orElse(null);
                if (phys == null || !usable || entry.domain() != domain.id()) {
                    continue;
                }
                Sightings view = Sightings.ofStaleEntry(device.name() + ", stale IO-TLB entry", device);
                for (long done = 0; done < entry.size().bytes(); done += PageSize.PAGE_BYTES) {
                    long iova = entry.iova().value() + done;
                    long pfn = phys.plus(done).pfn();
                    int place = index.find(pfn);
                    if (place != FrameIndex.NONE && frame(domain, new DmaAddr(iova)) != pfn) {
                        view.add(place, iova);
                    }
                }
                if (view.count() > 0) {
                    views.add(view);
                }
            }
        }
    }

    private static void find(long iova, long pfn, long bytes, FrameIndex index, Sightings view) {
        for (long page = 0; page < PageSize.pages(bytes); page++) {
            int place = index.find(pfn + page);
            if (place != FrameIndex.NONE) {
                view.add(place, iova + (page << PageSize.PAGE_SHIFT));
            }
        }
    }

    private void find(@Nullable IommuDomain domain, IovaMap.Entry entry, FrameIndex index, Sightings view) {
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
    private long frame(@Nullable IommuDomain domain, DmaAddr dma) {
        if (domain == null) {
            return dma.value() >>> PageSize.PAGE_SHIFT;
        }
        for (Access access : accesses) {
            if (domain.translate(dma, access) instanceof Translation.Mapped mapped) {
                return mapped.address().pfn();
            }
        }
        return FrameIndex.NONE;
    }

    /** What translates for {@code device}; null if it puts physical addresses on the bus. */
    private static @Nullable IommuDomain domain(DmaDevice device) {
        return device.iommu().domain().orElse(null);
    }
}
