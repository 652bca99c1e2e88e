package org.dmalab.engine.iova;

import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;

/**
 * A policy that no kernel has: the shortest free run that is long enough, the lowest of these; pages, no alignment.
 *
 * <p>Nothing is in it but a map of the free runs: it shows how an {@link IovaDomain} is written.
 */
public final class BestFitIovaDomain extends FreeRunsDomain implements FixedIova {
    /** @param window made of pages, all free */
    public BestFitIovaDomain(AddrRange<DmaAddr> window) {
        super(window);
    }

    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        long needed = IovaArguments.bytes(IovaArguments.granules(this, bytes), PageSize.PAGE_SHIFT);
        searchedAll();
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

    /** {@code 120 MiB free of 1 GiB [0x40000000-0x7fffffff], best fit}. */
    @Override
    public String toString() {
        return super.toString() + ", best fit";
    }
}
