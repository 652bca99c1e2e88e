package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * The zones of a board, how far each may be emptied, and the order in which a request falls back among them
 * ({@code __alloc_pages_nodemask}). Without watermarks memory is given to the last page.
 */
public final class PageAllocator {
    private static final long NONE = -1;

    private final List<Zone> zones;
    private final List<Watermarks> watermarks;
    private final WatermarkChecks checks;

    /**
     * One zone.
     *
     * @param kind which
     * @param buddy its free lists
     */
    public record Zone(ZoneKind kind, BuddyAllocator buddy) {}

    /** An allocator without watermarks over {@code zones}, from low to high. */
    public PageAllocator(List<Zone> zones) {
        this(zones, List.of());
    }

    /**
     * An allocator over {@code zones}, from low to high.
     *
     * @param watermarks one per zone, as {@link Watermarks#of(List)} computes them, or none
     */
    public PageAllocator(List<Zone> zones, List<Watermarks> watermarks) {
        for (int i = 1; i < zones.size(); i++) {
            if (zones.get(i).kind().compareTo(zones.get(i - 1).kind()) <= 0) {
                throw new IllegalArgumentException("zones must ascend: "
                        + zones.get(i - 1).kind() + ", " + zones.get(i).kind());
            }
        }
        boolean ofAll = watermarks.size() == zones.size()
                && watermarks.stream()
                        .allMatch(zone -> zone.lowmemReservePages().size() == zones.size());
        if (!watermarks.isEmpty() && !ofAll) {
            throw new IllegalArgumentException(
                    "watermarks must be given for all " + zones.size() + " zones or for none: " + watermarks);
        }
        this.zones = List.copyOf(zones);
        this.watermarks = List.copyOf(watermarks);
        checks = new WatermarkChecks(this.zones, this.watermarks);
    }

    /** The zones, from low to high. */
    public List<Zone> zones() {
        return zones;
    }

    /** The watermarks of the zones, empty if there are none. */
    public List<Watermarks> watermarks() {
        return watermarks;
    }

    /**
     * Takes a block of {@code 2^order} pages from the highest zone that {@code gfp} allows or, if it has none to give, from
     * the zones below: first where the low watermark is kept, then where the minimum is. A request for DMA or DMA32 on a
     * machine without that zone may use Normal. Nothing is reclaimed or compacted for it, and nothing cleared.
     *
     * @return the block's first byte, or ENOMEM as a {@link PageAllocationFailure}; an order that no zone has always fails
     */
    public Outcome<PhysAddr> alloc(int order, Gfp gfp) {
        if (order < 0) {
            throw new IllegalArgumentException("order must not be negative: " + order);
        }
        int highest = highestZone(Objects.requireNonNull(gfp, "gfp"));
        long pfn = NONE;
        if (!checks.apply(gfp)) {
            pfn = take(order, gfp, highest);
        } else {
            pfn = takeAboveLow(order, gfp, highest);
            if (pfn == NONE) {
                pfn = takeAboveMin(order, gfp, highest);
            }
        }
        return pfn == NONE ? Outcome.failed(failure(order, gfp, highest)) : Outcome.done(PhysAddr.ofPfn(pfn));
    }

    /** {@code gfp_zone} as this machine is configured: a zone it lacks is Normal or what lies below. */
    private int highestZone(Gfp gfp) {
        ZoneKind wanted = gfp.highestZone();
        if (wanted.compareTo(ZoneKind.NORMAL) < 0 && !hasZone(wanted)) {
            wanted = ZoneKind.NORMAL;
        }
        int highest = zones.size() - 1;
        while (highest >= 0 && zones.get(highest).kind().compareTo(wanted) > 0) {
            highest--;
        }
        return highest;
    }

    private boolean hasZone(ZoneKind kind) {
        for (int i = 0; i < zones.size(); i++) {
            if (zones.get(i).kind() == kind) {
                return true;
            }
        }
        return false;
    }

    private long take(int order, Gfp gfp, int highest) {
        long pfn = NONE;
        for (int i = highest; i >= 0 && pfn == NONE; i--) {
            pfn = take(order, gfp, zones.get(i).buddy());
        }
        return pfn;
    }

    private static long take(int order, Gfp gfp, BuddyAllocator buddy) {
        return order > buddy.rules().maxOrder() ? NONE : buddy.allocPfn(order, gfp.migrateType());
    }

    private long takeAboveLow(int order, Gfp gfp, int highest) {
        long pfn = NONE;
        for (int i = highest; i >= 0 && pfn == NONE; i--) {
            if (checks.passesLow(i, order, gfp, highest)) {
                pfn = take(order, gfp, zones.get(i).buddy());
            }
        }
        return pfn;
    }

    private long takeAboveMin(int order, Gfp gfp, int highest) {
        long pfn = NONE;
        for (int i = highest; i >= 0 && pfn == NONE; i--) {
            if (checks.passesMin(i, order, gfp, highest)) {
                pfn = take(order, gfp, zones.get(i).buddy());
            }
        }
        return pfn;
    }

    private PageAllocationFailure failure(int order, Gfp gfp, int highest) {
        List<ZoneRefusal> refusals = new ArrayList<>();
        for (int i = highest; i >= 0; i--) {
            if (order <= zones.get(i).buddy().rules().maxOrder()) {
                refusals.add(checks.refusal(i, order, gfp, highest));
            }
        }
        return new PageAllocationFailure(order, gfp, refusals);
    }

