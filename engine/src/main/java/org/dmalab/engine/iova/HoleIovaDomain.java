package org.dmalab.engine.iova;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/** An allocator of pages that keeps the holes of its window and lets a {@link HolePolicy} choose among them. */
public final class HoleIovaDomain extends FreeRunsDomain {
    private final HolePolicy policy;

    /** @param window made of pages, all free */
    public HoleIovaDomain(AddrRange<DmaAddr> window, HolePolicy policy) {
        super(window);
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
        searchedAll();
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

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], a policy of its own}. */
    @Override
    public String toString() {
        return super.toString() + ", a policy of its own";
    }
}
