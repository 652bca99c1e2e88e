package org.dmalab.engine.iova;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/**
 * A policy that no kernel has: the shortest free run that is long enough, the lowest of these; pages, no alignment.
 *
 * <p>Nothing is in it but a map of the free runs: it shows how an {@link IovaDomain} is written.
 */
public final class BestFitIovaDomain implements IovaDomain, FixedIova {
    private final FreeRuns free;
    private long searched;

    /** @param window made of pages, all free */
    public BestFitIovaDomain(AddrRange<DmaAddr> window) {
        free = new FreeRuns(window);
    }

    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        long needed = IovaArguments.bytes(IovaArguments.granules(this, bytes), PageSize.PAGE_SHIFT);
        searched += free.runs().size();
        Optional<Map.Entry<Long, Long>> best = free.runs().entrySet().stream()
                .filter(run -> run.getValue() >= needed)
                .min(Map.Entry.comparingByValue());
        if (best.isEmpty()) {
            return Outcome.failed(NoIovaSpace.of(this, needed, granuleBytes()));
        }
        long at = best.get().getKey();
        free.take(at, needed);
        return Outcome.done(window().start().plus(at));
    }

    @Override
    public Outcome<DmaAddr> allocAt(DmaAddr iova, long bytes) {
        IovaArguments.allocAt(this, iova, bytes);
        long at = iova.minus(window().start());
        long needed = IovaArguments.granules(this, bytes) * granuleBytes();
        if (!free.isFree(at, needed)) {
            return Outcome.failed(new IovaTaken(iova, bytes, free.firstTaken(at, needed)));
        }
        free.take(at, needed);
        return Outcome.done(iova);
    }

    /** @throws IllegalArgumentException also if a page of the range is free already */
    @Override
    public void free(DmaAddr iova, long bytes) {
        IovaArguments.free(this, iova, bytes);
        if (bytes > 0) {
            free.give(iova, bytes);
        }
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return free.window();
    }

    @Override
    public long granuleBytes() {
        return PageSize.PAGE_BYTES;
    }

    @Override
    public long freeBytes() {
        return free.bytes();
    }

    @Override
    public long largestHole() {
        return free.largest();
    }

    /** Free runs. */
    @Override
    public OptionalLong searched() {
        return OptionalLong.of(searched);
    }

    @Override
    public String searchedUnit() {
        return "holes";
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], best fit}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window().bytes()) + " " + window() + ", best fit";
    }
}
