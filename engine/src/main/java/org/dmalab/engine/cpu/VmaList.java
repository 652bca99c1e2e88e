package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * The mappings of one process ({@code struct mm_struct}): where a new one goes, what is left of one that is cut, where an
 * address leads. It follows the pages that move.
 */
final class VmaList implements AnonymousPages.Moves {
    /** Below the stack of a 3G/1G split; where {@code mmap_base} lies without randomisation. */
    static final AddrRange<VirtAddr> MMAP_AREA = new AddrRange<>(new VirtAddr(0x00010000L), 0xB6EF0000L);

    /** One past the last address of a process ({@code TASK_SIZE}). */
    private static final long TASK_SIZE = 0xBF000000L;

    private final String owner;
    private final AliasFlush flush;
    private final TraceSink trace;
    private final AreaMap<UserArea> areas = new AreaMap<>(MMAP_AREA);

    /**
     * No mappings.
     *
     * @param owner {@code process 1 (camera)}
     * @param flush what unmapping owes the caches
     */
    VmaList(String owner, AliasFlush flush, TraceSink trace) {
        this.owner = owner;
        this.flush = flush;
        this.trace = trace;
    }

    @Override
    public void moving(VirtAddr address) {
        UserArea area = areas.find(address);
        if (area != null) {
            flush.userUnmapped(area, address, 1);
        }
    }

    @Override
    public void moved(VirtAddr address, long toPfn) {
        UserArea area = areas.find(address);
        if (area == null) {
            throw new AssertionError(owner + " has no mapping at " + address);
        }
        area.move(address, toPfn);
    }

    /** Where what is asked for may go ({@code get_unmapped_area}); at a fixed address there may be mappings now. */
    Outcome<AddrRange<VirtAddr>> place(MapRequest request) {
        long bytes = (long) request.count() << PageSize.PAGE_SHIFT;
        return request.fixed() ? fixed(request.address().orElseThrow(), bytes) : anywhere(request, bytes);
    }

    private static Outcome<AddrRange<VirtAddr>> fixed(VirtAddr start, long bytes) {
        return MMAP_AREA.contains(start) && bytes <= MMAP_AREA.last() + 1 - start.value()
                ? Outcome.done(new AddrRange<>(start, bytes))
                : Outcome.failed(new OutsideMmapArea(start, bytes, MMAP_AREA));
    }

    private Outcome<AddrRange<VirtAddr>> anywhere(MapRequest request, long bytes) {
        if (request.address().isPresent()) {
            VirtAddr hint = request.address().get();
            // What lies above the area is never free, so that rounding up may not wrap.
            long start = MMAP_AREA.contains(hint) ? PageSize.pageAlign(hint.value()) : MMAP_AREA.last() + 1;
            AddrRange<VirtAddr> wanted = new AddrRange<>(new VirtAddr(start), bytes);
            if (areas.isFree(wanted)) {
                return Outcome.done(wanted);
            }
        }
        OptionalLong start = areas.lastFit(bytes, PageSize.PAGE_BYTES);
        return start.isPresent()
                ? Outcome.done(new AddrRange<>(new VirtAddr(start.getAsLong()), bytes))
                : Outcome.failed(new MmapFailure(bytes, areas.largestHole()));
    }

    /** Maps what is asked for in {@code range}, where nothing is; pages of the process's {@code own} move later. */
    void add(MapRequest request, AddrRange<VirtAddr> range, boolean own) {
        Vma vma = new Vma(
                range,
                request.pages(),
                request.firstPage(),
                request.type(),
                request.protection(),
                request.shared(),
                request.name());
        areas.add(own ? UserArea.ofOwn(vma) : UserArea.of(vma));
        trace.userMapped(range.start().value(), request.count(), request.type());
    }

    /** What is mapped at {@code address}, or null. */
    @Nullable
    UserArea find(VirtAddr address) {
        return areas.find(address);
    }

    /** Ends the mapping that starts at {@code start} ({@code munmap} of the whole area). */
    void unmap(VirtAddr start, Taken hearer) {
        UserArea area = areas.at(start);
        if (area == null) {
            throw new IllegalArgumentException("no user mapping starts at " + start);
        }
        hearer.requireTakeable(area, start, area.pageCount());
        remove(area);
        taken(area, start, area.pageCount(), hearer);
    }

