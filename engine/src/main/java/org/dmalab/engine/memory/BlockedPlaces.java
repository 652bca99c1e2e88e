package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PhysAddr;

/**
 * Places in a row that the same users kept from being emptied.
 *
 * @param first the first page of the first of them
 * @param last the first page of the last of them
 * @param places how many
 * @param blockers who, each with what is known of the pages of all places
 */
record BlockedPlaces(long first, long last, int places, List<Blocker> blockers) {
    /**
     * Pages of one user that are kept in place for one reason.
     *
     * @param obstacle the first and the last of them, and how many
     * @param exact whether it is known how many; else there may be more
     */
    record Blocker(Obstacle obstacle, boolean exact) {
        private boolean isLike(Blocker other) {
            return obstacle.kind() == other.obstacle.kind()
                    && obstacle.owner().equals(other.obstacle.owner())
                    && obstacle.who().equals(other.obstacle.who());
        }

        /** The pages of both; places that overlap may have met the same pages. */
        private Blocker with(Blocker other) {
            Obstacle one = obstacle;
            Obstacle two = other.obstacle;
            if (one.equals(two)) {
                return new Blocker(one, exact && other.exact);
            }
            boolean apart = one.lastPfn() < two.pfn() || two.lastPfn() < one.pfn();
            return new Blocker(
                    new Obstacle(
                            one.kind(),
                            one.owner(),
                            one.who(),
                            Math.min(one.pfn(), two.pfn()),
                            Math.max(one.lastPfn(), two.lastPfn()),
                            apart ? one.pages() + two.pages() : Math.max(one.pages(), two.pages())),
                    apart && exact && other.exact);
        }

        @Override
        public String toString() {
            return (exact ? "" : "at least ") + obstacle;
        }
    }

    /** {@code candidates}, in order, neighbours that the same users kept busy taken together. */
    static List<BlockedPlaces> of(List<CmaFailure.Candidate> candidates) {
        List<BlockedPlaces> groups = new ArrayList<>();
        for (CmaFailure.Candidate candidate : candidates) {
            BlockedPlaces one = new BlockedPlaces(
                    candidate.pfn(),
                    candidate.pfn(),
                    1,
                    candidate.obstacles().stream()
                            .map(obstacle -> new Blocker(obstacle, true))
                            .toList());
            int end = groups.size() - 1;
            if (end >= 0 && groups.get(end).isLike(one)) {
                groups.set(end, groups.get(end).with(one));
            } else {
                groups.add(one);
            }
        }
        return groups;
    }

    private boolean isLike(BlockedPlaces other) {
        return blockers.size() == other.blockers.size()
                && blockers.stream().allMatch(one -> other.blockers.stream().anyMatch(one::isLike));
    }

    private BlockedPlaces with(BlockedPlaces next) {
        List<Blocker> all = new ArrayList<>();
        for (Blocker one : blockers) {
            Blocker both = one;
            for (Blocker other : next.blockers) {
                both = one.isLike(other) ? one.with(other) : both;
            }
            all.add(both);
        }
        return new BlockedPlaces(first, next.first, places + next.places, all);
    }

    /** {@code pfn 0x0004e123 (0x4e123000)}. */
    static String pfn(long pfn) {
        return "pfn " + Addresses.hex(pfn) + " (" + PhysAddr.ofPfn(pfn) + ")";
    }

    /** {@code pfn 0x0004e123..0x0004e140 (0x4e123000..0x4e140000)}. */
    static String pfns(long first, long last) {
        return first == last
                ? pfn(first)
                : String.format(
                        Locale.ROOT,
                        "pfn %s..%s (%s..%s)",
                        Addresses.hex(first),
                        Addresses.hex(last),
                        PhysAddr.ofPfn(first),
                        PhysAddr.ofPfn(last));
    }

    /** {@code 3 places at pfn 0x4e000..0x4e200 (0x4e000000..0x4e200000): a page of page cache pinned by gpu at pfn ...}. */
    @Override
    public String toString() {
        return (places == 1 ? "" : places + " places at ") + pfns(first, last) + ": "
                + blockers.stream().map(Blocker::toString).collect(Collectors.joining(", "));
    }
}
