package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.Hindrance;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * The virtual addresses of one process; mappings are placed from the top of its mmap area downwards. Pages of its own may
 * be migrated, and the mapping follows them; a device that is to have them must pin them first.
 */
public final class UserAddressSpace implements AddressSpace {
    /** Below the stack of a 3G/1G split; where {@code mmap_base} lies without randomisation. */
    private static final AddrRange<VirtAddr> MMAP_AREA = new AddrRange<>(new VirtAddr(0x00010000L), 0xB6EF0000L);

    /** One past the last address of a process ({@code TASK_SIZE}). */
    private static final long TASK_SIZE = 0xBF000000L;

    private final int pid;
    private final String name;
    private final AreaMap<Vma> areas = new AreaMap<>(MMAP_AREA);
    private final @Nullable ProcessMemory memory;
    private final @Nullable AnonymousPages own;
    private final TraceSink trace;
    private boolean ended;

    /** No room for a mapping. */
    public record MmapFailure(long bytes, long largestHole) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "mmap: " + Errno.ENOMEM.text();
        }

        @Override
        public String explain() {
            return "asked for " + Bytes.text(bytes) + " of user addresses; the largest hole has "
                    + Bytes.text(largestHole) + ": unmap something, or map a part of the buffer";
        }
    }

    /** A fixed address that leaves the addresses a process may map. */
    public record OutsideMmapArea(VirtAddr start, long bytes, AddrRange<VirtAddr> window) implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "mmap: " + Errno.ENOMEM.text();
        }

        @Override
        public String explain() {
            return "asked for " + Bytes.text(bytes) + " exactly at " + start + "; a process maps inside " + window
                    + ": choose an address there, or none";
        }
    }

    /**
     * A process with nothing mapped and no machine behind it: pages are numbers, and belong to nobody.
     *
     * @param pid its number
     * @param name its command, {@code camera}
     */
    public UserAddressSpace(int pid, String name, TraceSink trace) {
        this(pid, name, Optional.empty(), trace);
    }

    /**
     * A process with nothing mapped.
     *
     * @param pid its number
     * @param name its command, {@code camera}
     * @param machine where its memory comes from
     */
    public UserAddressSpace(int pid, String name, Optional<ProcessMemory> machine, TraceSink trace) {
        if (pid < 1) {
            throw new IllegalArgumentException("pid must be positive: " + pid);
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        this.pid = pid;
        this.name = name;
        this.memory = machine.orElse(null);
        this.own = memory == null ? null : new AnonymousPages(who(), memory, new Following());
        this.trace = trace;
    }

    private String who() {
        return "process " + pid + " (" + name + ")";
    }

    /** Lets the mappings follow the pages that move. */
    private final class Following implements AnonymousPages.Moves {
        @Override
        public void moving(VirtAddr address) {
            Vma area = areas.find(address);
            if (area != null) {
                flush(area, address, 1);
            }
        }

        @Override
        public void moved(VirtAddr address, long toPfn) {
            Vma area = areas.find(address);
            if (area == null || areas.remove(area.range().start()) == null) {
                throw new AssertionError(who() + " has no mapping at " + address);
            }
            areas.add(area.with(address, toPfn));
        }
    }

    private void flush(Vma area, VirtAddr first, long pages) {
        if (memory != null) {
            memory.flush().userUnmapped(area, first, pages);
        }
    }

    /** The process's number. */
    public int pid() {
        return pid;
    }

    /** The process's command. */
    public String name() {
        return name;
    }

    /**
     * Shows pages to the process ({@code mmap}).
     *
     * @return where they are, or ENOMEM; then what was mapped at a fixed address is still there
     * @throws IllegalArgumentException if a page is no RAM, or the process has ended
     */
    public Outcome<AddrRange<VirtAddr>> map(MapRequest request) {
        requireRunning();
        requireRam(request);
        long bytes = (long) request.count() << PageSize.PAGE_SHIFT;
        Outcome<AddrRange<VirtAddr>> place =
                request.fixed() ? fixed(request.address().orElseThrow(), bytes) : anywhere(request, bytes);
        if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
            unmap(found.value());
            areas.add(new Vma(
                    found.value(),
                    request.pages(),
                    request.firstPage(),
                    request.type(),
                    request.protection(),
                    request.shared(),
                    request.name()));
            trace.userMapped(found.value().start().value(), request.count(), request.type());
        }
        return place;
    }

    /** Shows {@code count} pages of {@code pages} from {@code firstPage} on, to load and store. */
    public Outcome<AddrRange<VirtAddr>> map(PageArray pages, int firstPage, int count, MemoryType type, String name) {
        return map(MapRequest.of(pages, type, name).part(firstPage, count));
    }

    private void requireRunning() {
        if (ended) {
            throw new IllegalArgumentException(who() + " has ended");
        }
    }

    private void requireRam(MapRequest request) {
        if (memory == null) {
            return;
        }
        for (int i = request.firstPage(); i < request.firstPage() + request.count(); i++) {
            PhysAddr page = request.pages().page(i);
            if (!memory.ram().contains(page, PageSize.PAGE_BYTES)) {
                throw new IllegalArgumentException("pages must be RAM: " + page + "; banks are "
                        + memory.ram().banks());
            }
        }
    }

    /**
     * Memory of the process's own, cached, in {@code pages} that the caller allocated and that are the process's from now on:
     * they may be migrated, and are freed when they are unmapped ({@code MAP_ANONYMOUS}).
     *
     * @throws IllegalArgumentException if a page is free, or somebody's already
     */
    public Outcome<AddrRange<VirtAddr>> mapAnonymous(PageArray pages) {
        MapRequest request = MapRequest.of(pages, MemoryType.WRITE_BACK, "").asPrivate();
        AnonymousPages owner = own;
        if (owner == null) {
            return map(request);
        }
        requireRunning();
        requireRam(request);
        owner.adopt(pages);
        Outcome<AddrRange<VirtAddr>> place = map(request);
        if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
            owner.mapped(pages, found.value().start());
        } else {
            owner.disown(pages, pages.count());
        }
        return place;
    }

    /**
     * {@code bytes} of memory of the process's own, rounded up to pages, cleared, cached and movable ({@code MAP_ANONYMOUS},
     * touched at once).
     *
     * @return where it is, or ENOMEM
     */
    public Outcome<AddrRange<VirtAddr>> mapAnonymous(long bytes) {
        if (bytes <= 0 || bytes > MMAP_AREA.bytes()) {
            throw new IllegalArgumentException("bytes must be 1.." + MMAP_AREA.bytes() + ": " + bytes);
        }
        requireRunning();
        AnonymousPages owner = ownPages();
        return owner.alloc((int) PageSize.pages(bytes)).then(pages -> {
            Outcome<AddrRange<VirtAddr>> place =
                    map(MapRequest.of(pages, MemoryType.WRITE_BACK, "").asPrivate());
            if (place instanceof Outcome.Done<AddrRange<VirtAddr>> found) {
                owner.mapped(pages, found.value().start());
            } else {
                owner.free(pages);
            }
            return place;
        });
    }

    private AnonymousPages ownPages() {
        if (own == null) {
            throw new IllegalArgumentException(
                    who() + " has no machine to get memory from: take it from soc.newProcess()");
        }
        return own;
    }

    /**
     * {@code get_user_pages}: {@code who} holds the process's own pages in {@code range} where they are until {@link #unpin},
     * even if they are unmapped meanwhile.
     *
     * @return the pages, to be mapped for a device, or EFAULT at the first address that leads to no page of the process's own
     */
    public Outcome<PageArray> pin(AddrRange<VirtAddr> range, String who) {
        AnonymousPages owner = ownPages();
        long offset = range.start().value() & (PageSize.PAGE_BYTES - 1);
        VirtAddr first = range.start().plus(-offset);
        // Long before this many pages an address without one is found.
        int count = Math.toIntExact(PageSize.pages(Math.min(MMAP_AREA.bytes(), offset + range.bytes())));
        List<Long> pfns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            VirtAddr address = first.plus((long) i << PageSize.PAGE_SHIFT);
            Vma area = areas.find(address);
            if (area == null || !owner.has(area.phys(address).pfn(), address)) {
                return Outcome.failed(new CpuFault(
                        address,
                        false,
                        area == null
                                ? "get_user_pages() finds nothing mapped there"
                                : "get_user_pages() finds no page of the process's own there, but [" + area + "]",
                        "pin memory of mapAnonymous; share a device's buffer with getSgtable instead"));
            }
            pfns.add(area.phys(address).pfn());
        }
        PageArray pages = PageArray.of(pfns.stream().mapToLong(Long::longValue).toArray());
        for (int i = 0; i < count; i++) {
            memory().frames().pin(pages.page(i).pfn(), who);
        }
        return Outcome.done(pages);
    }

    private ProcessMemory memory() {
        return Objects.requireNonNull(memory, "a process with pages has a machine");
    }

    /**
     * {@code put_page}: ends {@link #pin}. Pages that are no longer mapped are freed.
     *
     * @throws IllegalArgumentException if {@code who} does not hold one of them; then none is let go
     */
    public void unpin(PageArray pages, String who) {
        PageFrames frames = memory().frames();
        PageFrames.Hold held = new PageFrames.Hold(Hindrance.PINNED, who, 0);
        for (int i = 0; i < pages.count(); i++) {
            if (!frames.holds(pages.page(i).pfn()).contains(held)) {
                throw new IllegalArgumentException("page is not pinned by " + who + ": " + pages.page(i));
            }
        }
        for (int i = 0; i < pages.count(); i++) {
            frames.unpin(pages.page(i).pfn(), who);
        }
    }

    /** The process ends: what it has mapped goes, and its own pages with it, but for those that somebody pins. */
    public void exit() {
        requireRunning();
        for (Vma area : mappings()) {
            unmap(area.range());
        }
        ended = true;
    }

    /** Whether {@link #exit} was called. */
    public boolean hasEnded() {
        return ended;
    }

    /** How many pages of its own it has, those included that are unmapped and still pinned. */
    public int ownPageCount() {
        return own == null ? 0 : own.count();
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

    /** Ends the mapping that starts at {@code start} ({@code munmap} of the whole area). */
    public void unmap(VirtAddr start) {
        Vma area = areas.remove(start);
        if (area == null) {
            throw new IllegalArgumentException("no user mapping starts at " + start);
        }
        taken(area, start, area.pageCount());
    }

    /**
     * Ends what is mapped in {@code range} ({@code munmap}); a mapping that reaches out of it keeps the rest, in one piece
     * or two. Holes in the range are fine.
     *
     * @param range from the start of a page; its length is rounded up to pages
     */
    public void unmap(AddrRange<VirtAddr> range) {
        if ((range.start().value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("range must start at a page: " + range);
        }
        if (Long.compareUnsigned(range.last(), TASK_SIZE) >= 0) {
            throw new IllegalArgumentException("range must lie below " + new VirtAddr(TASK_SIZE) + ": " + range);
        }
        long end = PageSize.pageAlign(range.last() + 1);
        for (Vma area : areas.overlapping(
                new AddrRange<>(range.start(), end - range.start().value()))) {
            long areaStart = area.range().start().value();
            long areaEnd = area.range().last() + 1;
            long from = Math.max(areaStart, range.start().value());
            long to = Math.min(areaEnd, end);
            if (areas.remove(area.range().start()) == null) {
                throw new AssertionError("mapping is not where it was found: " + area);
            }
            keep(area, areaStart, from);
            keep(area, to, areaEnd);
            taken(area, new VirtAddr(from), (to - from) >>> PageSize.PAGE_SHIFT);
        }
    }

    /** {@code unmap_region}: the caches forget the addresses, then the process's own pages go. */
    private void taken(Vma area, VirtAddr first, long pages) {
        flush(area, first, pages);
        trace.userUnmapped(first.value(), pages);
        if (own != null) {
            for (long i = 0; i < pages; i++) {
                VirtAddr address = first.plus(i << PageSize.PAGE_SHIFT);
                own.unmapped(area.phys(address).pfn(), address);
            }
        }
    }

    private void keep(Vma area, long from, long to) {
        if (from < to) {
            areas.add(area.part(new AddrRange<>(new VirtAddr(from), to - from)));
        }
    }

    /** The mappings, ascending. */
    public List<Vma> mappings() {
        return List.copyOf(areas.areas());
    }

    /** The text of {@code /proc/PID/maps}. */
    public String maps() {
        StringBuilder text = new StringBuilder();
        for (Vma area : areas.areas()) {
            text.append(area.text()).append('\n');
        }
        return text.toString();
    }

    /** Every address of this process that leads to {@code page} now. */
    public List<Alias> aliases(PhysAddr page) {
        if ((page.value() & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("page must be page-aligned: " + page);
        }
        List<Alias> found = new ArrayList<>();
        for (Vma area : areas.areas()) {
            for (int i = 0; i < area.pageCount(); i++) {
                if (area.pages().page(area.firstPage() + i).pfn() == page.pfn()) {
                    VirtAddr address = area.range().start().plus((long) i << PageSize.PAGE_SHIFT);
                    found.add(new Alias(who(), address, area.type()));
                }
            }
        }
        return found;
    }

    @Override
    public Outcome<Place> resolve(VirtAddr address) {
        return resolve(address, Protection.READ);
    }

    @Override
    public Outcome<Place> resolveStore(VirtAddr address) {
        return resolve(address, Protection.READ_WRITE);
    }

    private Outcome<Place> resolve(VirtAddr address, Protection needed) {
        Vma area = areas.find(address);
        if (area == null) {
            return Outcome.failed(new CpuFault(
                    address,
                    false,
                    "nothing is mapped there in this process (SIGSEGV, code SEGV_MAPERR)",
                    "mmap the memory first, or look for a munmap that came too early"));
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
        return Outcome.done(new Place(area.phys(address), area.type()));
    }

    /** Throws if mappings overlap or a hole is wrong; for tests. */
    void checkInvariants() {
        areas.checkInvariants();
    }

    @Override
    public String toString() {
        int mappings = areas.areas().size();
        return who() + (ended ? ", ended, " : ", ") + mappings + (mappings == 1 ? " user mapping" : " user mappings");
    }
}
