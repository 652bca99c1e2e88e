package org.dmalab.engine.memory;

import static org.dmalab.engine.memory.CmaMachine.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.base.Era;
import org.junit.jupiter.api.Test;

final class CmaFailureTest {
    private static final long BASE = 0x4e000;

    @Test
    void explain_pinnedPlaces_namesWhoAndWhomToUnpin() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        machine.frames.pin(BASE + 7, "gpu: get_user_pages");
        machine.frames.pin(BASE + 9, "gpu: get_user_pages");
        machine.frames.pin(BASE + 519, "uvc: get_user_pages");
        CmaFailure failure = failure(machine.area.alloc(512, 9));
        assertEquals(
                "asked CMA area reserved for 512 pages (2 MiB) aligned to 2 MiB; 4 MiB of 4 MiB are in no allocation, the"
                        + " longest run has 4 MiB; 2 places tried were busy [pfn 0x0004e000 (0x4e000000): 2 pages of page"
                        + " cache pinned by gpu: get_user_pages at pfn 0x0004e007..0x0004e009 (0x4e007000..0x4e009000); pfn"
                        + " 0x0004e200 (0x4e200000): a page of page cache pinned by uvc: get_user_pages at pfn 0x0004e207"
                        + " (0x4e207000)]: unpin a page of page cache pinned by uvc: get_user_pages at pfn 0x0004e207"
                        + " (0x4e207000): soc.frames().unpin(\"uvc: get_user_pages\", 0x4e207, 0x4e207)",
                failure.explain());
        assertEquals(BASE + 512, failure.cheapestToUnpin().orElseThrow().pfn());
        assertEquals(1, machine.frames.unpin("uvc: get_user_pages", 0x4e207, 0x4e207), "the line that was given");
        assertEquals(BASE + 512, machine.alloc(512, 9));
        assertEquals(-1, failure.fittingOrder());
    }

    @Test
    void explain_smallerAlignmentWouldDo_saysWhich() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        machine.frames.pin(BASE, "gpu");
        machine.frames.pin(BASE + 1023, "gpu");
        CmaFailure failure = failure(machine.area.alloc(512, 9));
        assertEquals(8, failure.fittingOrder());
        assertEquals(BASE + 256, machine.alloc(512, 8));
    }

    @Test
    void explain_noRun_saysHowMuchLargerTheAreaMustBe() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 1024, 1024);
        assertEquals(BASE, machine.alloc(600, 0));
        CmaFailure failure = failure(machine.area.alloc(512, 8));
        assertEquals(
                "asked CMA area reserved for 512 pages (2 MiB) aligned to 1 MiB; 1.7 MiB of 4 MiB are in no allocation, the"
                        + " longest run has 1.7 MiB; no aligned run is long enough: make the area at least 4 MiB larger, or"
                        + " release what is allocated",
                failure.explain());
        assertEquals("424@600=> 424 free of 1024 total pages", failure.available());
    }

    @Test
    void explain_passingReferences_saysTryAgain() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        machine.frames.holdBriefly(BASE + 1, "lookup", 5);
        machine.frames.writeback(BASE + 600, 9);
        CmaFailure failure = failure(machine.area.alloc(512, 9));
        assertEquals(
                "asked CMA area reserved for 512 pages (2 MiB) aligned to 2 MiB; 4 MiB of 4 MiB are in no allocation, the"
                        + " longest run has 4 MiB; 2 places tried were busy [pfn 0x0004e000 (0x4e000000): a page of page"
                        + " cache held for a moment by lookup at pfn 0x0004e001 (0x4e001000); pfn 0x0004e200 (0x4e200000): a"
                        + " page of page cache under writeback at pfn 0x0004e258 (0x4e258000)]: try again when the passing references are gone",
                failure.explain());
    }

    @Test
    void explain_nowhereToMoveTo_asksForFreeMemory() {
        CmaMachine machine = new CmaMachine(Era.V3_14, BASE, 1024, 1024);
        MovablePages cache = machine.fill("page cache");
        assertEquals(2048, cache.pages());
        CmaFailure failure = failure(machine.area.alloc(16, 4));
        assertEquals(
                "asked CMA area reserved for 16 pages (64 KiB) aligned to 64 KiB; 4 MiB of 4 MiB are in no allocation, the"
                        + " longest run has 4 MiB; the one place tried was busy [pfn 0x0004e000 (0x4e000000): 16 pages of"
                        + " page cache without a free page to move to at pfn 0x0004e000..0x0004e00f"
                        + " (0x4e000000..0x4e00f000)]: free memory outside the area, to"
                        + " which its pages can be moved",
                failure.explain().replace(", or ask for an alignment of 32 KiB or less", ""));
        assertEquals("dma_alloc_from_contiguous(): returned (null)", failure.message());
    }

    @Test
    void explain_manyPlacesKeptByTheSameUser_areOneGroup() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        for (long page = 0; page < 1024; page += 16) {
            machine.frames.pin(BASE + page, "gpu");
        }
        CmaFailure failure = failure(machine.area.alloc(16, 4));
        assertEquals(64, failure.candidates().size());
        String explained = failure.explain();
        assertTrue(
                explained.contains("64 places tried were busy [64 places at pfn 0x0004e000..0x0004e3f0"
                        + " (0x4e000000..0x4e3f0000): 64 pages of page cache pinned by gpu at pfn 0x0004e000..0x0004e3f0"
                        + " (0x4e000000..0x4e3f0000)]"),
                explained);
    }

    @Test
    void explain_placesThatOverlap_countNoPageTwice() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(1024, cache.pages());
        machine.frames.pin(BASE + 500, "gpu");
        machine.frames.pin(BASE + 510, "gpu");
        machine.frames.pin(BASE + 510, "gpu");
        String explained = failure(machine.area.alloc(900, 6)).explain();
        assertTrue(
                explained.contains("2 places tried were busy [2 places at pfn 0x0004e000..0x0004e040"
                        + " (0x4e000000..0x4e040000): 2 pages of page cache pinned by gpu at pfn 0x0004e1f4..0x0004e1fe"
                        + " (0x4e1f4000..0x4e1fe000)]"),
                explained);
        String onePage = failure(machine.area.alloc(1, 20)).explain();
        assertTrue(onePage.contains("for 1 page (4 KiB)"), onePage);
    }

    @Test
    void message_byEra_asTheKernelOfTheTimeSaysIt() {
        CmaFailure v61 = full(Era.V6_1);
        assertEquals("cma: cma_alloc: reserved: alloc failed, req-size: 2 pages, ret: -12", v61.message());
        assertEquals(
                "dma_alloc_from_contiguous(): returned (null)", full(Era.V3_6).message());
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 1024, 1024);
        CmaFailure refused = failure(machine.area.alloc(1025, 0));
        assertEquals("cma: cma_alloc(): returned (null)", refused.message());
        assertEquals(
                "asked CMA area reserved for 1025 pages (4.0 MiB) aligned to 4 KiB: the area has 4 MiB, take one of at least 8"
                        + " MiB",
                refused.explain());
    }

    private static CmaFailure full(Era era) {
        CmaMachine machine = new CmaMachine(era, BASE, 1024, 1024);
        assertEquals(BASE, machine.alloc(1023, 0));
        return failure(machine.area.alloc(2, 0));
    }
}