    /** Gives back {@code 2^order} pages from {@code block}, which may be a part of what {@link #alloc} returned. */
    public void free(PhysAddr block, int order) {
        zoneOf(Objects.requireNonNull(block, "block")).buddy().free(block.pfn(), order);
    }

    /** The zone that manages the page of {@code address}. */
    public Zone zoneOf(PhysAddr address) {
        Objects.requireNonNull(address, "address");
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
                Objects.requireNonNull(moment, "moment"),
                Objects.requireNonNull(source, "source"));
    }

    /** The free blocks by zone, migrate type and order, and the pageblocks by type. */
    public PageTypeInfo pageTypes(String moment, String source) {
        int pageblockOrder = zones.isEmpty()
                ? BuddyAllocator.PAGEBLOCK_ORDER
                : zones.get(0).buddy().rules().pageblockOrder();
        return new PageTypeInfo(
                pageblockOrder,
                zones.stream()
                        .map(zone -> zone.buddy().types(zone.kind().text()))
                        .toList(),
                Objects.requireNonNull(moment, "moment"),
                Objects.requireNonNull(source, "source"));
    }

    /**
     * Sets the machine into the state of {@code snapshot}: each of its zones has exactly those free blocks, at places that
     * depend on the counts, on the lists of their pageblocks' types and on what is in use; somebody unknown has all other
     * managed pages. What is in use stays so, but for what an earlier restore gave to somebody unknown. Zones it does not
     * name stay as they are.
     *
     * @throws IllegalArgumentException if there is no zone, one does not exist, or it cannot hold the blocks beside what is in use; nothing
     *     has changed then
     */
    public void restore(FragmentationSnapshot snapshot) {
        restore(Objects.requireNonNull(snapshot, "snapshot"), FrameUse.NONE);
    }

    void restore(FragmentationSnapshot snapshot, FrameUse use) {
        requireZones(snapshot.zones(), snapshot.source(), "Node 0, zone   Normal      4      1      0 ...");
        List<Runnable> changes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (FragmentationSnapshot.ZoneOrders from : snapshot.zones()) {
            BuddyAllocator buddy = zoneNamed(from.zone(), names);
            FreeLayout layout = buddy.layout(from.zone(), use);
            layout.placeAll(from.freeBlocks());
            changes.add(() -> buddy.adopt(layout));
        }
        changes.forEach(Runnable::run);
    }

    /**
     * Sets the machine into the state of {@code types}: as {@link #restore(FragmentationSnapshot)}, with the blocks on the
     * lists of the types given, in pageblocks of that type as far as there are enough, and with so many pageblocks of each
     * type. Those of contiguous memory areas are CMA.
     *
     * @throws IllegalArgumentException if there is no zone, one does not exist, has another number of pageblocks, has larger CMA areas, or
     *     cannot hold the blocks beside what is in use; nothing has changed then
     */
    public void restore(PageTypeInfo types) {
        restore(Objects.requireNonNull(types, "types"), FrameUse.NONE);
    }

    void restore(PageTypeInfo types, FrameUse use) {
        requireZones(
                types.zones(), types.source(), "Node    0, zone   Normal, type      Movable      4      1      0 ...");
        List<Runnable> changes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (PageTypeInfo.ZoneTypes from : types.zones()) {
            BuddyAllocator buddy = zoneNamed(from.zone(), names);
            if (buddy.rules().pageblockOrder() != types.pageblockOrder()) {
                throw new IllegalArgumentException("pageblock order must be that of zone " + from.zone() + ", "
                        + buddy.rules().pageblockOrder() + ": " + types.pageblockOrder());
            }
            FreeLayout layout = buddy.layout(from.zone(), use);
            layout.setPageblocks(from);
            layout.placeAll(from);
            changes.add(() -> buddy.adopt(layout));
        }
        changes.forEach(Runnable::run);
    }

    private static void requireZones(List<?> zones, String source, String line) {
        if (zones.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore, " + source + " tells of no zone [expected lines=" + line + "]");
        }
    }

    private BuddyAllocator zoneNamed(String name, Set<String> names) {
        if (!names.add(name)) {
            throw new IllegalArgumentException(
                    "zone " + name + " is given twice, of two nodes or moments: the machine has one");
        }
        for (Zone zone : zones) {
            if (zone.kind().text().equals(name)) {
                return zone.buddy();
            }
        }
        throw new IllegalArgumentException("no zone is named " + name + ": "
                + zones.stream().map(zone -> zone.kind().text()).toList()
                + "; a machine whose zones are these can be restored; dmaZone(bytes) gives a board zone DMA, Soc.arm64(bytes)"
                + " has DMA32, and Soc.like(types) makes a machine that fits a pagetypeinfo");
    }

    /** {@code 1 GiB free: DMA 744 MiB of 760 MiB, HighMem 264 MiB of 264 MiB}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(Bytes.text(freeBytes()) + " free");
        String separator = ": ";
        for (Zone zone : zones) {
            text.append(separator)
                    .append(zone.kind().text())
                    .append(' ')
                    .append(Bytes.text(zone.buddy().freePages() << PageSize.PAGE_SHIFT))
                    .append(" of ")
                    .append(Bytes.text(zone.buddy().managedPages() << PageSize.PAGE_SHIFT));
            separator = ", ";
        }
        return text.toString();
    }
}
