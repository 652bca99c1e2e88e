package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * What kept a contiguous allocation from taking a range of page frames.
 *
 * @param kind why these pages stayed
 * @param owner who uses them: {@code page cache}; {@code kernel} for pages that have no movable owner
 * @param who who keeps them in place: {@code gpu: get_user_pages}; empty if nobody does
 * @param pfn the first of them
 * @param lastPfn the last of them; pages of others may lie between
 * @param pages how many there are in the range
 */
public record Obstacle(Hindrance kind, String owner, String who, long pfn, long lastPfn, long pages) {
    public Obstacle {
        if (pages < 1 || lastPfn < pfn || pages > lastPfn - pfn + 1) {
            throw new IllegalArgumentException("obstacle must have 1 page or more from its first to its last: " + pages
                    + " in " + pfn + ".." + lastPfn);
        }
    }

    /** {@code 3 pages of page cache pinned by gpu: get_user_pages at pfn 0x0004e123..0x0004e140 (0x4e123000..0x4e140000)}. */
    @Override
    public String toString() {
        return (pages == 1 ? "a page" : pages + " pages") + " of " + owner + " " + kind.text()
                + (who.isEmpty() || kind == Hindrance.WRITEBACK ? "" : " by " + who)
                + " at " + BlockedPlaces.pfns(pfn, lastPfn);
    }

    /** The line with which the pins of this obstacle are given back: {@code soc.frames().unpin("gpu", 0x4e123, 0x4e140)}. */
    String unpinLine() {
        return "soc.frames().unpin(\"" + who.replace("\\", "\\\\").replace("\"", "\\\"") + "\", 0x"
                + Long.toHexString(pfn) + ", 0x" + Long.toHexString(lastPfn) + ")";
    }

    /** All obstacles in a range, by kind, owner and holder, in the order of their first pages; a page held twice is one. */
    static List<Obstacle> in(long start, long count, BuddyAllocator buddy, PageFrames frames) {
        List<Obstacle> found = new ArrayList<>();
        for (long pfn = start; pfn < start + count; pfn++) {
            if (!buddy.isFree(pfn)) {
                if (!frames.isOwned(pfn)) {
                    add(found, new Obstacle(Hindrance.UNMOVABLE, "kernel", "", pfn, pfn, 1));
                }
                for (PageFrames.Hold hold : frames.holds(pfn)) {
                    add(found, new Obstacle(hold.kind(), frames.ownerName(pfn), hold.who(), pfn, pfn, 1));
                }
            }
        }
        return found;
    }

    private static void add(List<Obstacle> found, Obstacle one) {
        for (int i = 0; i < found.size(); i++) {
            Obstacle other = found.get(i);
            if (other.kind == one.kind && other.owner.equals(one.owner) && other.who.equals(one.who)) {
                found.set(
                        i,
                        new Obstacle(
                                one.kind,
                                one.owner,
                                one.who,
                                other.pfn,
                                one.pfn,
                                other.pages + (other.lastPfn == one.pfn ? 0 : 1)));
                return;
            }
        }
        found.add(one);
    }
}
