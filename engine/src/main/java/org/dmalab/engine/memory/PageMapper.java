package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Draws {@link PageMap}s of areas and zones. */
final class PageMapper {
    private final BuddyAllocator buddy;
    private final PageFrames frames;
    private final List<CmaArea> areas;
    private final List<PageMap.Run> runs = new ArrayList<>();

    private PageMapper(BuddyAllocator buddy, PageFrames frames, List<CmaArea> areas) {
        this.buddy = buddy;
        this.frames = frames;
        this.areas = areas;
    }

    /** What {@code pages} page frames of {@code buddy} from {@code firstPfn} on hold; {@code areas} tell of their allocations. */
    static PageMap map(
            String name,
            long firstPfn,
            long pages,
            BuddyAllocator buddy,
            PageFrames frames,
            List<CmaArea> areas,
            String moment,
            String source) {
        PageMapper mapper = new PageMapper(buddy, frames, areas);
        long end = firstPfn + pages;
        for (long pfn = firstPfn; pfn < end; ) {
            if (buddy.isFree(pfn)) {
                long block = buddy.freeBlockStart(pfn);
                long next = Math.min(end, block + buddy.freeBlockPages(block));
                mapper.add(pfn, next - pfn, PageMap.Use.FREE, "");
                pfn = next;
            } else {
                mapper.addUsed(pfn++);
            }
        }
        return new PageMap(name, firstPfn, pages, mapper.runs, moment, source);
    }

    private void addUsed(long pfn) {
        if (buddy.isReserved(pfn)) {
            add(pfn, 1, PageMap.Use.RESERVED, "");
        } else if (frames.isHeld(pfn)) {
            add(pfn, 1, PageMap.Use.PINNED, holders(pfn));
        } else if (frames.isOwned(pfn)) {
            add(pfn, 1, PageMap.Use.MOVABLE, frames.ownerName(pfn));
        } else {
            addKernel(pfn);
        }
    }

    private void addKernel(long pfn) {
        for (CmaArea area : areas) {
            String label = area.label(pfn);
            if (label != null) {
                if (area.begins(pfn)) {
                    runs.add(new PageMap.Run(pfn, 1, PageMap.Use.CONTIGUOUS, label));
                } else {
                    add(pfn, 1, PageMap.Use.CONTIGUOUS, label);
                }
                return;
            }
        }
        add(pfn, 1, PageMap.Use.UNMOVABLE, "");
    }

    private String holders(long pfn) {
        List<PageFrames.Hold> holds = frames.holds(pfn);
        return holds.size() == 1
                ? holds.get(0).who()
                : holds.stream().map(PageFrames.Hold::who).distinct().collect(Collectors.joining(", "));
    }

    private void add(long pfn, long pages, PageMap.Use use, String owner) {
        if (!runs.isEmpty()) {
            PageMap.Run last = runs.get(runs.size() - 1);
            if (last.use() == use && last.owner().equals(owner)) {
                runs.set(runs.size() - 1, new PageMap.Run(last.pfn(), last.pages() + pages, use, owner));
                return;
            }
        }
        runs.add(new PageMap.Run(pfn, pages, use, owner));
    }
}
