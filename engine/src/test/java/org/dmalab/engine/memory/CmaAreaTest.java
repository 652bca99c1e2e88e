package org.dmalab.engine.memory;

import static org.dmalab.engine.memory.CmaMachine.done;
import static org.dmalab.engine.memory.CmaMachine.failure;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class CmaAreaTest {
    private static final long BASE = 0x4e000;

    private static CmaMachine imx6(Era era) {
        return new CmaMachine(era, BASE, 8192, 8192);
    }

    @Test
    void alloc_sequenceOfARealBoot_samePlaces() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(0x4e000, machine.alloc(64, 6));
        assertEquals(0x4e040, machine.alloc(1, 0));
        assertEquals(0x4e042, machine.alloc(2, 1));
        assertTrue(machine.area.release(PhysAddr.ofPfn(0x4e040), 1));
        assertEquals(0x4e040, machine.alloc(1, 0));
        assertEquals(0x4e041, machine.alloc(1, 0));
        assertEquals(0x4e080, machine.alloc(64, 6));
        assertEquals(0x4e050, machine.alloc(10, 4));
    }

    @Test
    void alloc_alignment_countsFromTheAreaIn314AndFromPfn0In612() {
        assertEquals(0x4e400, new CmaMachine(Era.V3_14, 0x4e400, 1024, 3072).alloc(512, 11));
        assertEquals(0x4e800, new CmaMachine(Era.V6_12, 0x4e400, 1024, 3072).alloc(512, 11));
    }

    @Test
    void dmaAllocFromContiguous_largeBuffer_alignmentIsCappedAt1MiB() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(BASE, machine.alloc(1, 0));
        PhysAddr start = done(machine.area.dmaAllocFromContiguous(2048, 11, "fimc0"));
        assertEquals(BASE + 256, start.pfn());
        assertEquals("start 0 2048 8", machine.events.get(2));
    }

    @Test
    void alloc_lentPages_moveOutWithTheirContent() {
        CmaMachine machine = imx6(Era.V3_14);
        MovablePages cache = machine.borrowArea("page cache");
        cache.pfns().forEach(pfn -> machine.stamps.put(pfn, (int) pfn));
        long sum =
                machine.stamps.values().stream().mapToLong(Integer::longValue).sum();
        machine.events.clear();
        assertEquals(BASE, machine.alloc(512, 8));
        assertEquals(
                512,
                machine.events.stream()
                        .filter(event -> event.startsWith("migrate"))
                        .count());
        assertEquals(
                8192,
                cache.pfns().filter(pfn -> machine.stamps.containsKey(pfn)).count());
        assertEquals(
                sum,
                machine.stamps.values().stream().mapToLong(Integer::longValue).sum());
        assertEquals(
                0, cache.pfns().filter(pfn -> pfn >= BASE && pfn < BASE + 512).count());
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void alloc_pinnedPage_nextAlignedPlaceIsTried() {
        CmaMachine machine = imx6(Era.V6_12);
        MovablePages cache = machine.borrowArea("page cache");
        machine.frames.pin(BASE + 300, "gpu: get_user_pages");
        machine.events.clear();
        assertEquals(BASE + 512, machine.alloc(512, 8));
        assertEquals("start 0 512 8", machine.events.get(0));
        assertTrue(machine.events.contains("retry 4e000 512 8"));
        assertTrue(machine.events.contains("retry 4e100 512 8"));
        assertEquals("finish 4e200 512 8 0", machine.events.get(machine.events.size() - 1));
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void alloc_everyPlacePinned_busyWithTheLastPlaceTried() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        for (long pfn = BASE + 7; pfn < BASE + 1024; pfn += 256) {
            machine.frames.pin(pfn, "gpu: get_user_pages");
        }
        machine.events.clear();
        CmaFailure failure = failure(machine.area.alloc(256, 8));
        assertEquals(-16, -failure.errno().number());
        assertEquals("finish 4e300 256 8 16", machine.events.get(machine.events.size() - 1));
        assertEquals(4, failure.candidates().size());
        assertEquals(256, machine.area.allocPagesFail());
        assertEquals(0, machine.area.usedPages());
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void alloc_firstPagesPinned_failureLeavesEverythingAsItWas() {
        for (Era era : List.of(Era.V3_6, Era.V3_14, Era.V6_1, Era.V6_12)) {
            CmaMachine machine = new CmaMachine(era, BASE, 4096, 1024);
            MovablePages cache = new MovablePages("page cache", machine.frames);
            assertEquals(5056, cache.alloc(5056));
            cache.pfns().filter(pfn -> pfn >= BASE).forEach(pfn -> machine.frames.pin(pfn, "gpu"));
            String before = machine.state();
            CmaFailure failure = failure(machine.area.alloc(128, 6));
            assertEquals(16, failure.errno().number());
            assertEquals(before, machine.state());
            machine.checkInvariants(List.of(cache));
        }
    }

    @Test
    void alloc_noRunLongEnough_outOfMemoryWithoutAPlace() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(BASE, machine.alloc(66, 0));
        for (int i = 0; i < 31; i++) {
            assertEquals(BASE + 256L * (i + 1), machine.alloc(256, 8));
        }
        machine.events.clear();
        CmaFailure failure = failure(machine.area.alloc(256, 8));
        assertEquals(List.of("start 0 256 8", "finish -1 256 8 12"), machine.events);
        assertEquals("cma: __cma_alloc: reserved: alloc failed, req-size: 256 pages, ret: -12", failure.message());
        assertEquals("cma: number of available pages: 190@66=> 190 free of 8192 total pages", failure.availableLine());
        assertEquals(256, machine.area.allocPagesFail());
    }

    @Test
    void alloc_nothingOrMoreThanTheArea_startEventOnlyAndNotCounted() {
        CmaMachine machine = imx6(Era.V6_12);
        assertTrue(failure(machine.area.alloc(0, 0)).isRefused());
        assertTrue(failure(machine.area.alloc(8193, 8)).isRefused());
        assertEquals(List.of("start 0 0 0", "start 0 8193 8"), machine.events);
        assertEquals(0, machine.area.allocPagesFail());
    }

    @Test
    void alloc_nowhereToMoveTo_outOfMemoryAtThatPlaceWithoutRetry() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 1024, 1024);
        MovablePages cache = machine.fill("page cache");
        machine.events.clear();
        String before = machine.state();
        CmaFailure failure = failure(machine.area.alloc(16, 4));
        assertEquals(12, failure.errno().number());
        assertEquals(List.of("start 0 16 4", "stuck 4e000 12", "finish 4e000 16 4 12"), machine.events);
        assertEquals(
                new Obstacle(Hindrance.NO_TARGET, "page cache", "", BASE, BASE + 15, 16),
                failure.candidates().get(0).obstacles().get(0));
        assertEquals(before, machine.state());
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void alloc_writebackFor4Attempts_waitsAndSucceedsAtTheFifth() {
        CmaMachine machine = imx6(Era.V6_12);
        MovablePages cache = machine.borrowArea("page cache");
        machine.frames.writeback(BASE + 3, 4);
        machine.events.clear();
        assertEquals(BASE, machine.alloc(64, 6));
        assertEquals(4, machine.events.stream().filter("stuck 4e003 11"::equals).count());
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void alloc_reference5Attempts_placeIsBusyAndFreeTheNextTime() {
        CmaMachine machine = imx6(Era.V6_12);
        MovablePages cache = machine.borrowArea("page cache");
        machine.frames.holdBriefly(BASE + 3, "lru_add batch", 5);
        assertEquals(BASE + 64, machine.alloc(64, 6));
        assertEquals(List.of(), machine.frames.holds(BASE + 3));
        assertEquals(BASE, machine.alloc(64, 6));
        machine.checkInvariants(List.of(cache));
    }

    @Test
    void release_part_isAllocatedAgainFirstFit() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(BASE, machine.alloc(16, 4));
        assertTrue(machine.area.release(PhysAddr.ofPfn(BASE + 4), 4));
        assertEquals(BASE + 4, machine.alloc(4, 0));
        assertEquals(
                List.of("start 0 16 4", "finish 4e000 16 4 0", "release 4e004 4", "start 0 4 0", "finish 4e004 4 0 0"),
                machine.events);
    }

    @Test
    void release_outsideOrTwiceOrPastTheEnd_refusedAndUnchanged() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(BASE, machine.alloc(8192, 8));
        assertFalse(machine.area.release(PhysAddr.ofPfn(BASE - 1), 1));
        assertFalse(machine.area.release(PhysAddr.ofPfn(BASE + 8192), 1));
        assertThrows(IllegalArgumentException.class, () -> machine.area.release(PhysAddr.ofPfn(BASE + 8191), 2));
        assertThrows(IllegalArgumentException.class, () -> machine.area.release(PhysAddr.ofPfn(BASE), 0));
        assertTrue(machine.area.release(PhysAddr.ofPfn(BASE + 10), 5));
        String before = machine.state();
        assertThrows(IllegalArgumentException.class, () -> machine.area.release(PhysAddr.ofPfn(BASE + 8), 4));
        assertEquals(before, machine.state());
        assertEquals(8187, machine.area.usedPages());
    }

    @Test
    void alloc_badArguments_namedAndUnchanged() {
        CmaMachine machine = imx6(Era.V6_12);
        assertThrows(IllegalArgumentException.class, () -> machine.area.alloc(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> machine.area.alloc(1, -1));
        assertThrows(IllegalArgumentException.class, () -> machine.area.alloc(1, 21));
        assertEquals(List.of(), machine.events);
    }

    @Test
    void counters_allocationsAndReleases_asDebugfsAndSysfsShow() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(BASE, machine.alloc(64, 6));
        assertEquals(BASE + 64, machine.alloc(1, 0));
        assertEquals(BASE + 65, machine.alloc(1, 0));
        assertEquals(66, machine.area.usedPages());
        assertEquals(8126, machine.area.maxChunkPages());
        assertArrayEquals(new long[] {4294967295L, 4294967295L, 3, 0}, Arrays.copyOf(machine.area.bitmapWords(), 4));
        assertEquals(256, machine.area.bitmapWords().length);
        assertEquals(66, machine.area.allocPagesSuccess());
        assertTrue(machine.area.release(PhysAddr.ofPfn(BASE), 64));
        assertEquals(64, machine.area.releasePagesSuccess());
    }

    @Test
    void alloc_bitOf4Pages_roundsUpToBits() {
        CmaMachine machine = imx6(Era.V6_12);
        assertEquals(0, machine.area.orderPerBit());
        CmaReservations reservations = new CmaReservations(
                new PageFrames(
                        new PageAllocator(List.of(new PageAllocator.Zone(
                                ZoneKind.NORMAL, new BuddyAllocator(0x10000, 4096, TraceSink.NONE)))),
                        (from, to) -> {},
                        TraceSink.NONE),
                Era.V6_12,
                TraceSink.NONE);
        CmaArea area = done(reservations
                .reserve("video", 4 << 20, PhysAddr.ofPfn(0x10c00), new PhysAddr(0), 2)
                .then(reservations::activate));
        assertEquals(0x10c00, done(area.alloc(5, 0)).pfn());
        assertEquals(0x10c08, done(area.alloc(1, 1)).pfn());
        assertEquals(12, area.usedPages());
        assertTrue(area.release(PhysAddr.ofPfn(0x10c00), 5));
        assertEquals(4, area.usedPages());
        assertThrows(IllegalArgumentException.class, () -> area.release(PhysAddr.ofPfn(0x10c09), 1));
    }

    @Test
    void map_areaOfManyUses_runsNameThem() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        MovablePages cache = machine.borrowArea("page cache");
        assertEquals(BASE, done(machine.area.alloc(256, 8, "fimc0")).pfn());
        machine.frames.pin(BASE + 300, "gpu: get_user_pages");
        machine.frames.pin(BASE + 300, "uvc");
        cache.pfns().filter(pfn -> pfn == BASE + 1023).findFirst().orElseThrow();
        PageMap map = machine.area.map("41.3 µs", "test");
        assertEquals("CMA \"reserved\"", map.name());
        assertEquals(
                List.of(
                        new PageMap.Run(BASE, 256, PageMap.Use.CONTIGUOUS, "fimc0"),
                        new PageMap.Run(BASE + 256, 44, PageMap.Use.MOVABLE, "page cache"),
                        new PageMap.Run(BASE + 300, 1, PageMap.Use.PINNED, "gpu: get_user_pages, uvc"),
                        new PageMap.Run(BASE + 301, 723, PageMap.Use.MOVABLE, "page cache")),
                map.runs());
        assertTrue(machine.area.release(PhysAddr.ofPfn(BASE), 256));
        assertEquals(256, machine.area.map("", "").largestFreeRun());
    }

    @Test
    void map_neighbouringAllocationsOfOne_areARunEach() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        assertEquals(BASE, done(machine.area.alloc(4, 0, "fimc0")).pfn());
        assertEquals(BASE + 4, done(machine.area.alloc(2, 0, "fimc0")).pfn());
        List<PageMap.Run> runs = machine.area.map("now", "test").runs();
        assertEquals(
                List.of(
                        new PageMap.Run(BASE, 4, PageMap.Use.CONTIGUOUS, "fimc0"),
                        new PageMap.Run(BASE + 4, 2, PageMap.Use.CONTIGUOUS, "fimc0")),
                runs.subList(0, 2));
    }

    @Test
    void zoneMap_kernelPageAndArea_bothShown() {
        CmaMachine machine = new CmaMachine(Era.V6_12, BASE, 4096, 1024);
        long kernel = machine.buddy.alloc(0, MigrateType.UNMOVABLE).orElseThrow();
        assertEquals(BASE, done(machine.area.alloc(1, 0, "fimc0")).pfn());
        PageMap map = machine.frames.map(machine.allocator.zones().get(0), machine.reservations.areas(), "now", "test");
        assertEquals(1, map.pages(PageMap.Use.UNMOVABLE));
        assertEquals(1, map.pages(PageMap.Use.CONTIGUOUS));
        assertTrue(map.runs().contains(new PageMap.Run(kernel, 1, PageMap.Use.UNMOVABLE, "")));
    }
}
