package org.dmalab.engine.iova;

import java.util.Optional;
import org.dmalab.engine.iova.RbTreeIovaDomain.PfnRange;
import org.jspecify.annotations.Nullable;

/**
 * The free pages of a {@link RbTreeIovaDomain} between two pages.
 *
 * @param free how many there are
 * @param largest how many there are in the longest run
 */
record IovaHoles(long free, long largest) {
    /** Counts between {@code from} and {@code to}, which is outside. */
    static IovaHoles of(RbTreeIovaDomain domain, long from, long to) {
        Counter counter = new Counter(from, to, 1, 1);
        counter.count(domain);
        return new IovaHoles(counter.free, counter.largest);
    }

    /** The longest run in which {@code size} pages at a multiple of {@code alignment} fit; the lowest of these. */
    static Optional<PfnRange> longestThatFits(RbTreeIovaDomain domain, long from, long to, long size, long alignment) {
        Counter counter = new Counter(from, to, size, alignment);
        counter.count(domain);
        return Optional.ofNullable(counter.fitting);
    }

    private static final class Counter {
        private final long to;
        private final long size;
        private final long alignment;
        private long at;
        private long free;
        private long largest;
        private @Nullable PfnRange fitting;

        Counter(long from, long to, long size, long alignment) {
            this.at = from;
            this.to = to;
            this.size = size;
            this.alignment = alignment;
        }

        void count(RbTreeIovaDomain domain) {
            domain.forEach((lo, hi) -> {
                hole(Math.min(lo, to));
                at = Math.max(at, hi + 1);
            });
            hole(to);
        }

        private void hole(long end) {
            long pages = end - at;
            if (pages <= 0) {
                return;
            }
            free += pages;
            largest = Math.max(largest, pages);
            boolean fits = ((at + alignment - 1) & -alignment) + size <= end;
            if (fits && (fitting == null || fitting.hi() + 1 - fitting.lo() < pages)) {
                fitting = new PfnRange(at, end - 1);
            }
        }
    }
}
