package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Addresses;

/**
 * What kept a contiguous allocation from taking a range of page frames.
 *
 * @param kind why these pages stayed
 * @param owner who uses them: {@code page cache}; {@code kernel} for pages that have no movable owner
 * @param who who keeps them in place: {@code gpu: get_user_pages}; empty if nobody does
 * @param pfn the first of them
 * @param pages how many there are in the range
 */
public record Obstacle(Hindrance kind, String owner, String who, long pfn, long pages) {
    /** {@code 3 pages of page cache pinned by gpu: get_user_pages, the first at pfn 0x0004e123}. */
    @Override
    public String toString() {
        return (pages == 1 ? "a page" : pages + " pages") + " of " + owner + " " + kind.text()
                + (who.isEmpty() || kind == Hindrance.WRITEBACK ? "" : " by " + who)
                + (pages == 1 ? " at pfn " : ", the first at pfn ") + Addresses.hex(pfn);
    }

    /** All obstacles in a range, by kind, owner and holder, in the order of their first pages. */
    static List<Obstacle> in(long start, long count, BuddyAllocator buddy, PageFrames frames) {
        List<Obstacle> found = new ArrayList<>();
        for (long pfn = start; pfn < start + count; pfn++) {
            if (!buddy.isFree(pfn)) {
                if (!frames.isOwned(pfn)) {
                    add(found, new Obstacle(Hindrance.UNMOVABLE, "kernel", "", pfn, 1));
                }
                for (PageFrames.Hold hold : frames.holds(pfn)) {
                    add(found, new Obstacle(hold.kind(), frames.ownerName(pfn), hold.who(), pfn, 1));
                }
            }
        }
        return found;
    }

    private static void add(List<Obstacle> found, Obstacle one) {
        for (int i = 0; i < found.size(); i++) {
            Obstacle other = found.get(i);
            if (other.kind == one.kind && other.owner.equals(one.owner) && other.who.equals(one.who)) {
                found.set(i, new Obstacle(one.kind, one.owner, one.who, other.pfn, other.pages + 1));
                return;
            }
        }
        found.add(one);
    }
}
