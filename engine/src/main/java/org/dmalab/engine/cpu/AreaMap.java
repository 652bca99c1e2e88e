package org.dmalab.engine.cpu;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.VirtAddr;
import org.jspecify.annotations.Nullable;

/** What was placed in one window of virtual addresses, by start, and the holes between. Nothing overlaps. */
final class AreaMap<A extends Placed> {
    private final AddrRange<VirtAddr> window;
    private final TreeMap<VirtAddr, A> areas = new TreeMap<>();
    private final AddressHoles holes;

    /** An empty window. */
    AreaMap(AddrRange<VirtAddr> window) {
        this.window = window;
        this.holes = new AddressHoles(window.start().value(), window.bytes());
    }

    AddrRange<VirtAddr> window() {
        return window;
    }

    /** What is placed, ascending. */
    Collection<A> areas() {
        return areas.values();
    }

    /** Places {@code area} where nothing is. */
    void add(A area) {
        holes.take(area.taken().start().value(), area.taken().bytes());
        areas.put(area.taken().start(), area);
    }

    /** Takes out what starts at {@code start}, or null. */
    @Nullable
    A remove(VirtAddr start) {
        A area = areas.remove(start);
        if (area != null) {
            holes.free(area.taken().start().value(), area.taken().bytes());
        }
        return area;
    }

    /** What holds {@code address}, or null. */
    @Nullable
    A find(VirtAddr address) {
        Map.Entry<VirtAddr, A> entry = areas.floorEntry(address);
        return entry != null && entry.getValue().taken().contains(address) ? entry.getValue() : null;
    }

    /** What starts at {@code start}, or null. */
    @Nullable
    A at(VirtAddr start) {
        return areas.get(start);
    }

    /** What shares an address with {@code range}, ascending. */
    List<A> overlapping(AddrRange<VirtAddr> range) {
        List<A> found = new ArrayList<>();
        VirtAddr first = areas.floorKey(range.start());
        for (A area : areas.tailMap(first == null ? range.start() : first, true).values()) {
            if (Long.compareUnsigned(area.taken().start().value(), range.last()) > 0) {
                break;
            }
            if (area.taken().overlaps(range)) {
                found.add(area);
            }
        }
        return found;
    }

    boolean isFree(AddrRange<VirtAddr> range) {
        return holes.isFree(range.start().value(), range.bytes());
    }

    /** The lowest aligned start at which {@code bytes} fit. */
    OptionalLong firstFit(long bytes, long alignBytes) {
        return holes.firstFit(bytes, alignBytes);
    }

    /** The highest aligned start at which {@code bytes} fit. */
    OptionalLong lastFit(long bytes, long alignBytes) {
        return holes.lastFit(bytes, alignBytes);
    }

    long freeBytes() {
        return holes.freeBytes();
    }

    long usedBytes() {
        return window.bytes() - holes.freeBytes();
    }

    long largestHole() {
        return holes.longest();
    }

    /** The free runs, ascending. */
    List<AddrRange<VirtAddr>> holes() {
        List<AddrRange<VirtAddr>> list = new ArrayList<>(Math.toIntExact(holes.count()));
        holes.forEach((start, bytes) -> list.add(new AddrRange<>(new VirtAddr(start), bytes)));
        return list;
    }

    /** Areas and holes cover the window without a gap or an overlap, and no two holes touch. */
    void checkInvariants() {
        List<AddrRange<VirtAddr>> free = holes();
        int hole = 0;
        long next = window.start().value();
        for (A area : areas.values()) {
            if (hole < free.size() && free.get(hole).start().value() == next) {
                next += free.get(hole++).bytes();
            }
            if (area.taken().start().value() != next) {
                throw new AssertionError(
                        "expected an area or a hole at " + Addresses.hex(next) + ", found " + area.taken());
            }
            next += area.taken().bytes();
        }
        if (hole < free.size() && free.get(hole).start().value() == next) {
            next += free.get(hole++).bytes();
        }
        if (hole != free.size() || next != window.last() + 1) {
            throw new AssertionError("areas and holes end at " + Addresses.hex(next) + ", the window " + window);
        }
        long longest = free.stream().mapToLong(AddrRange::bytes).max().orElse(0);
        long sum = free.stream().mapToLong(AddrRange::bytes).sum();
        if (longest != holes.longest() || sum != holes.freeBytes()) {
            throw new AssertionError("holes have " + sum + " bytes, the longest " + longest + "; kept were "
                    + holes.freeBytes() + " and " + holes.longest());
        }
    }
}
