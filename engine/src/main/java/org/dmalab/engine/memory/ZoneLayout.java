package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;

/** Where the zones of a board lie, and what memory they get of its banks ({@code arm_bootmem_free}). */
public final class ZoneLayout {
    private final List<ZoneEnd> ends;

    /**
     * One zone, from the end of the one below.
     *
     * @param end the first address beyond it, a multiple of a page
     */
    public record ZoneEnd(ZoneKind kind, PhysAddr end) {
        public ZoneEnd {
            if ((end.value() & (PageSize.PAGE_BYTES - 1)) != 0) {
                throw new IllegalArgumentException("zone must end at a page: " + end);
            }
        }
    }

    /** Zones from low to high; RAM beyond the last is not used. */
    public ZoneLayout(List<ZoneEnd> ends) {
        for (int i = 1; i < ends.size(); i++) {
            ZoneEnd below = ends.get(i - 1);
            ZoneEnd zone = ends.get(i);
            if (zone.kind().compareTo(below.kind()) <= 0 || zone.end().compareTo(below.end()) <= 0) {
                throw new IllegalArgumentException("zones must ascend: " + below + ", " + zone);
            }
        }
        this.ends = List.copyOf(ends);
    }

    /** The zones, from low to high. */
    public List<ZoneEnd> ends() {
        return ends;
    }

    /**
     * The zones after boot: those that have RAM. What lies between banks, and reserved memory that does not stay the
     * kernel's, is a hole; other reserved memory is kept from the allocator until it is released.
     *
     * @param banks RAM, page-aligned, not overlapping
     * @param reserved regions that do not overlap
     */
    public List<PageAllocator.Zone> zones(
            BuddyRules rules, List<AddrRange<PhysAddr>> banks, List<ReservedMemory> reserved, TraceSink trace) {
        List<PageRange> present = present(banks, reserved);
        List<PageAllocator.Zone> zones = new ArrayList<>();
        long start = 0;
        for (ZoneEnd zone : ends) {
            List<PageRange> inZone = clip(present, start, zone.end().pfn());
            if (!inZone.isEmpty()) {
                BuddyAllocator buddy = new BuddyAllocator(rules, inZone, trace);
                for (ReservedMemory region : reserved) {
                    for (PageRange part : clip(inZone, region.range().start().pfn(), endPfn(region.range()))) {
                        buddy.reserve(part.startPfn(), part.pages());
                    }
                }
                zones.add(new PageAllocator.Zone(zone.kind(), buddy));
            }
            start = zone.end().pfn();
        }
        return zones;
    }

    private static List<PageRange> present(List<AddrRange<PhysAddr>> banks, List<ReservedMemory> reserved) {
        List<PageRange> ram = banks.stream()
                .sorted(Comparator.comparing(AddrRange::start))
                .map(PageRange::of)
                .toList();
        PageRange.checkAscending(ram);
        for (ReservedMemory region : reserved) {
            if (!region.staysMemory()) {
                long from = region.range().start().pfn();
                List<PageRange> left = new ArrayList<>(clip(ram, 0, from));
                left.addAll(clip(ram, endPfn(region.range()), Long.MAX_VALUE));
                ram = left;
            }
        }
        return ram;
    }

    private static long endPfn(AddrRange<PhysAddr> range) {
        return new PhysAddr(range.last()).pfn() + 1;
    }

    /** What of {@code ranges} lies in {@code [start, end)}. */
    private static List<PageRange> clip(List<PageRange> ranges, long start, long end) {
        List<PageRange> inside = new ArrayList<>();
        for (PageRange range : ranges) {
            long from = Math.max(start, range.startPfn());
            long to = Math.min(end, range.endPfn());
            if (from < to) {
                inside.add(new PageRange(from, to - from));
            }
        }
        return inside;
    }

    /** {@code DMA below 0x40000000, HighMem below 0x80000000}. */
    @Override
    public String toString() {
        return String.join(
                ", ",
                ends.stream()
                        .map(zone -> zone.kind().text() + " below "
                                + Addresses.hex(zone.end().value()))
                        .toList());
    }
}
