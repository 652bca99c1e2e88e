package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.trace.TraceSink;

/**
 * The contiguous memory areas of a machine: reserved before the first allocation ({@code dma_contiguous_reserve}), activated
 * afterwards ({@code cma_init_reserved_areas}).
 */
public final class CmaReservations {
    /** {@code 1 + CONFIG_CMA_AREAS} by default. */
    public static final int MOST_AREAS = 8;
    /** What base, size and limit are aligned to: a pageblock of 4 MiB. */
    public static final long ALIGNMENT_BYTES = PageSize.PAGE_BYTES << BuddyAllocator.PAGEBLOCK_ORDER;

    private final PageFrames frames;
    private final Era era;
    private final TraceSink trace;
    private final List<CmaReservation> reservations = new ArrayList<>();
    private final List<CmaArea> areas = new ArrayList<>();

    /**
     * No memory for an area, or no area of the memory.
     *
     * @param message what the kernel prints
     * @param explain the rest
     */
    public record Refused(Errno errno, String message, String explain) implements Reason {}

    /**
     * None yet.
     *
     * @param era 3.6 or later: CMA came with Linux 3.5
     */
    public CmaReservations(PageFrames frames, Era era, TraceSink trace) {
        if (!era.atLeast(Era.V3_6)) {
            throw new IllegalArgumentException("era must be Linux 3.6 or later: " + era);
        }
        this.frames = frames;
        this.era = era;
        this.trace = trace;
    }

    /** What was reserved, in order. */
    public List<CmaReservation> reservations() {
        return List.copyOf(reservations);
    }

    /** The active areas, in order. */
    public List<CmaArea> areas() {
        return List.copyOf(areas);
    }

    /** {@link #reserve(String, long, PhysAddr, PhysAddr, int)} with a bit per page. */
    public Outcome<CmaReservation> reserve(String name, long bytes, PhysAddr base, PhysAddr limit) {
        return reserve(name, bytes, base, limit, 0);
    }

