package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;

/** The vmalloc area: lowest address first, each area followed by one guard page ({@code alloc_vmap_area}). */
final class VmallocSpace {
    /** {@code IOREMAP_MAX_ORDER}: 16 MiB, a supersection. */
    private static final int LARGEST_ALIGN_SHIFT = 24;

    private final Era era;
    private final AreaMap<Area> areas;
    private final TraceSink trace;
    private final AliasFlush flush;

    /**
     * What is to be mapped.
     *
     * @param bytes whole pages, without the guard
     * @param pages the RAM, or empty for registers
     * @param type how the CPU treats accesses
     * @param alignBytes a power of two, at least a page
     */
    record Request(long bytes, Optional<PageArray> pages, MemoryType type, long alignBytes) {}

    VmallocSpace(Era era, AddrRange<VirtAddr> window, AliasFlush flush, TraceSink trace) {
        this.flush = flush;
        this.era = era;
        this.areas = new AreaMap<>(window);
        this.trace = trace;
    }

    AreaMap<Area> areas() {
        return areas;
    }

    /** The alignment of an ioremap of {@code bytes}. */
    long ioremapAlign(long bytes) {
        // Up to Linux 4.9 fls(size): twice the size if that is a power of two; then get_count_order_long(size).
        long measured = era.atLeast(Era.V6_1) ? bytes - 1 : bytes;
        int shift = 64 - Long.numberOfLeadingZeros(measured);
        return 1L << Math.max(PageSize.PAGE_SHIFT, Math.min(LARGEST_ALIGN_SHIFT, shift));
    }

    Outcome<VirtAddr> map(
            Request request,
            Set<VmallocFlag> flags,
            OptionalInt shownPages,
            Optional<PhysAddr> shownPhys,
            String caller) {
        long taken = request.bytes() + PageSize.PAGE_BYTES;
        OptionalLong start = request.bytes() < areas.window().bytes()
                ? areas.firstFit(taken, request.alignBytes())
                : OptionalLong.empty();
        if (start.isEmpty()) {
            return Outcome.failed(
                    new VmallocFailure(request.bytes(), areas.freeBytes(), areas.largestHole(), areas.window()));
        }
        VirtAddr address = new VirtAddr(start.getAsLong());
        VmallocArea line = new VmallocArea(new AddrRange<>(address, taken), caller, flags, shownPages, shownPhys);
        areas.add(new Area(line, new AddrRange<>(address, request.bytes()), request.pages(), request.type()));
        flush.vmallocChanged();
        trace.vmapMapped(address.value(), request.bytes() >>> PageSize.PAGE_SHIFT, request.type());
        return Outcome.done(address);
    }

    void unmap(VirtAddr start) {
        Area area = areas.remove(start);
        if (area == null) {
            throw new IllegalArgumentException("no vmalloc area starts at " + Addresses.hexWithHint(start.value()));
        }
        flush.vmallocChanged();
        trace.vmapUnmapped(start.value(), area.pageCount());
    }

    /** Places areas as they were read; returns those that lie outside the window. */
    List<VmallocArea> restore(List<VmallocArea> lines) {
        AddrRange<VirtAddr> window = areas.window();
        List<VmallocArea> inside = new ArrayList<>();
        List<VmallocArea> outside = new ArrayList<>();
        for (VmallocArea line : lines) {
            boolean starts = window.contains(line.range().start());
            if (starts != window.contains(new VirtAddr(line.range().last()))) {
                throw new IllegalArgumentException("area crosses the edge of the vmalloc area " + window + ": " + line);
            }
            (starts ? inside : outside).add(line);
        }
        inside.sort((a, b) -> a.range().start().compareTo(b.range().start()));
        for (int i = 0; i < inside.size(); i++) {
            VmallocArea line = inside.get(i);
            if (!areas.isFree(line.range())) {
                throw new IllegalArgumentException("area lies where another one is, vunmap that first: " + line
                        + "; in use: " + areas.overlapping(line.range()).get(0));
            }
            if (i > 0 && inside.get(i - 1).range().overlaps(line.range())) {
                throw new IllegalArgumentException("areas overlap: " + inside.get(i - 1) + "; " + line);
            }
        }
        inside.forEach(line -> areas.add(read(line)));
        return outside;
    }

    private static Area read(VmallocArea line) {
        long bytes = line.range().bytes();
        // A line of one page has no guard (VM_NO_GUARD, static mappings made at boot).
        long mapped = bytes > PageSize.PAGE_BYTES ? bytes - PageSize.PAGE_BYTES : bytes;
        MemoryType type = line.flags().contains(VmallocFlag.IOREMAP)
                ? MemoryType.DEVICE
                : line.flags().contains(VmallocFlag.DMA_COHERENT)
                        ? MemoryType.NORMAL_NONCACHEABLE
                        : MemoryType.WRITE_BACK;
        return new Area(line, new AddrRange<>(line.range().start(), mapped), Optional.empty(), type);
    }

    void aliases(PhysAddr page, Consumer<Alias> found) {
        for (Area area : areas.areas()) {
            long offset = area.offsetOf(page);
            if (offset >= 0) {
                VirtAddr address = area.range().start().plus(offset);
                found.accept(new Alias("kernel, vmalloc area of " + area.caller(), address, area.type()));
            }
        }
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (Area area : areas.areas()) {
            text.append(area.line().text(era)).append('\n');
        }
        return text.toString();
    }
}
