package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;

/** A zone with one contiguous memory area at its end, whose page contents are stamps, and what it told its trace. */
final class CmaMachine {
    final List<String> events = new ArrayList<>();
    final BuddyAllocator buddy;
    final PageAllocator allocator;
    final PageFrames frames;
    final CmaReservations reservations;
    final CmaArea area;
    /** What is in each page frame that has content. */
    final Map<Long, Integer> stamps = new HashMap<>();

    /** {@code outside} pages, then an area of {@code inside} pages from {@code areaPfn} on. */
    CmaMachine(Era era, long areaPfn, long outside, long inside) {
        TraceSink trace = new Recorder();
        buddy = new BuddyAllocator(areaPfn - outside, outside + inside, trace);
        allocator = new PageAllocator(List.of(new PageAllocator.Zone(ZoneKind.HIGHMEM, buddy)));
        frames = new PageFrames(allocator, this::copy, trace);
        reservations = new CmaReservations(frames, era, trace);
        area = done(reservations
                .reserve("reserved", inside * 4096, PhysAddr.ofPfn(areaPfn), new PhysAddr(0))
                .then(reservations::activate));
        events.clear();
    }

    private void copy(PhysAddr from, PhysAddr to) {
        stamps.put(to.pfn(), stamps.getOrDefault(from.pfn(), 0));
        stamps.remove(from.pfn());
    }

    static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    static CmaFailure failure(Outcome<PhysAddr> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> (CmaFailure) reason);
    }

    /** The first page of an allocation that must succeed. */
    long alloc(long count, int alignOrder) {
        return done(area.alloc(count, alignOrder)).pfn();
    }

    /** A user who has all free pages, those of the area last. */
    MovablePages fill(String name) {
        MovablePages pages = new MovablePages(name, frames);
        int unused = pages.alloc((int) buddy.freePages());
        return pages;
    }

    /** A user who has exactly the free pages of the area. */
    MovablePages borrowArea(String name) {
        MovablePages other = new MovablePages("elsewhere", frames);
        int outside = (int) (buddy.freePages() - freeInArea());
        assertEquals(outside, other.alloc(outside));
        MovablePages pages = new MovablePages(name, frames);
        assertEquals(freeInArea(), pages.alloc((int) freeInArea()));
        assertEquals(outside, freeAll(other));
        return pages;
    }

    private static int freeAll(MovablePages pages) {
        int all = pages.pages();
        while (pages.pages() > 0) {
            int unused = pages.free(pages.pages(), 1);
        }
        return all;
    }

    long freeInArea() {
        long free = 0;
        for (long pfn = area.base().pfn(); pfn < area.base().pfn() + area.pages(); pfn++) {
            free += buddy.isFree(pfn) ? 1 : 0;
        }
        return free;
    }

    /** Everything that a failure must leave as it was: list lengths by order and type, pageblock types, who has which page. */
    String state() {
        StringBuilder text = new StringBuilder();
        for (MigrateType type : MigrateType.values()) {
            for (int order = 0; order <= BuddyAllocator.MAX_ORDER; order++) {
                text.append(buddy.freeBlocks(order, type)).append(' ');
            }
        }
        for (long pfn = buddy.startPfn(); pfn < buddy.startPfn() + buddy.pages(); pfn++) {
            if ((pfn & (BuddyAllocator.PAGEBLOCK_PAGES - 1)) == 0) {
                text.append(buddy.pageblockType(pfn)).append(' ');
            }
        }
        return text
                + frames.map(allocator.zones().get(0), List.of(area), "now", "test")
                        .runs()
                        .toString();
    }

    /** Pages are free, used by one user, allocated, or of nobody; each once. */
    void checkInvariants(List<MovablePages> users) {
        buddy.checkInvariants();
        frames.checkInvariants();
        area.checkInvariants();
        Set<Long> seen = new HashSet<>();
        for (MovablePages user : users) {
            user.pfns().forEach(pfn -> {
                if (!seen.add(pfn) || !user.has(pfn) || !buddy.isInUse(pfn) || area.isAllocated(PhysAddr.ofPfn(pfn))) {
                    throw new AssertionError("page of " + user + " is not its own: " + pfn);
                }
            });
        }
        assertEquals(seen.size(), frames.ownedPages(), "owned pages");
    }

    private final class Recorder implements TraceSink {
        @Override
        public void cmaAllocStarted(int number, long count, int alignOrder) {
            events.add("start " + number + " " + count + " " + alignOrder);
        }

        @Override
        public void cmaBusyRetry(int number, long pfn, long count, int alignOrder) {
            events.add("retry " + Long.toHexString(pfn) + " " + count + " " + alignOrder);
        }

        @Override
        public void cmaAllocFinished(int number, long pfn, long count, int alignOrder, int errno) {
            events.add("finish " + (pfn < 0 ? "-1" : Long.toHexString(pfn)) + " " + count + " " + alignOrder + " "
                    + errno);
        }

        @Override
        public void cmaReleased(int number, long pfn, long count) {
            events.add("release " + Long.toHexString(pfn) + " " + count);
        }

        @Override
        public void pageMigrated(long fromPfn, long toPfn) {
            events.add("migrate " + Long.toHexString(fromPfn));
        }

        @Override
        public void pageMigrationFailed(long pfn, int errno) {
            events.add("stuck " + Long.toHexString(pfn) + " " + errno);
        }
    }
}
