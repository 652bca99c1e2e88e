package org.dmalab.engine.memory;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;

/**
 * What the page frames of an area or a zone hold at one moment.
 *
 * @param name of the area or zone, {@code CMA "reserved"}
 * @param firstPfn its first page frame
 * @param pages how many page frames
 * @param runs what they hold, ascending, without gaps or overlaps; neighbours differ in use or owner, or are two contiguous
 *     allocations
 * @param moment when, {@code 41.3 µs}
 * @param source the model, board and era: printed under every picture
 */
public record PageMap(String name, long firstPfn, long pages, List<Run> runs, String moment, String source) {
    /** What a page frame is used for. */
    public enum Use {
        /** On a free list. */
        FREE("free"),
        /** Part of a contiguous allocation. */
        CONTIGUOUS("contiguous allocation"),
        /** Lent to somebody whose page can be moved away. */
        MOVABLE("movable"),
        /** Lent to somebody and held in place by a reference. */
        PINNED("pinned"),
        /** Kernel memory that cannot move. */
        UNMOVABLE("unmovable"),
        /** Kept from the allocator: the kernel image, reserved memory, a hole in RAM. */
        RESERVED("reserved");

        private final String text;

        Use(String text) {
            this.text = text;
        }

        /** In words. */
        public String text() {
            return text;
        }
    }

    /**
     * Page frames in a row that hold the same; of contiguous allocations one.
     *
     * @param owner who uses them, and for PINNED who holds them; empty if nobody or unknown
     */
    public record Run(long pfn, long pages, Use use, String owner) {
        public Run {
            if (pages <= 0) {
                throw new IllegalArgumentException("run must have at least 1 page: " + pages);
            }
        }
    }

    public PageMap {
        runs = List.copyOf(runs);
        long next = firstPfn;
        for (Run run : runs) {
            if (run.pfn() != next) {
                throw new IllegalArgumentException(
                        "runs must follow one another: expected pfn " + next + ", got " + run);
            }
            next += run.pages();
        }
        if (next != firstPfn + pages) {
            throw new IllegalArgumentException("runs must cover all " + pages + " pages: they end at pfn " + next);
        }
    }

    /** Pages of one use. */
    public long pages(Use use) {
        return runs.stream()
                .filter(run -> run.use() == use)
                .mapToLong(Run::pages)
                .sum();
    }

    /** The longest run of free pages. */
    public long largestFreeRun() {
        return runs.stream()
                .filter(run -> run.use() == Use.FREE)
                .mapToLong(Run::pages)
                .max()
                .orElse(0);
    }

    /** {@code CMA "reserved" at 41.3 µs: 64 MiB, 12 MiB free, longest free run 3 MiB}. */
    @Override
    public String toString() {
        return name + " at " + moment + ": " + Bytes.text(pages * PageSize.PAGE_BYTES) + ", "
                + Bytes.text(pages(Use.FREE) * PageSize.PAGE_BYTES) + " free, longest free run "
                + Bytes.text(largestFreeRun() * PageSize.PAGE_BYTES);
    }
}