    /**
     * {@code dma_contiguous_reserve_area}, {@code cma_declare_contiguous}: keeps memory from the allocator.
     *
     * @param bytes rounded up to 4 MiB
     * @param base where, rounded up to 4 MiB; 0 for the highest place that is free, in 6.x above the linear map first
     * @param limit the end it must not reach beyond, rounded down to 4 MiB; 0 for none
     * @return ENOSPC with {@link #MOST_AREAS} areas, EINVAL for no bytes or, in 6.x, a fixed place in two zones, EBUSY if a
     *     fixed place is taken, ENOMEM if there is no place
     */
    public Outcome<CmaReservation> reserve(String name, long bytes, PhysAddr base, PhysAddr limit, int orderPerBit) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        if (orderPerBit < 0 || orderPerBit > BuddyAllocator.PAGEBLOCK_ORDER) {
            throw new IllegalArgumentException(
                    "order per bit must be 0.." + BuddyAllocator.PAGEBLOCK_ORDER + ": " + orderPerBit);
        }
        if (reservations.size() == MOST_AREAS) {
            return refused(Errno.ENOSPC, bytes, "all " + MOST_AREAS + " areas are taken, raise CONFIG_CMA_AREAS");
        }
        if (bytes == 0) {
            return refused(Errno.EINVAL, bytes, "an area must have a size");
        }
        long pages = alignUp(bytes) >>> PageSize.PAGE_SHIFT;
        long fixed = alignUp(base.value()) >>> PageSize.PAGE_SHIFT;
        long end = Math.min(frames.endPfn(), limit.value() == 0 ? Long.MAX_VALUE : limitPfn(limit));
        if (fixed == 0) {
            long pfn = highestPlace(pages, end);
            return pfn < 0
                    ? refused(
                            Errno.ENOMEM,
                            bytes,
                            "no " + Bytes.text(bytes) + " in a row are free below " + PhysAddr.ofPfn(end)
                                    + ", take a smaller area or a higher limit")
                    : keep(name, pfn, pages, orderPerBit);
        }
        if (era.atLeast(Era.V6_1) && (fixed + pages > end || crossesZones(fixed, pages))) {
            return refused(
                    Errno.EINVAL,
                    bytes,
                    "a fixed area must lie below the limit and in one zone, " + place(fixed, pages));
        }
        for (long pfn = fixed; pfn < fixed + pages; pfn += BuddyAllocator.PAGEBLOCK_PAGES) {
            if (!isFreeBlock(pfn)) {
                return refused(
                        Errno.EBUSY,
                        bytes,
                        place(fixed, pages) + ", the 4 MiB at " + PhysAddr.ofPfn(pfn) + " are reserved or no RAM");
            }
        }
        return keep(name, fixed, pages, orderPerBit);
    }

    private Outcome<CmaReservation> keep(String name, long firstPfn, long pages, int orderPerBit) {
        for (long pfn = firstPfn; pfn < firstPfn + pages; pfn += BuddyAllocator.PAGEBLOCK_PAGES) {
            buddy(pfn).reserve(pfn, BuddyAllocator.PAGEBLOCK_PAGES);
        }
        CmaReservation reservation = new CmaReservation(
                name,
                reservations.size(),
                new AddrRange<>(PhysAddr.ofPfn(firstPfn), pages << PageSize.PAGE_SHIFT),
                orderPerBit);
        reservations.add(reservation);
        return Outcome.done(reservation);
    }

    /**
     * {@code cma_activate_area}: gives the memory to the allocator as pageblocks of type CMA, for movable users to borrow.
     *
     * @return EINVAL if the memory lies in two zones; it stays reserved until 3.14 and is handed back in 6.x
     */
    public Outcome<CmaArea> activate(CmaReservation reservation) {
        if (!reservations.contains(reservation)
                || areas.stream().anyMatch(area -> area.number() == reservation.area())) {
            throw new IllegalArgumentException("reservation must be one of these and not active yet: " + reservation);
        }
        long firstPfn = reservation.range().start().pfn();
        long pages = reservation.range().bytes() >>> PageSize.PAGE_SHIFT;
        boolean crosses = crossesZones(firstPfn, pages);
        if (!crosses || era.atLeast(Era.V6_1)) {
            for (long pfn = firstPfn; pfn < firstPfn + pages; pfn += BuddyAllocator.PAGEBLOCK_PAGES) {
                BuddyAllocator buddy = buddy(pfn);
                if (!crosses) {
                    buddy.setPageblockOfArea(pfn);
                }
                buddy.release(pfn, BuddyAllocator.PAGEBLOCK_ORDER);
            }
        }
        if (crosses) {
            String message = era.atLeast(Era.V6_1)
                    ? "cma: CMA area " + reservation.name() + " could not be activated"
                    : "CMA: failed to activate area " + reservation.name();
            return Outcome.failed(new Refused(
                    Errno.EINVAL, message, place(firstPfn, pages) + " lies in two zones: move it into one"));
        }
        CmaArea area = new CmaArea(reservation, buddy(firstPfn), frames, era, trace);
        areas.add(area);
        return Outcome.done(area);
    }

    /** {@code memblock} from the top down; in 6.x a place above the linear map comes first, and none is in both. */
    private long highestPlace(long pages, long end) {
        long top = end & -BuddyAllocator.PAGEBLOCK_PAGES;
        long free = 0;
        for (long pfn = top - BuddyAllocator.PAGEBLOCK_PAGES;
                pfn >= frames.startPfn() && pfn >= 0;
                pfn -= BuddyAllocator.PAGEBLOCK_PAGES) {
            boolean continues =
                    free == 0 || !era.atLeast(Era.V6_1) || !isZoneStart(pfn + BuddyAllocator.PAGEBLOCK_PAGES);
            free = !isFreeBlock(pfn) ? 0 : BuddyAllocator.PAGEBLOCK_PAGES + (continues ? free : 0);
            if (free == pages) {
                return pfn;
            }
        }
        return -1;
    }

    private boolean isZoneStart(long pfn) {
        return frames.allocator().zones().stream().anyMatch(zone -> zone.buddy().startPfn() == pfn);
    }

    private boolean crossesZones(long firstPfn, long pages) {
        Optional<BuddyAllocator> first = zone(firstPfn);
        return first.isPresent()
                && !first.equals(zone(firstPfn + pages - 1))
                && zone(firstPfn + pages - 1).isPresent();
    }

    /** Whether the whole pageblock is RAM of one zone and not reserved. */
    private boolean isFreeBlock(long pfn) {
        return zone(pfn)
                .map(buddy ->
                        buddy.freeBlockStart(pfn) == pfn && buddy.freeBlockPages(pfn) == BuddyAllocator.PAGEBLOCK_PAGES)
                .orElse(false);
    }

    private BuddyAllocator buddy(long pfn) {
        return frames.allocator().zoneOf(PhysAddr.ofPfn(pfn)).buddy();
    }

    private Optional<BuddyAllocator> zone(long pfn) {
        return frames.allocator().zones().stream()
                .map(PageAllocator.Zone::buddy)
                .filter(buddy -> pfn >= buddy.startPfn() && pfn < buddy.startPfn() + buddy.pages())
                .findFirst();
    }

    private Outcome<CmaReservation> refused(Errno errno, long bytes, String explain) {
        String message = era.atLeast(Era.V6_1) ? "cma: Failed to reserve " : "CMA: failed to reserve ";
        return Outcome.failed(new Refused(errno, message + (alignUp(bytes) >>> 20) + " MiB", explain));
    }

    private static String place(long pfn, long pages) {
        return Bytes.text(pages << PageSize.PAGE_SHIFT) + " at " + PhysAddr.ofPfn(pfn);
    }

    private static long limitPfn(PhysAddr limit) {
        return (limit.value() & -ALIGNMENT_BYTES) >>> PageSize.PAGE_SHIFT;
    }

    private static long alignUp(long bytes) {
        return (bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    /** {@code 1 CMA area of 2 reserved}. */
    @Override
    public String toString() {
        return areas.size() + " active CMA areas of " + reservations.size() + " reserved";
    }
}
