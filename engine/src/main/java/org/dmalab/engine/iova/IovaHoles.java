package org.dmalab.engine.iova;

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

    /** Whether {@code size} pages at a multiple of {@code alignment} fit between {@code from} and {@code to}. */
    static boolean fits(RbTreeIovaDomain domain, long from, long to, long size, long alignment) {
        Counter counter = new Counter(from, to, size, alignment);
        counter.count(domain);
        return counter.fits;
    }

    private static final class Counter {
        private final long to;
        private final long size;
        private final long alignment;
        private long at;
        private long free;
        private long largest;
        private boolean fits;

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
            if (pages > 0) {
                free += pages;
                largest = Math.max(largest, pages);
                fits |= ((at + alignment - 1) & -alignment) + size <= end;
            }
        }
    }
}
