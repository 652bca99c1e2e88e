package org.dmalab.engine.memory;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;

/**
 * Why a contiguous memory area gave nothing.
 *
 * @param area its name
 * @param errno ENOMEM if no run of free pages was large enough (or pages to move others to ran out), EBUSY if none could be
 *     emptied
 * @param count pages asked for
 * @param alignOrder alignment asked for, as order
 * @param areaPages pages of the area
 * @param freePages pages of it that are in no contiguous allocation; others may have borrowed them
 * @param largestFreeRun the longest run of those
 * @param available the runs as the kernel lists them: {@code 190@66=> 190 free of 8192 total pages}
 * @param candidates the places tried, in order
 * @param missingPages by how much the area would have to be larger at its end, in whole pageblocks, for the request to find
 *     a place behind what is allocated now; 0 if there was a place
 * @param fittingOrder the largest smaller alignment at which pages that nobody pins or has allocated would do; -1 if none, or
 *     if the alignment is not what is wrong
 * @param warning the line Linux 3.14 prints when a range could not be isolated; empty if it did not
 */
public record CmaFailure(
        String area,
        Era era,
        Errno errno,
        long count,
        int alignOrder,
        long areaPages,
        long freePages,
        long largestFreeRun,
        String available,
        List<Candidate> candidates,
        long missingPages,
        int fittingOrder,
        String warning)
        implements Reason {
    private static final int SHOWN_GROUPS = 4;

    /**
     * A place at which the request would have fitted, had it been empty.
     *
     * @param pfn its first page
     * @param obstacles what was in the way, at least one
     */
    public record Candidate(long pfn, List<Obstacle> obstacles) {
        public Candidate {
            obstacles = List.copyOf(obstacles);
        }

        /**
         * {@code pfn 0x0004e100 (0x4e100000): a page of page cache pinned by gpu: get_user_pages at pfn 0x0004e123
         * (0x4e123000)}.
         */
        @Override
        public String toString() {
            return BlockedPlaces.pfn(pfn) + ": " + text(obstacles);
        }

        private boolean isOnlyPinned() {
            return obstacles.stream().allMatch(obstacle -> obstacle.kind() == Hindrance.PINNED);
        }

        private long pagesInTheWay() {
            return obstacles.stream().mapToLong(Obstacle::pages).sum();
        }
    }

    public CmaFailure {
        candidates = List.copyOf(candidates);
    }

    /** Whether the request was turned away before anything was searched: more pages than the area has, or none. */
    public boolean isRefused() {
        return count < 1 || count > areaPages;
    }

    /** The candidate with the fewest pages in the way, all of them pinned: the cheapest to get by unpinning. */
    public Optional<Candidate> cheapestToUnpin() {
        return candidates.stream()
                .filter(Candidate::isOnlyPinned)
                .min(Comparator.comparingLong(Candidate::pagesInTheWay));
    }

    /**
     * {@code cma: cma_alloc: reserved: alloc failed, req-size: 256 pages, ret: -12}. Where the kernel prints nothing, the
     * debug line with which its function ends.
     */
    @Override
    public String message() {
        if (!era.atLeast(Era.V6_1)) {
            return warning.isEmpty() ? "dma_alloc_from_contiguous(): returned (null)" : warning;
        }
        if (isRefused()) {
            return "cma: cma_alloc(): returned (null)";
        }
        return "cma: " + (era.atLeast(Era.V6_12) ? "__cma_alloc" : "cma_alloc") + ": " + area
                + ": alloc failed, req-size: " + count + " pages, ret: -" + errno.number();
    }

    /** The kernel's second line: {@code cma: number of available pages: 190@66=> 190 free of 8192 total pages}. */
    public String availableLine() {
        return "cma: number of available pages: " + available;
    }

    @Override
    public String explain() {
        String asked = "asked CMA area " + area + " for " + PageRange.count(count) + " (" + size(count)
                + ") aligned to " + size(1L << alignOrder);
        if (isRefused()) {
            return asked + ": "
                    + (count < 1
                            ? "nothing was asked for"
                            : "the area has " + size(areaPages) + ", take one of at least " + size(blocks(count)));
        }
        return asked + "; " + size(freePages) + " of " + size(areaPages) + " are in no allocation, the longest run has "
                + size(largestFreeRun) + "; " + (candidates.isEmpty() ? "no aligned run is long enough" : tried())
                + ": " + remedy();
    }

    private String tried() {
        List<BlockedPlaces> groups = BlockedPlaces.of(candidates);
        String shown =
                groups.stream().limit(SHOWN_GROUPS).map(BlockedPlaces::toString).collect(Collectors.joining("; "));
        int more = groups.stream()
                .skip(SHOWN_GROUPS)
                .mapToInt(BlockedPlaces::places)
                .sum();
        return (candidates.size() == 1 ? "the one place tried was busy" : candidates.size() + " places tried were busy")
                + " [" + shown + (more > 0 ? "; and " + more + " more" : "") + "]";
    }

    private String remedy() {
        StringBuilder text = new StringBuilder();
        if (lastHas(Hindrance.NO_TARGET)) {
            add(text, "free memory outside the area, to which its pages can be moved");
        } else if (errno == Errno.EBUSY) {
            cheapestToUnpin().ifPresent(candidate -> add(text, unpin(candidate.obstacles())));
            if (candidates.stream().anyMatch(CmaFailure::passes)) {
                add(text, "try again when the passing references are gone");
            }
        }
        if (fittingOrder >= 0) {
            add(text, "ask for an alignment of " + size(1L << fittingOrder) + " or less");
        }
        if (missingPages > 0) {
            add(text, "make the area at least " + size(missingPages) + " larger, or release what is allocated");
        }
        return text.length() == 0 ? "keep out of the area who does not release its pages" : text.toString();
    }

    private boolean lastHas(Hindrance kind) {
        return !candidates.isEmpty()
                && candidates.get(candidates.size() - 1).obstacles().stream().anyMatch(one -> one.kind() == kind);
    }

    private static boolean passes(Candidate candidate) {
        return candidate.obstacles().stream()
                .allMatch(one -> one.kind() == Hindrance.WRITEBACK || one.kind() == Hindrance.TRANSIENT);
    }

    private static void add(StringBuilder text, String remedy) {
        text.append(text.length() == 0 ? "" : ", or ").append(remedy);
    }

    private static String unpin(List<Obstacle> obstacles) {
        return "unpin " + text(obstacles) + ": "
                + obstacles.stream().map(Obstacle::unpinLine).collect(Collectors.joining("; "));
    }

    private static String text(List<Obstacle> obstacles) {
        return obstacles.stream().map(Obstacle::toString).collect(Collectors.joining(", "));
    }

    private static long blocks(long pages) {
        return (pages + BuddyAllocator.PAGEBLOCK_PAGES - 1) & -BuddyAllocator.PAGEBLOCK_PAGES;
    }

    private static String size(long pages) {
        return Bytes.text(pages << PageSize.PAGE_SHIFT);
    }
}
