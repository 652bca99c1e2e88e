package org.dmalab.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.Area;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AddressMap.Kind;
import org.dmalab.engine.dma.AddressMap.Mark;
import org.dmalab.engine.dma.AddressMap.Strip;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ReservedMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.dmalab.engine.pagetable.Access;

/** Draws up the address maps of a machine. */
final class AddressMaps {
    private static final String THE_BYTE = "the page";

    private final Machine machine;

    AddressMaps(Machine machine) {
        this.machine = machine;
    }

    /** The kernel's view, RAM, and each device's view, with the page of {@code phys} in all of them. */
    AddressMap of(String title, PhysAddr phys, List<DmaDevice> devices) {
        List<Strip> strips = new ArrayList<>();
        strips.add(kernel(phys));
        strips.add(ram(phys));
        devices.forEach(device -> strips.add(device(device, phys)));
        return new AddressMap(title, strips, machine.clock().toString(), machine.source());
    }

    /** The vmalloc area alone. */
    AddressMap vmalloc() {
        List<AddressMap.Area> areas = new ArrayList<>();
        for (Area area : machine.kernel().vmallocAreas()) {
            areas.add(vmallocArea(area));
        }
        machine.kernel().vmallocHoles().forEach(hole -> areas.add(new AddressMap.Area(hole, "free", Kind.HOLE, "")));
        areas.sort(byStart());
        return new AddressMap(
                "vmalloc area " + machine.kernel().vmallocWindow(),
                List.of(new Strip("vmalloc", areas, List.of())),
                machine.clock().toString(),
                machine.source());
    }

    private Strip kernel(PhysAddr phys) {
        MemoryLayout layout = machine.layout();
        List<AddressMap.Area> areas = new ArrayList<>();
        areas.add(new AddressMap.Area(
                new AddrRange<>(layout.pageOffset(), layout.lowmem().bytes()), "lowmem", Kind.MEMORY, ""));
        areas.add(new AddressMap.Area(layout.vmalloc(), "vmalloc", Kind.WINDOW, ""));
        List<Mark> marks = new ArrayList<>();
        machine.kernel().aliases(phys).forEach(alias -> marks.add(new Mark(alias.address(), THE_BYTE)));
        return new Strip("CPU, kernel", areas, marks);
    }

    private Strip ram(PhysAddr phys) {
        List<AddressMap.Area> areas = new ArrayList<>();
        List<AddrRange<PhysAddr>> taken = new ArrayList<>();
        for (ReservedMemory reserved : machine.board().memory().reserved()) {
            if (reserved.kind() == ReservedMemory.Kind.REUSABLE) {
                continue;
            }
            areas.add(new AddressMap.Area(reserved.range(), reserved.name(), Kind.RESERVED, ""));
            taken.add(reserved.range());
        }
        for (CmaArea area : machine.cmaAreas()) {
            AddrRange<PhysAddr> range = KernelMemory.range(area);
            areas.add(new AddressMap.Area(range, "CMA \"" + area.name() + "\"", Kind.RESERVED, ""));
            taken.add(range);
        }
        for (PageAllocator.Zone zone : machine.pages().zones()) {
            AddrRange<PhysAddr> span = new AddrRange<>(
                    PhysAddr.ofPfn(zone.buddy().startPfn()), zone.buddy().pages() << PageSize.PAGE_SHIFT);
            for (AddrRange<PhysAddr> bank : machine.board().memory().banks()) {
                MemoryLayout.common(span, bank).ifPresent(part -> addFree(areas, zone.kind(), part, taken));
            }
        }
        areas.sort(byStart());
        return new Strip("RAM", areas, List.of(new Mark(phys, THE_BYTE)));
    }

    /** What of a zone's bank is neither reserved nor CMA. */
    private static void addFree(
            List<AddressMap.Area> areas, ZoneKind zone, AddrRange<PhysAddr> bank, List<AddrRange<PhysAddr>> taken) {
        long next = bank.start().value();
        long end = bank.last() + 1;
        List<AddrRange<PhysAddr>> ascending = new ArrayList<>(taken);
        ascending.sort(Comparator.comparing((AddrRange<PhysAddr> range) -> range.start()));
        for (AddrRange<PhysAddr> range : ascending) {
            long to = Math.min(end, range.start().value());
            if (to > next) {
                areas.add(area(zone, next, to));
            }
            next = Math.max(next, range.last() + 1);
        }
        if (end > next) {
            areas.add(area(zone, next, end));
        }
    }

    private static AddressMap.Area area(ZoneKind zone, long start, long end) {
        return new AddressMap.Area(
                new AddrRange<>(new PhysAddr(start), end - start), "zone " + zone.text(), Kind.MEMORY, "");
    }

    private Strip device(DmaDevice device, PhysAddr phys) {
        List<AddressMap.Area> areas = new ArrayList<>();
        List<Mark> marks = new ArrayList<>();
        if (device.iommu().domain().isEmpty()) {
            areas.add(new AddressMap.Area(device.window(), "RAM as it is", Kind.MEMORY, ""));
            marks.add(new Mark(new DmaAddr(phys.value()), THE_BYTE));
            return new Strip(device.name(), areas, marks);
        }
        IovaMap mapped = device.iovaMap();
        for (IovaMap.Entry entry : mapped.entries()) {
            areas.add(new AddressMap.Area(
                    entry.range(),
                    entry.owner() + ", " + entry.label(),
                    entry.kind() == IovaMap.Kind.RESERVED ? Kind.RESERVED : Kind.WINDOW,
                    ""));
        }
        List<IovaMap.Entry> all = new ArrayList<>(mapped.entries());
        for (TablePages.Run run : TablePages.besides(
                device.iommu().domain().orElseThrow(), mapped.entries(), List.of(Access.READ, Access.WRITE))) {
            AddrRange<DmaAddr> range = new AddrRange<>(run.iova(), run.bytes());
            areas.add(new AddressMap.Area(range, "IOMMU-API", Kind.WINDOW, ""));
            all.add(new IovaMap.Entry(IovaMap.Kind.MAPPED, range, device.name(), "IOMMU-API", "", 0));
        }
        IovaMap whole =
                new IovaMap(mapped.title(), mapped.window(), all, mapped.moment(), mapped.source(), mapped.mark());
        whole.holes().forEach(hole -> areas.add(new AddressMap.Area(hole, "not mapped", Kind.HOLE, "")));
        areas.sort(byStart());
        long inPage = phys.value() & (PageSize.PAGE_BYTES - 1);
        FrameIndex page = new FrameIndex(PageArray.of(phys.pfn()));
        for (Sightings view : new DeviceViews(List.of(device), machine.turns()).of(page)) {
            for (int i = 0; i < view.count(); i++) {
                marks.add(new Mark(
                        view.address(view.start(i) + inPage),
                        view.isStale() ? THE_BYTE + ", by a stale IO-TLB entry" : THE_BYTE));
            }
        }
        return new Strip(device.name(), areas, marks);
    }

    private static AddressMap.Area vmallocArea(Area area) {
        return new AddressMap.Area(
                area.range(), area.caller(), area.type().cacheable() ? Kind.MEMORY : Kind.UNCACHED, "");
    }

    private static Comparator<AddressMap.Area> byStart() {
        return (one, other) -> Long.compareUnsigned(value(one), value(other));
    }

    private static long value(AddressMap.Area area) {
        Addr start = area.range().start();
        return start.value();
    }
}