    /**
     * Ends what is mapped in {@code range} ({@code munmap}); a mapping that reaches out of it keeps the rest, in one piece
     * or two. Holes in the range are fine.
     *
     * @param range from the start of a page; its length is rounded up to pages
     * @throws IllegalArgumentException if {@code hearer} cannot give a page up; then nothing is unmapped
     */
    void unmap(AddrRange<VirtAddr> range, Taken hearer) {
        if ((range.start().value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("range must start at a page: " + range);
        }
        if (Long.compareUnsigned(range.last(), TASK_SIZE) >= 0) {
            throw new IllegalArgumentException("range must lie below " + new VirtAddr(TASK_SIZE) + ": " + range);
        }
        long end = PageSize.pageAlign(range.last() + 1);
        List<UserArea> cut = areas.overlapping(
                new AddrRange<>(range.start(), end - range.start().value()));
        for (UserArea area : cut) {
            long from = Math.max(start(area), range.start().value());
            long to = Math.min(end(area), end);
            hearer.requireTakeable(area, new VirtAddr(from), (to - from) >>> PageSize.PAGE_SHIFT);
        }
        for (UserArea area : cut) {
            long from = Math.max(start(area), range.start().value());
            long to = Math.min(end(area), end);
            remove(area);
            keep(area, start(area), from);
            keep(area, to, end(area));
            taken(area, new VirtAddr(from), (to - from) >>> PageSize.PAGE_SHIFT, hearer);
        }
    }

    private void remove(UserArea area) {
        if (areas.remove(area.range().start()) == null) {
            throw new AssertionError("mapping is not where it was found: " + area);
        }
    }

    private static long start(UserArea area) {
        return area.range().start().value();
    }

    private static long end(UserArea area) {
        return area.range().last() + 1;
    }

    /** {@code unmap_region}: the caches forget the addresses, then {@code hearer} does. */
    private void taken(UserArea area, VirtAddr first, long pages, Taken hearer) {
        flush.userUnmapped(area, first, pages);
        trace.userUnmapped(first.value(), pages);
        hearer.taken(area, first, pages);
    }

    private void keep(UserArea area, long from, long to) {
        if (from < to) {
            areas.add(area.part(new AddrRange<>(new VirtAddr(from), to - from)));
        }
    }

    /** All, ascending. */
    Collection<UserArea> areas() {
        return areas.areas();
    }

    /** The text of {@code /proc/PID/maps}. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (UserArea area : areas.areas()) {
            text.append(area.text()).append('\n');
        }
        return text.toString();
    }

    /** Every address of this process that leads to {@code page} now. */
    List<Alias> aliases(PhysAddr page) {
        if ((page.value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("page must be page-aligned: " + page);
        }
        List<Alias> found = new ArrayList<>();
        for (UserArea area : areas.areas()) {
            for (int i = 0; i < area.pageCount(); i++) {
                if (area.pfn(i) == page.pfn()) {
                    VirtAddr address = area.range().start().plus((long) i << PageSize.PAGE_SHIFT);
                    found.add(new Alias(owner, address, area.type()));
                }
            }
        }
        return found;
    }

    /** Where an access that needs {@code needed} goes. */
    Outcome<AddressSpace.Place> resolve(VirtAddr address, Protection needed) {
        UserArea area = areas.find(address);
        if (area == null) {
            return Outcome.failed(new CpuFault(
                    address,
                    false,
                    "nothing is mapped there in this process (SIGSEGV, code SEGV_MAPERR)",
                    Addresses.literalHint(address.value())
                            .orElse("mmap the memory first, or look for a munmap that came too early")));
        }
        if (area.protection().compareTo(needed) < 0) {
            String access = needed == Protection.READ ? "load" : "store";
            return Outcome.failed(new CpuFault(
                    address,
                    false,
                    "a " + access + " is not allowed in [" + area.text().stripTrailing()
                            + "] (SIGSEGV, code SEGV_ACCERR)",
                    "map it with a protection that allows it"));
        }
        return Outcome.done(new AddressSpace.Place(area.phys(address), area.type()));
    }

    /** Throws if mappings overlap or a hole is wrong; for tests. */
    void checkInvariants() {
        areas.checkInvariants();
    }
}
