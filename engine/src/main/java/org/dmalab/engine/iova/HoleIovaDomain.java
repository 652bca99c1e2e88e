package org.dmalab.engine.iova;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/** An allocator of pages that keeps the holes of its window and lets a {@link HolePolicy} choose among them. */
public final class HoleIovaDomain implements IovaDomain {
    private final HolePolicy policy;
    private final FreeRuns free;
    private long searched;

    /** @param window made of pages, all free */
    public HoleIovaDomain(AddrRange<DmaAddr> window, HolePolicy policy) {
        free = new FreeRuns(window);
        this.policy = Objects.requireNonNull(policy, "policy");
    }

    /**
     * The place that the policy chooses; it is not asked about more than the window has.
     *
     * @throws IllegalArgumentException also if the policy places the range where not all of it is free
     */
    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        long needed = IovaArguments.bytes(IovaArguments.granules(this, bytes), PageSize.PAGE_SHIFT);
        if (needed > window().bytes()) {
            return Outcome.failed(NoIovaSpace.of(this, needed, granuleBytes()));
        }
        List<AddrRange<DmaAddr>> holes = free.holes();
        searched += holes.size();
        Optional<DmaAddr> place = policy.place(needed, holes);
        if (place == null) {
            throw new IllegalArgumentException(
                    "policy must return an address or Optional.empty(), which refuses the request: null");
        }
        if (place.isEmpty()) {
            return Outcome.failed(NoIovaSpace.of(this, needed, granuleBytes()));
        }
        DmaAddr iova = place.get();
        boolean inside = window().contains(iova) && PageSize.SMALL_4K.isAligned(iova.value());
        if (!inside || !free.isFree(iova.minus(window().start()), needed)) {
            throw new IllegalArgumentException("policy must place a range in a hole, at a page [iova=" + iova
                    + "] [bytes=" + needed + "] [window=" + window() + "]");
        }
        free.take(iova.minus(window().start()), needed);
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

    /** Holes. */
    @Override
    public OptionalLong searched() {
        return OptionalLong.of(searched);
    }

    @Override
    public String searchedUnit() {
        return "holes";
    }

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], a policy of its own}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window().bytes()) + " " + window()
                + ", a policy of its own";
    }
}
