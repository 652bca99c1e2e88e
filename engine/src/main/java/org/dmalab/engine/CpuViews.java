package org.dmalab.engine;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Alias;
import org.dmalab.engine.cpu.Area;
import org.dmalab.engine.cpu.ConsistentRegion;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.cpu.Vma;
import org.dmalab.engine.memory.PageArray;

/** Under which virtual addresses the kernel and processes reach pages: each mapping is walked once. */
final class CpuViews {
    private final Machine machine;

    CpuViews(Machine machine) {
        this.machine = machine;
    }

    /** The mappings that show any of {@code pages}, which {@code index} is of. */
    List<Sightings> of(PageArray pages, FrameIndex index) {
        List<Sightings> views = new ArrayList<>(linear(pages));
        KernelAddressSpace kernel = machine.kernel();
        for (Area area : kernel.vmallocAreas()) {
            Sightings view = Sightings.ofCpu("kernel, vmalloc area of " + area.caller(), area.type());
            area.pages().ifPresent(array -> walk(view, area.range().start(), array, 0, array.count(), index));
            addIfAny(views, view);
        }
        kernel.consistentRegion()
                .ifPresent(region -> region.buffers().forEach(buffer -> addIfAny(views, of(buffer, index))));
        if (hasHighmem(pages)) {
            kmaps(kernel, index, views);
        }
        for (UserAddressSpace process : machine.processes()) {
            for (Vma vma : process.mappings()) {
                Sightings view = Sightings.ofCpu("process " + process.pid() + " (" + process.name() + ")", vma.type());
                walk(view, vma.range().start(), vma.pages(), vma.firstPage(), Math.toIntExact(vma.pageCount()), index);
                addIfAny(views, view);
            }
        }
        return views;
    }

    /** The linear map, a view for each memory type that it has there. */
    private List<Sightings> linear(PageArray pages) {
        Map<MemoryType, Sightings> byType = new EnumMap<>(MemoryType.class);
        for (int place = 0; place < pages.count(); place++) {
            PhysAddr page = pages.page(place);
            if (!machine.layout().lowmem().contains(page)) {
                continue;
            }
            Optional<MemoryType> type = machine.kernel().linearType(page);
            if (type.isPresent()) {
                byType.computeIfAbsent(type.get(), known -> Sightings.ofCpu("kernel, linear map", known))
                        .add(place, machine.kernel().linear(page).value());
            }
        }
        return List.copyOf(byType.values());
    }

    private static Sightings of(ConsistentRegion.Buffer buffer, FrameIndex index) {
        Sightings view = Sightings.ofCpu("kernel, consistent region", buffer.type());
        walk(view, buffer.range().start(), buffer.pages(), 0, buffer.pages().count(), index);
        return view;
    }

    private static void walk(
            Sightings view, VirtAddr start, PageArray pages, int firstPage, int count, FrameIndex index) {
        for (int i = 0; i < count; i++) {
            see(view, start.value(), i, pages.page(firstPage + i).pfn(), index);
        }
    }

    private static void see(Sightings view, long start, int page, long pfn, FrameIndex index) {
        int place = index.find(pfn);
        if (place != FrameIndex.NONE) {
            view.add(place, start + ((long) page << PageSize.PAGE_SHIFT));
        }
    }

    private boolean hasHighmem(PageArray pages) {
        for (int place = 0; place < pages.count(); place += pages.run(place)) {
            if (!machine.layout().lowmem().contains(pages.page(place))
                    || !machine.layout().lowmem().contains(pages.page(place + pages.run(place) - 1))) {
                return true;
            }
        }
        return false;
    }

    /** What the slots of {@code kmap} and {@code kmap_atomic} show; the kernel's own list of aliases names the user. */
    private void kmaps(KernelAddressSpace kernel, FrameIndex index, List<Sightings> views) {
        slots(kernel, kernel.kmapWindow(), index, views);
        slots(kernel, kernel.kmapAtomicWindow(), index, views);
    }

    private static void slots(
            KernelAddressSpace kernel, AddrRange<VirtAddr> window, FrameIndex index, List<Sightings> views) {
        long start = window.start().value();
        for (long at = start; at < start + window.bytes(); at += PageSize.PAGE_BYTES) {
            VirtAddr slot = new VirtAddr(at);
            long pfn = kernel.resolve(slot).fold(place -> place.phys().pfn(), fault -> -1L);
            int place = index.find(pfn);
            if (place == FrameIndex.NONE) {
                continue;
            }
            for (Alias alias : kernel.aliases(PhysAddr.ofPfn(pfn))) {
                if (alias.address().equals(slot)) {
                    Sightings view = Sightings.ofCpu(alias.who(), alias.type());
                    view.add(place, at);
                    views.add(view);
                }
            }
        }
    }

    private static void addIfAny(List<Sightings> views, Sightings view) {
        if (view.count() > 0) {
            views.add(view);
        }
    }
}
