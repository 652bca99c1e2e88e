package org.dmalab.engine.memory;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/** The zones of a board and the order in which a request falls back among them ({@code alloc_pages}). */
public final class PageAllocator {
    private final List<Zone> zones;

    /**
     * One zone.
     *
     * @param kind which
     * @param buddy its free lists
     */
    public record Zone(ZoneKind kind, BuddyAllocator buddy) {}

    /**
     * No zone that the request may use has a block that large.
     *
     * @param order what was asked for
     * @param highest the highest zone the request may use
     * @param freeBytes what is free in the zones it may use
     * @param largestBytes the largest free block there
     */
    public record PageAllocationFailure(int order, ZoneKind highest, long freeBytes, long largestBytes)
            implements Reason {
        @Override
        public Errno errno() {
            return Errno.ENOMEM;
        }

        @Override
        public String message() {
            return "page allocation failure: order:" + order;
        }

        @Override
        public String explain() {
            String asked = String.format(
                    Locale.ROOT,
                    "asked for one block of order %d (%s) from zone %s or below; %s are free there, the largest block has %s",
                    order,
                    Bytes.text(PageSize.PAGE_BYTES << order),
                    highest.text(),
                    Bytes.text(freeBytes),
                    Bytes.text(largestBytes));
            return freeBytes < PageSize.PAGE_BYTES << order
                    ? asked + ": memory is short, free some or take a board with more RAM"
                    : asked + ": memory is fragmented, take smaller blocks behind an IOMMU or reserve memory at boot";
        }
    }

    /** An allocator over {@code zones}, from low to high. */
    public PageAllocator(List<Zone> zones) {
        this.zones = List.copyOf(zones);
    }

    /** The zones, from low to high. */
    public List<Zone> zones() {
        return zones;
    }

    /**
     * Takes a block of {@code 2^order} pages from {@code highest} or, if it has none, from the zones below.
     *
     * @return the block's first byte, or ENOMEM; an order above {@link BuddyAllocator#MAX_ORDER} always fails
     */
    public Outcome<PhysAddr> alloc(int order, ZoneKind highest, MigrateType type) {
        if (order < 0) {
            throw new IllegalArgumentException("order must not be negative: " + order);
        }
        if (order <= BuddyAllocator.MAX_ORDER) {
            for (int i = zones.size() - 1; i >= 0; i--) {
                Zone zone = zones.get(i);
                if (zone.kind().compareTo(highest) <= 0) {
                    OptionalLong pfn = zone.buddy().alloc(order, type);
                    if (pfn.isPresent()) {
                        return Outcome.done(PhysAddr.ofPfn(pfn.getAsLong()));
                    }
                }
            }
        }
        return Outcome.failed(failure(order, highest));
    }

    /** Gives back {@code 2^order} pages from {@code block}, which may be a part of what {@link #alloc} returned. */
    public void free(PhysAddr block, int order) {
        zoneOf(block).buddy().free(block.pfn(), order);
    }

    /** The zone that manages the page of {@code address}. */
    public Zone zoneOf(PhysAddr address) {
        for (Zone zone : zones) {
            long page = address.pfn() - zone.buddy().startPfn();
            if (page >= 0 && page < zone.buddy().pages()) {
                return zone;
            }
        }
        throw new IllegalArgumentException("no zone has the page at " + address);
    }

    /** Free bytes of all zones. */
    public long freeBytes() {
        return zones.stream().mapToLong(zone -> zone.buddy().freePages()).sum() << PageSize.PAGE_SHIFT;
    }

    /** The free blocks by zone and order. */
    public FragmentationSnapshot snapshot(String moment, String source) {
        return new FragmentationSnapshot(
                zones.stream()
                        .map(zone -> zone.buddy().orders(zone.kind().text()))
                        .toList(),
                moment,
                source);
    }

    private PageAllocationFailure failure(int order, ZoneKind highest) {
        long free = 0;
        long largest = 0;
        for (Zone zone : zones) {
            if (zone.kind().compareTo(highest) <= 0) {
                free += zone.buddy().freePages() << PageSize.PAGE_SHIFT;
                for (int o = 0; o <= BuddyAllocator.MAX_ORDER; o++) {
                    if (zone.buddy().freeBlocks(o) > 0) {
                        largest = Math.max(largest, PageSize.PAGE_BYTES << o);
                    }
                }
            }
        }
        return new PageAllocationFailure(order, highest, free, largest);
    }
}
