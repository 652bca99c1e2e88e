package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class PageFramesTest {
    private final BuddyAllocator buddy = new BuddyAllocator(0x100, 4096, TraceSink.NONE);
    private final PageFrames frames = new PageFrames(
            new PageAllocator(List.of(new PageAllocator.Zone(ZoneKind.NORMAL, buddy))),
            (from, to) -> {},
            TraceSink.NONE);
    private final MovablePages cache = new MovablePages("page cache", frames);

    private long onePage() {
        assertEquals(1, cache.alloc(1));
        return cache.pfns().max().orElseThrow();
    }

    @Test
    void own_freeOrOwnedPage_refused() {
        long pfn = onePage();
        assertEquals(cache, frames.owner(pfn).orElseThrow());
        assertThrows(IllegalArgumentException.class, () -> frames.own(pfn, cache));
        assertThrows(IllegalArgumentException.class, () -> frames.own(pfn + 1, cache));
        assertThrows(IllegalArgumentException.class, () -> frames.owner(0xff));
        assertEquals(1, frames.ownedPages());
    }

    @Test
    void pin_twiceByOne_takesTwoUnpins() {
        long pfn = onePage();
        frames.pin(pfn, "gpu");
        frames.pin(pfn, "gpu");
        frames.unpin(pfn, "gpu");
        assertEquals(List.of(new PageFrames.Hold(Hindrance.PINNED, "gpu", 0)), frames.holds(pfn));
        assertThrows(IllegalArgumentException.class, () -> frames.disown(pfn));
        frames.unpin(pfn, "gpu");
        assertThrows(IllegalArgumentException.class, () -> frames.unpin(pfn, "gpu"));
        assertEquals(List.of(), frames.holds(pfn));
    }

    @Test
    void unpin_ofARange_endsAllPinsOfOneThereAndNoOthers() {
        assertEquals(4, cache.alloc(4));
        long[] pfns = cache.pfns().sorted().toArray();
        frames.pin(pfns[0], "gpu");
        frames.pin(pfns[1], "gpu");
        frames.pin(pfns[1], "gpu");
        frames.pin(pfns[1], "uvc");
        frames.pin(pfns[3], "gpu");
        assertEquals(2, frames.unpin("gpu", pfns[0], pfns[2]));
        assertEquals(List.of(), frames.holds(pfns[0]));
        assertEquals(List.of(new PageFrames.Hold(Hindrance.PINNED, "uvc", 0)), frames.holds(pfns[1]));
        assertTrue(frames.isPinned(pfns[3]), "outside");
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> frames.unpin("gpu", pfns[0], pfns[2]))
                        .getMessage());
        assertTrue(message.contains("no page is pinned by gpu") && message.endsWith("pinned by uvc"), message);
        assertThrows(IllegalArgumentException.class, () -> frames.unpin("gpu", pfns[3], pfns[0]));
        assertThrows(IllegalArgumentException.class, () -> frames.unpin("gpu", 0, pfns[3]));
    }

    @Test
    void pin_pageWithoutOwner_refused() {
        long kernel = buddy.alloc(0, MigrateType.UNMOVABLE).orElseThrow();
        assertThrows(IllegalArgumentException.class, () -> frames.pin(kernel, "gpu"));
        assertThrows(IllegalArgumentException.class, () -> frames.writeback(onePage(), 0));
    }

    @Test
    void migrate_briefReferences_eachAttemptBringsThemNearerTheirEnd() {
        long pfn = onePage();
        frames.holdBriefly(pfn, "lookup", 2);
        frames.writeback(pfn, 1);
        assertEquals(PageFrames.Migration.HELD, frames.migrate(pfn));
        assertEquals(List.of(new PageFrames.Hold(Hindrance.TRANSIENT, "lookup", 1)), frames.holds(pfn));
        assertEquals(PageFrames.Migration.HELD, frames.migrate(pfn));
        assertEquals(PageFrames.Migration.MOVED, frames.migrate(pfn));
        assertTrue(buddy.isFree(pfn));
        assertTrue(frames.owner(pfn).isEmpty());
        assertEquals(1, cache.pfns().filter(cache::has).count());
        frames.checkInvariants();
    }

    @Test
    void churn_sameSeed_samePages() {
        cache.churn(5000, 42);
        PageFramesTest other = new PageFramesTest();
        other.cache.churn(5000, 42);
        assertArrayEquals(cache.pfns().toArray(), other.cache.pfns().toArray());
        assertTrue(cache.pages() > 0);
        assertEquals(4096 - cache.pages(), buddy.freePages());
        frames.checkInvariants();
        buddy.checkInvariants();
    }

    @Test
    void alloc_moreThanThereIs_getsWhatThereIs() {
        assertEquals(4096, cache.alloc(5000));
        assertEquals(0, cache.alloc(1));
        assertEquals(0, buddy.freePages());
    }

    @Test
    void free_heldPages_stay() {
        assertEquals(100, cache.alloc(100));
        assertEquals(50, cache.pinFraction(0.5, "gpu", 7));
        int freed = cache.free(100, 8);
        assertTrue(freed > 0 && freed <= 50, "freed " + freed);
        assertEquals(100 - freed, cache.pages());
        assertEquals(50, cache.unpin("gpu"));
        assertEquals(0, cache.unpin("gpu"));
        assertFalse(cache.pfns().anyMatch(pfn -> !frames.holds(pfn).isEmpty()));
        frames.checkInvariants();
    }

    @Test
    void moved_foreignPage_refused() {
        assertThrows(IllegalArgumentException.class, () -> cache.moved(0x200, 0x201));
        assertThrows(IllegalArgumentException.class, () -> cache.pinFraction(1.1, "gpu", 1));
        assertThrows(IllegalArgumentException.class, () -> cache.alloc(-1));
    }

    @Test
    void holds_forNoAttempt_areRefusedEvenWithoutPages() {
        MovablePages nobody = new MovablePages("nobody", frames);
        assertThrows(IllegalArgumentException.class, () -> nobody.holdBriefly(3, "lookup", 0, 1));
        assertThrows(IllegalArgumentException.class, () -> nobody.writeback(3, 0, 1));
    }

    @Test
    void free_moreThanHalfOfAllInts_freesWhatThereIs() {
        CmaMachine machine = new CmaMachine(Era.V3_14, 0x4e000, 1024, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        assertEquals(1024, cache.free(Integer.MAX_VALUE, 1));
        machine.checkInvariants(List.of(cache));
    }
}
