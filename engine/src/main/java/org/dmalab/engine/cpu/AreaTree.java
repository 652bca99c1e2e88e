package org.dmalab.engine.cpu;

import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.VirtAddr;
import org.jspecify.annotations.Nullable;

/** The areas of one window of virtual addresses, by start. They do not overlap. */
final class AreaTree {
    private final AddrRange<VirtAddr> window;
    private final long guardBytes;
    private final TreeMap<VirtAddr, Area> areas = new TreeMap<>();

    /** An empty window in which each area is followed by {@code guardBytes} that stay free. */
    AreaTree(AddrRange<VirtAddr> window, long guardBytes) {
        this.window = window;
        this.guardBytes = guardBytes;
    }

    AddrRange<VirtAddr> window() {
        return window;
    }

    Collection<Area> areas() {
        return areas.values();
    }

    void add(Area area) {
        areas.put(area.range().start(), area);
    }

    @Nullable
    Area remove(VirtAddr start) {
        return areas.remove(start);
    }

    /** The area that holds {@code address}, or null. */
    @Nullable
    Area find(VirtAddr address) {
        Map.Entry<VirtAddr, Area> entry = areas.floorEntry(address);
        return entry != null && entry.getValue().range().contains(address) ? entry.getValue() : null;
    }

    /** The lowest start at which {@code bytes} and their guard fit. */
    OptionalLong firstFit(long bytes) {
        long next = window.start().value();
        for (Area area : areas.values()) {
            if (area.range().start().value() - next >= bytes + guardBytes) {
                return OptionalLong.of(next);
            }
            next = area.range().last() + 1 + guardBytes;
        }
        return window.last() + 1 - next >= bytes + guardBytes ? OptionalLong.of(next) : OptionalLong.empty();
    }

    /** The highest start at which {@code bytes} fit. */
    OptionalLong lastFit(long bytes) {
        long end = window.last() + 1;
        for (Area area : areas.descendingMap().values()) {
            if (end - (area.range().last() + 1 + guardBytes) >= bytes) {
                return OptionalLong.of(end - bytes);
            }
            end = area.range().start().value();
        }
        return end - window.start().value() >= bytes ? OptionalLong.of(end - bytes) : OptionalLong.empty();
    }

    /** Bytes taken by areas and their guards. */
    long usedBytes() {
        return areas.values().stream()
                .mapToLong(area -> area.range().bytes() + guardBytes)
                .sum();
    }

    /** The longest run that no area or guard takes. */
    long largestHole() {
        long largest = 0;
        long next = window.start().value();
        for (Area area : areas.values()) {
            largest = Math.max(largest, area.range().start().value() - next);
            next = area.range().last() + 1 + guardBytes;
        }
        return Math.max(largest, window.last() + 1 - next);
    }
}
