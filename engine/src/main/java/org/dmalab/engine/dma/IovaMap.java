package org.dmalab.engine.dma;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;

/**
 * The DMA addresses of one device or of a whole log at one moment: what is mapped, by whom, and the holes between.
 *
 * @param title what is shown, {@code fimc0} or the log's name
 * @param window the addresses the allocator may give out
 * @param entries what is mapped or reserved, sorted by start; entries of different domains may overlap
 * @param moment when, in the simulated or recorded machine's words, {@code 41.3 µs}
 * @param source the model, board and era, or the log: printed under every picture
 * @param mark a faulting address to point at
 */
public record IovaMap(
        String title, AddrRange<DmaAddr> window, List<Entry> entries, String moment, String source, OptionalLong mark) {

    /** What an entry stands for. */
    public enum Kind {
        /** A live mapping or allocation. */
        MAPPED,
        /** Never handed out: an MSI window, a PCI bridge's own addresses, a fixed mapping. */
        RESERVED
    }

    /**
     * One range in use.
     *
     * @param range where
     * @param owner the device
     * @param label what a person would call it: {@code alloc}, {@code map TO_DEVICE}
     * @param attributes as the trace events print them, may be empty
     * @param ageNanos how long it has been mapped at the moment of the map
     * @param direction of a streaming mapping, where it is known
     */
    public record Entry(
            Kind kind,
            AddrRange<DmaAddr> range,
            String owner,
            String label,
            String attributes,
            long ageNanos,
            Optional<DmaDirection> direction) {
        /** An entry without a direction. */
        public Entry(
                Kind kind, AddrRange<DmaAddr> range, String owner, String label, String attributes, long ageNanos) {
            this(kind, range, owner, label, attributes, ageNanos, Optional.empty());
        }
    }

    public IovaMap {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparing((Entry entry) -> entry.range().start()));
        entries = Collections.unmodifiableList(sorted);
    }

    /** The same map pointing at {@code address}. */
    public IovaMap mark(DmaAddr address) {
        return new IovaMap(title, window, entries, moment, source, OptionalLong.of(address.value()));
    }

    /** The gaps of the window that no entry covers, ascending. */
    public List<AddrRange<DmaAddr>> holes() {
        List<AddrRange<DmaAddr>> holes = new ArrayList<>();
        long next = window.start().value();
        long end = window.last();
        boolean full = false;
        for (Entry entry : entries) {
            long start = entry.range().start().value();
            if (full || Long.compareUnsigned(start, end) > 0) {
                break;
            }
            if (Long.compareUnsigned(start, next) > 0) {
                holes.add(new AddrRange<>(new DmaAddr(next), start - next));
            }
            long last = entry.range().last();
            if (Long.compareUnsigned(last, end) >= 0) {
                full = true;
            } else if (Long.compareUnsigned(last, next) >= 0) {
                next = last + 1;
            }
        }
        if (!full) {
            holes.add(new AddrRange<>(new DmaAddr(next), end - next + 1));
        }
        return holes;
    }

    /** Bytes of the window that no entry covers. */
    public long freeBytes() {
        return holes().stream().mapToLong(AddrRange::bytes).sum();
    }

    /** Bytes of the window that some entry covers. */
    public long usedBytes() {
        return window.bytes() - freeBytes();
    }

    /** The longest run of free addresses, 0 if there is none. */
    public long largestHole() {
        return holes().stream().mapToLong(AddrRange::bytes).max().orElse(0);
    }

    /** {@code 1 - largest hole / free}: 0 when all free space is one run, near 1 when it is crumbs; 0 if nothing is free. */
    public double externalFragmentation() {
        long free = freeBytes();
        return free == 0 ? 0 : 1 - (double) largestHole() / free;
    }

    /** {@code fimc0 at 41.3 µs: 3 mapped, 8 MiB of 128 MiB, largest hole 120 MiB}. */
    @Override
    public String toString() {
        return title + " at " + moment + ": " + entries.size() + " mapped, " + Bytes.text(usedBytes()) + " of "
                + Bytes.text(window.bytes()) + ", largest hole " + Bytes.text(largestHole())
                + (mark.isPresent() ? ", mark " + Addresses.hex(mark.getAsLong()) : "");
    }
}
