package org.dmalab.engine.iova;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/**
 * A policy that no kernel has: the shortest free run that is long enough, the lowest of these; pages, no alignment.
 *
 * <p>Nothing is in it but a map of the free runs: it shows how an {@link IovaDomain} is written.
 */
public final class BestFitIovaDomain implements IovaDomain, FixedIova {
    private final AddrRange<DmaAddr> window;
    /** Free runs: distance from the window's start to length, in bytes. */
    private final TreeMap<Long, Long> holes = new TreeMap<>();

    /** @param window made of pages, all free */
    public BestFitIovaDomain(AddrRange<DmaAddr> window) {
        if (!PageSize.SMALL_4K.isAligned(window.start().value()) || !PageSize.SMALL_4K.isAligned(window.bytes())) {
            throw new IllegalArgumentException("window must be made of pages: " + window);
        }
        this.window = window;
        holes.put(0L, window.bytes());
    }

    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        long needed = IovaArguments.granules(this, bytes) * granuleBytes();
        Optional<Map.Entry<Long, Long>> best = holes.entrySet().stream()
                .filter(hole -> hole.getValue() >= needed)
                .min(Map.Entry.comparingByValue());
        if (best.isEmpty()) {
            return Outcome.failed(noSpace(needed));
        }
        long at = best.get().getKey();
        take(best.get(), at, needed);
        return Outcome.done(window.start().plus(at));
    }

    private NoIovaSpace noSpace(long needed) {
        return new NoIovaSpace(
                Era.V6_12,
                needed,
                granuleBytes(),
                window,
                window.bytes(),
                freeBytes(),
                largestHole(),
                Optional.empty());
    }

    /** Takes {@code bytes} from {@code at} on out of a free run. */
    private void take(Map.Entry<Long, Long> hole, long at, long bytes) {
        long from = hole.getKey();
        long end = from + hole.getValue();
        holes.remove(from);
        if (at > from) {
            holes.put(from, at - from);
        }
        if (at + bytes < end) {
            holes.put(at + bytes, end - at - bytes);
        }
    }

    @Override
    public Outcome<DmaAddr> allocAt(DmaAddr iova, long bytes) {
        IovaArguments.allocAt(this, iova, bytes);
        long at = iova.minus(window.start());
        long needed = IovaArguments.granules(this, bytes) * granuleBytes();
        Map.Entry<Long, Long> hole = holes.floorEntry(at);
        if (hole == null || at + needed > hole.getKey() + hole.getValue()) {
            return Outcome.failed(new IovaTaken(iova, bytes, firstTaken(at, needed)));
        }
        take(hole, at, needed);
        return Outcome.done(iova);
    }

    private AddrRange<DmaAddr> firstTaken(long at, long bytes) {
        Map.Entry<Long, Long> hole = holes.floorEntry(at);
        long from = hole == null ? at : Math.max(at, hole.getKey() + hole.getValue());
        Long next = holes.ceilingKey(from);
        long to = next == null ? at + bytes : Math.min(at + bytes, next);
        return new AddrRange<>(window.start().plus(from), to - from);
    }

    /** @throws IllegalArgumentException also if a page of the range is free already */
    @Override
    public void free(DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        if (bytes == 0) {
            return;
        }
        long from = PageSize.SMALL_4K.alignDown(iova.minus(window.start()));
        long to = from + PageSize.pageAlign(bytes);
        Map.Entry<Long, Long> below = holes.floorEntry(from);
        Map.Entry<Long, Long> above = holes.ceilingEntry(from);
        if ((below != null && below.getKey() + below.getValue() > from) || (above != null && above.getKey() < to)) {
            throw new IllegalArgumentException(
                    "free of a range that is free already [iova=" + iova + "] [bytes=" + bytes + "]");
        }
        if (above != null && above.getKey() == to) {
            to += above.getValue();
            holes.remove(above.getKey());
        }
        if (below != null && below.getKey() + below.getValue() == from) {
            from = below.getKey();
        }
        holes.put(from, to - from);
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return window;
    }

    @Override
    public long granuleBytes() {
        return PageSize.PAGE_BYTES;
    }

    @Override
    public long freeBytes() {
        return holes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long largestHole() {
        return holes.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], best fit}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window.bytes()) + " " + window + ", best fit";
    }
}
