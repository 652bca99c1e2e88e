package org.dmalab.engine.memory;

import java.util.List;
import org.dmalab.engine.base.PhysAddr;

/**
 * Who has the pages of contiguous memory areas of which a restore told only that they are in use: somebody whose pages can
 * be moved, for nobody else is let in there.
 */
final class RestoredPages implements MovableOwner {
    private final PageFrames frames;

    RestoredPages(PageFrames frames) {
        this.frames = frames;
    }

    @Override
    public String name() {
        return "somebody unknown";
    }

    @Override
    public void moved(long fromPfn, long toPfn) {
        buddy(toPfn).setUnknown(toPfn);
    }

    /** Gives up what is no longer in use or known after a restore, then takes what is unknown in {@code areas}. */
    void own(List<CmaArea> areas) {
        for (PageAllocator.Zone zone : frames.allocator().zones()) {
            BuddyAllocator buddy = zone.buddy();
            for (long pfn = buddy.startPfn(); pfn < buddy.startPfn() + buddy.pages(); pfn++) {
                if (frames.ownerOrNull(pfn) == this && !frames.isHeld(pfn)) {
                    frames.forget(pfn);
                }
            }
        }
        for (CmaArea area : areas) {
            BuddyAllocator buddy = buddy(area.base().pfn());
            for (long pfn = area.base().pfn(); pfn < area.base().pfn() + area.pages(); pfn++) {
                if (buddy.isUnknown(pfn) && !frames.isOwned(pfn)) {
                    frames.own(pfn, this);
                }
            }
        }
    }

    private BuddyAllocator buddy(long pfn) {
        return frames.allocator().zoneOf(PhysAddr.ofPfn(pfn)).buddy();
    }

    /** Who uses frames, by owner and by the labels of contiguous allocations. */
    record Use(PageFrames frames, List<CmaArea> areas) implements FrameUse {
        @Override
        public boolean keeps(long pfn) {
            return frames.isHeld(pfn);
        }

        @Override
        public String user(long pfn) {
            for (CmaArea area : areas) {
                String label = area.label(pfn);
                if (label != null) {
                    return "CMA \"" + area.name() + "\"" + (label.isEmpty() ? "" : ", " + label);
                }
            }
            return frames.isOwned(pfn) ? frames.ownerName(pfn) : "kernel and devices";
        }
    }
}
