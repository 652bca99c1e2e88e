package org.dmalab.engine.iova;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;

/** The free runs of a window of pages: distance from the window's start to length, in bytes; neighbours are merged. */
final class FreeRuns {
    private final AddrRange<DmaAddr> window;
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    /** @param window made of pages, all free */
    FreeRuns(AddrRange<DmaAddr> window) {
        if (!PageSize.SMALL_4K.isAligned(window.start().value()) || !PageSize.SMALL_4K.isAligned(window.bytes())) {
            throw new IllegalArgumentException("window must be made of pages: " + window);
        }
        this.window = window;
        runs.put(0L, window.bytes());
    }

    AddrRange<DmaAddr> window() {
        return window;
    }

    /** The runs themselves, ascending; not to be changed. */
    NavigableMap<Long, Long> runs() {
        return Collections.unmodifiableNavigableMap(runs);
    }

    /** The runs as addresses, ascending. */
    List<AddrRange<DmaAddr>> holes() {
        List<AddrRange<DmaAddr>> holes = new ArrayList<>(runs.size());
        runs.forEach((at, bytes) -> holes.add(new AddrRange<>(window.start().plus(at), bytes)));
        return holes;
    }

    long bytes() {
        return runs.values().stream().mapToLong(Long::longValue).sum();
    }

    long largest() {
        return runs.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Whether {@code bytes} from {@code at} on lie in one run. */
    boolean isFree(long at, long bytes) {
        Map.Entry<Long, Long> run = runs.floorEntry(at);
        return run != null && at + bytes <= run.getKey() + run.getValue();
    }

    /** Takes {@code bytes} from {@code at} on, which {@link #isFree}. */
    void take(long at, long bytes) {
        Map.Entry<Long, Long> run = runs.floorEntry(at);
        if (run == null || !isFree(at, bytes)) {
            throw new AssertionError("not free: " + bytes + " bytes at " + at);
        }
        long end = run.getKey() + run.getValue();
        runs.remove(run.getKey());
        if (at > run.getKey()) {
            runs.put(run.getKey(), at - run.getKey());
        }
        if (at + bytes < end) {
            runs.put(at + bytes, end - at - bytes);
        }
    }

    /** The first range in use of {@code bytes} from {@code at} on, some of which are. */
    AddrRange<DmaAddr> firstTaken(long at, long bytes) {
        Map.Entry<Long, Long> run = runs.floorEntry(at);
        long from = run == null ? at : Math.max(at, run.getKey() + run.getValue());
        Long next = runs.ceilingKey(from);
        long to = next == null ? at + bytes : Math.min(at + bytes, next);
        return new AddrRange<>(window.start().plus(from), to - from);
    }

    /**
     * Gives a range back.
     *
     * @throws IllegalArgumentException if a page of it is free already
     */
    void give(DmaAddr iova, long bytes) {
        long from = PageSize.SMALL_4K.alignDown(iova.minus(window.start()));
        long to = from + PageSize.pageAlign(bytes);
        Map.Entry<Long, Long> below = runs.floorEntry(from);
        Map.Entry<Long, Long> above = runs.ceilingEntry(from);
        if ((below != null && below.getKey() + below.getValue() > from) || (above != null && above.getKey() < to)) {
            throw new IllegalArgumentException(
                    "free of a range that is free already [iova=" + iova + "] [bytes=" + bytes + "]");
        }
        if (above != null && above.getKey() == to) {
            to += above.getValue();
            runs.remove(above.getKey());
        }
        if (below != null && below.getKey() + below.getValue() == from) {
            from = below.getKey();
        }
        runs.put(from, to - from);
    }
}
