package org.dmalab.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.BuddyAllocator;
import org.dmalab.engine.memory.BuddyRules;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.CmaReservations;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MovableOwner;
import org.dmalab.engine.memory.PageAllocator;
import org.dmalab.engine.memory.PageCopy;
import org.dmalab.engine.memory.PageFrames;
import org.dmalab.engine.memory.ReservedMemory;
import org.dmalab.engine.memory.Watermarks;
import org.dmalab.engine.trace.TraceSink;

/** The kernel's page frames after boot: zones, what is reserved, the CMA areas, the users of movable pages. */
final class KernelMemory {
    /** The name of the area that the DMA layer makes for devices without one of their own. */
    private static final String DEFAULT_AREA = "reserved";

    private static final PhysAddr ANYWHERE = new PhysAddr(0);

    private final PageAllocator pages;
    private final PageFrames frames;
    private final List<CmaArea> areas;
    /** What {@link #allocPage} gave and nobody gave back. */
    private final Set<PhysAddr> driverPages = new HashSet<>();

    KernelMemory(Board.Memory memory, MemoryLayout layout, Era era, PageCopy copy, TraceSink trace) {
        List<PageAllocator.Zone> zones = layout.zones()
                .zones(
                        new BuddyRules(era, BuddyAllocator.MAX_ORDER, memory.pageblockOrder()),
                        memory.banks(),
                        keptAtBoot(memory),
                        trace);
        pages = new PageAllocator(zones, Watermarks.of(zones));
        frames = new PageFrames(pages, copy, trace);
        areas = areas(memory, layout, new CmaReservations(frames, era, trace));
    }

    /** What is taken before the page allocator gets the rest; CMA areas reserve their own. */
    private static List<ReservedMemory> keptAtBoot(Board.Memory memory) {
        List<ReservedMemory> all = new ArrayList<>();
        for (ReservedMemory reserved : memory.reserved()) {
            all.add(reserved.beside(all, memory.banks()).orElseThrow(DmaFailure::new));
        }
        return all.stream()
                .filter(reserved -> reserved.kind() != ReservedMemory.Kind.REUSABLE)
                .toList();
    }

    private static List<CmaArea> areas(Board.Memory memory, MemoryLayout layout, CmaReservations reservations) {
        if (memory.cmaBytes() > 0) {
            PhysAddr limit = new PhysAddr(layout.lowmem().last() + 1);
            activate(reservations, DEFAULT_AREA, memory.cmaBytes(), ANYWHERE, limit);
        }
        for (ReservedMemory reserved : memory.reserved()) {
            if (reserved.kind() == ReservedMemory.Kind.REUSABLE) {
                activate(
                        reservations,
                        reserved.name(),
                        reserved.range().bytes(),
                        reserved.range().start(),
                        ANYWHERE);
            }
        }
        return reservations.areas();
    }

    private static void activate(CmaReservations reservations, String name, long bytes, PhysAddr base, PhysAddr limit) {
        CmaArea area = reservations
                .reserve(name, bytes, base, limit)
                .then(reservations::activate)
                .orElseThrow(DmaFailure::new);
        assert area.name().equals(name);
    }

    /** {@link Soc#allocPage}. */
    PhysAddr allocPage() {
        PhysAddr page = pages.alloc(0, Gfp.KERNEL).orElseThrow(DmaFailure::new);
        driverPages.add(page);
        return page;
    }

    /** {@link Soc#free}. */
    void free(PhysAddr page) {
        if (!PageSize.SMALL_4K.isAligned(page.value())) {
            throw new IllegalArgumentException("page must be page-aligned: " + page);
        }
        Optional<String> user =
                frames.covers(page.pfn()) ? frames.owner(page.pfn()).map(MovableOwner::name) : Optional.empty();
        for (CmaArea area : areas) {
            if (area.isAllocated(page)) {
                user = Optional.of("an allocation of [" + area + "]");
            }
        }
        user.ifPresent(owner -> {
            throw new IllegalArgumentException("page at " + page + " belongs to " + owner + ", who gives it back");
        });
        if (!driverPages.contains(page)) {
            throw new IllegalArgumentException("page must be one that allocPage() gave and that is still allocated: "
                    + page + "; tables, buffers and the kernel's own pages are given back by whoever has them");
        }
        pages.free(page, 0);
        driverPages.remove(page);
    }

    /** The page allocator. */
    PageAllocator pages() {
        return pages;
    }

    /** Who uses the movable pages. */
    PageFrames frames() {
        return frames;
    }

    /** All CMA areas; the first is the default one. */
    List<CmaArea> areas() {
        return areas;
    }

    /** The area that devices without one of their own allocate from. */
    Optional<CmaArea> defaultArea() {
        return areas.stream().findFirst();
    }

    /** Where {@code area} is. */
    static AddrRange<PhysAddr> range(CmaArea area) {
        return new AddrRange<>(area.base(), area.pages() << PageSize.PAGE_SHIFT);
    }
}
