package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class PageAllocatorTest {
    private static PageAllocator.Zone zone(ZoneKind kind, long startPfn, long pages) {
        return new PageAllocator.Zone(kind, new BuddyAllocator(startPfn, pages, TraceSink.NONE));
    }

    /** 16 MiB of DMA, 112 MiB of Normal, 128 MiB of HighMem. */
    private static List<PageAllocator.Zone> threeZones() {
        return List.of(
                zone(ZoneKind.DMA, 0x40000, 4096),
                zone(ZoneKind.NORMAL, 0x41000, 28672),
                zone(ZoneKind.HIGHMEM, 0x48000, 32768));
    }

    private static PageAllocationFailure failure(Outcome<PhysAddr> outcome) {
        return assertInstanceOf(
                PageAllocationFailure.class,
                assertInstanceOf(Outcome.Failed.class, outcome).reason());
    }

    private static ZoneKind zoneServing(PageAllocator pages, Gfp gfp) {
        return pages.zoneOf(pages.alloc(0, gfp).orElseThrow(reason -> new IllegalStateException(reason.explain())))
                .kind();
    }

    private static void exhaust(PageAllocator pages, Gfp gfp) {
        for (int order = BuddyAllocator.MAX_ORDER; order >= 0; order--) {
            while (!pages.alloc(order, gfp).isFailed()) {
                assertTrue(pages.freeBytes() >= 0);
            }
        }
    }

    @Test
    void alloc_zoneOfTheFlagsIsFull_fallsBackDownwardsOnly() {
        PageAllocator pages = new PageAllocator(threeZones());
        assertEquals(ZoneKind.HIGHMEM, zoneServing(pages, Gfp.HIGHUSER_MOVABLE));
        assertEquals(ZoneKind.NORMAL, zoneServing(pages, Gfp.KERNEL));
        assertEquals(ZoneKind.DMA, zoneServing(pages, Gfp.DMA));
        exhaust(pages, Gfp.KERNEL);
        PageAllocationFailure failure = failure(pages.alloc(0, Gfp.KERNEL));
        assertEquals(Errno.ENOMEM, failure.errno());
        assertEquals("page allocation failure: order:0, mode:0xd0", failure.message());
        assertEquals(
                List.of(ZoneKind.NORMAL, ZoneKind.DMA),
                failure.zones().stream().map(ZoneRefusal::zone).toList());
        assertEquals(ZoneKind.HIGHMEM, zoneServing(pages, Gfp.HIGHUSER), "HighMem is not touched by kernel requests");
    }

    @Test
    void alloc_dmaOnAMachineWithoutThatZone_isServedByNormal() {
        PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 1024)));
        assertEquals(ZoneKind.NORMAL, zoneServing(pages, Gfp.DMA));
        assertEquals(ZoneKind.NORMAL, zoneServing(pages, Gfp.HIGHUSER));
    }

    @Test
    void alloc_withoutWatermarks_givesTheLastPage_andSaysShortOrFragmented() {
        PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 1024)));
        List<PhysAddr> taken = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            taken.add(pages.alloc(0, Gfp.KERNEL).orElseThrow(reason -> new IllegalStateException(reason.explain())));
        }
        assertEquals(
                ZoneRefusal.Cause.SHORT,
                failure(pages.alloc(0, Gfp.KERNEL)).zones().get(0).cause());
        for (PhysAddr page : taken) {
            if (page.pfn() % 2 == 0) {
                pages.free(page, 0);
            }
        }
        ZoneRefusal refusal = failure(pages.alloc(1, Gfp.KERNEL)).zones().get(0);
        assertEquals(new ZoneRefusal(ZoneKind.NORMAL, ZoneRefusal.Cause.FRAGMENTED, 512, 512, 2, 0, 499), refusal);
    }

    @Test
    void alloc_orderNoZoneHas_failsAndSaysSo() {
        PageAllocator pages = new PageAllocator(threeZones());
        PageAllocationFailure failure = failure(pages.alloc(11, Gfp.KERNEL));
        assertEquals("page allocation failure: order:11, mode:0xd0", failure.message());
        assertTrue(failure.explain().contains("no zone has blocks that large"), failure.explain());
        assertThrows(
                IllegalArgumentException.class,
                () -> pages.alloc(-1, Gfp.KERNEL).isFailed());
    }

    /** 128 MiB of lowmem: the root of 131072 * 16 is 1448 KiB, 362 pages. */
    @Test
    void watermarks_ofThreeZones_followTheFormulaOfLinux314() {
        List<Watermarks> marks = Watermarks.of(threeZones());
        assertEquals(1448, Watermarks.minFreeKbytes(threeZones()));
        assertEquals(new Watermarks(45, 56, 67, List.of(0L, 112L, 240L)), marks.get(0));
        assertEquals(new Watermarks(316, 395, 474, List.of(0L, 0L, 1024L)), marks.get(1));
        // HighMem keeps a 1024th, at least 32 pages; the distances are its share of min_free_kbytes.
        assertEquals(new Watermarks(32, 32 + 362 / 4, 32 + 362 / 2, List.of(0L, 0L, 0L)), marks.get(2));
    }

    @Test
    void minFreeKbytes_isClamped() {
        assertEquals(128, Watermarks.minFreeKbytes(List.of(zone(ZoneKind.NORMAL, 0, 200))));
        assertEquals(65536, Watermarks.minFreeKbytes(List.of(zone(ZoneKind.NORMAL, 0, 1 << 27))));
    }

    @Test
    void alloc_belowTheMinimum_onlyForThoseWhoCannotWait() {
        List<PageAllocator.Zone> zones = List.of(zone(ZoneKind.NORMAL, 0x40000, 8192));
        PageAllocator pages = new PageAllocator(zones, Watermarks.of(zones, 4000));
        long min = pages.watermarks().get(0).minPages();
        assertEquals(1000, min);
        assertEquals(min, leftAfterSinglePages(pages, Gfp.KERNEL));
        ZoneRefusal refusal = failure(pages.alloc(0, Gfp.KERNEL)).zones().get(0);
        assertEquals(ZoneRefusal.Cause.WATERMARK, refusal.cause());
        assertEquals(min, refusal.usablePages());
        assertEquals(min, refusal.limitPages());
        // ALLOC_HARDER alone takes a quarter off, ALLOC_HIGH half, both half and a quarter of the rest.
        assertEquals(750, leftAfterSinglePages(pages, Gfp.NOWAIT));
        assertEquals(500, leftAfterSinglePages(pages, Gfp.KERNEL.with(GfpFlag.HIGH)));
        assertEquals(375, leftAfterSinglePages(pages, Gfp.ATOMIC));
        assertEquals(0, leftAfterSinglePages(pages, Gfp.KERNEL.with(GfpFlag.MEMALLOC)));
    }

    @CanIgnoreReturnValue
    private static long leftAfterSinglePages(PageAllocator pages, Gfp gfp) {
        while (!pages.alloc(0, gfp).isFailed()) {
            assertTrue(pages.freeBytes() >= 0);
        }
        return pages.freeBytes() >>> 12;
    }

    @Test
    void alloc_lowZone_keepsItsReserveFromRequestsThatCouldGoHigher() {
        List<PageAllocator.Zone> zones = threeZones();
        PageAllocator pages = new PageAllocator(zones, Watermarks.of(zones));
        leftAfterSinglePages(pages, Gfp.HIGHUSER);
        // The minimum and a 256th of Normal and HighMem.
        assertEquals(45 + 240, zones.get(0).buddy().freePages());
        assertEquals(316 + 1024, zones.get(1).buddy().freePages());
        leftAfterSinglePages(pages, Gfp.KERNEL);
        assertEquals(45 + 112, zones.get(0).buddy().freePages());
        leftAfterSinglePages(pages, Gfp.DMA.with(GfpFlag.WAIT));
        assertEquals(45, zones.get(0).buddy().freePages());
    }

    @Test
    void alloc_manyPagesFreeInSmallBlocks_failsByTheWatermarkOfTheOrder() {
        List<PageAllocator.Zone> zones = List.of(zone(ZoneKind.NORMAL, 0x40000, 8192));
        PageAllocator pages = new PageAllocator(zones, Watermarks.of(zones, 400));
        // 2000 single pages and 30 blocks of order 2: the watermark is 100 pages, 50 in orders from 1, 25 from 2.
        pages.restore(snapshot("Normal", 2000L, 0L, 5L));
        PageAllocationFailure failure = failure(pages.alloc(2, Gfp.KERNEL));
        assertEquals(
                new ZoneRefusal(ZoneKind.NORMAL, ZoneRefusal.Cause.ORDER_WATERMARK, 2020, 17, 50, 2, -1000),
                failure.zones().get(0));
        pages.restore(snapshot("Normal", 2000L, 0L, 14L));
        assertTrue(!pages.alloc(2, Gfp.KERNEL).isFailed());
    }

    @Test
    void restore_snapshot_givesExactlyTheseFreeBlocks() {
        PageAllocator pages = new PageAllocator(threeZones());
        pages.zones().get(1).buddy().reserve(0x41008, 1000);
        FragmentationSnapshot wanted = snapshot("Normal", 154L, 102L, 51L, 72L, 68L, 38L, 8L, 3L, 2L, 2L, 20L);
        pages.restore(wanted);
        assertEquals(
                wanted.zones().get(0), pages.snapshot("now", "test").zones().get(1));
        assertEquals(
                4, pages.snapshot("now", "test").zones().get(0).freeBlocks().get(10), "other zones stay");
        pages.zones().forEach(zone -> zone.buddy().checkInvariants());
        String first = places(pages);
        pages.restore(wanted);
        assertEquals(first, places(pages), "the places depend on the counts alone");
    }

    private static String places(PageAllocator pages) {
        StringBuilder text = new StringBuilder();
        BuddyAllocator buddy = pages.zones().get(1).buddy();
        for (long pfn = buddy.startPfn(); pfn < buddy.startPfn() + buddy.pages(); pfn++) {
            text.append(buddy.isFree(pfn) ? '.' : '#');
        }
        return text.toString();
    }

    private static FragmentationSnapshot snapshot(String zone, Long... freeBlocks) {
        return new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(0, zone, List.of(freeBlocks))), "t", "test");
    }

    @Test
    void restore_fullestOfEachOrder_fits_andOneMoreDoesNot() {
        for (int order = 0; order < BuddyAllocator.MAX_ORDER; order++) {
            PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 4096)));
            Long[] blocks = new Long[11];
            Arrays.fill(blocks, 0L);
            blocks[order] = 4096L >> (order + 1);
            pages.restore(snapshot("Normal", blocks));
            pages.zones().get(0).buddy().checkInvariants();
            blocks[order]++;
            String before = pages.snapshot("", "").toString();
            String message = assertThrows(
                            IllegalArgumentException.class, () -> pages.restore(snapshot("Normal", blocks)))
                    .getMessage();
            assertEquals(
                    "zone Normal has no room for 1 of " + blocks[order] + " free blocks of order " + order, message);
            assertEquals(before, pages.snapshot("", "").toString());
        }
    }

    @Test
    void restore_whatDoesNotFit_saysWhichZoneAndHowMuch_andChangesNothing() {
        PageAllocator pages = new PageAllocator(threeZones());
        String before = pages.snapshot("", "").toString();
        assertRefused(
                "no zone is named DMA32: [DMA, Normal, HighMem]; a machine whose zones are these can be restored;"
                        + " dmaZone(bytes) gives a board zone DMA, Soc.arm64(bytes) has DMA32, and Soc.like(types) makes a"
                        + " machine that fits a pagetypeinfo",
                pages,
                snapshot("DMA32", 1L));
        assertRefused(
                "zone DMA has no room for 3 of 3 free blocks of order 11",
                pages,
                snapshot("DMA", 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 3L));
        assertRefused("zone DMA has no room for 952 of 3000 free blocks of order 0", pages, snapshot("DMA", 3000L));
        assertRefused("free blocks must not be negative: zone DMA, order 0: -1", pages, snapshot("DMA", -1L));
        assertEquals(before, pages.snapshot("", "").toString());
    }

    @Test
    void restore_besideWhatIsInUse_movesNothingOfIt() {
        PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 4096)));
        BuddyAllocator buddy = pages.zones().get(0).buddy();
        List<Long> live = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            live.add(buddy.alloc(i % 3, MigrateType.UNMOVABLE).orElseThrow());
        }
        pages.restore(snapshot("Normal", 100L, 50L, 20L, 10L, 5L, 3L, 2L, 1L, 0L, 0L, 1L));
        buddy.checkInvariants();
        for (int i = 0; i < live.size(); i++) {
            buddy.free(live.get(i), i % 3);
            buddy.checkInvariants();
        }
        // What the restore gave to somebody unknown is free to be placed anew.
        pages.restore(snapshot("Normal", 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 4L));
        buddy.checkInvariants();
        assertEquals(4096, buddy.freePages());
    }

    @Test
    void restore_noRoomBesideWhatIsInUse_saysSoAndChangesNothing() {
        PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 4096)));
        BuddyAllocator buddy = pages.zones().get(0).buddy();
        long page = buddy.alloc(0, MigrateType.UNMOVABLE).orElseThrow();
        String before = pages.pageTypes("", "").toString();
        assertRefused(
                "zone Normal has no room for 1 of 4 free blocks of order 10 beside what is in use, free that first or"
                        + " restore a machine that has just booted [1 page in use] [somebody: 1 page]",
                pages,
                snapshot("Normal", 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 4L));
        assertEquals(before, pages.pageTypes("", "").toString());
        buddy.free(page, 0);
        buddy.checkInvariants();
    }

    @Test
    void restore_nothingOrAZoneTwice_isRefused() {
        PageAllocator pages = new PageAllocator(threeZones());
        assertRefused(
                "nothing to restore, buddyinfo tells of no zone [expected lines=Node 0, zone   Normal      4      1"
                        + "      0 ...]",
                pages,
                new FragmentationSnapshot(List.of(), "t", "buddyinfo"));
        FragmentationSnapshot.ZoneOrders zone = new FragmentationSnapshot.ZoneOrders(0, "DMA", List.of(1L));
        assertRefused(
                "zone DMA is given twice, of two nodes or moments: the machine has one",
                pages,
                new FragmentationSnapshot(List.of(zone, zone), "t", "numa"));
        PageTypeInfo empty = new PageTypeInfo(10, List.of(), "t", "pagetypeinfo");
        assertThrows(IllegalArgumentException.class, () -> pages.restore(empty));
    }

    @Test
    void alloc_noBlockOfThatOrder_saysSoInsteadOfTheWatermark() {
        List<PageAllocator.Zone> zones = List.of(zone(ZoneKind.NORMAL, 0x40000, 8192));
        PageAllocator pages = new PageAllocator(zones, Watermarks.of(zones, 400));
        pages.restore(snapshot("Normal", 0L, 0L, 0L, 0L, 0L, 0L, 0L, 30L));
        PageAllocationFailure failure = failure(pages.alloc(10, Gfp.KERNEL));
        assertEquals(ZoneRefusal.Cause.FRAGMENTED, failure.zones().get(0).cause());
        assertEquals(
                "asked for one block of order 10 (4 MiB, GFP_KERNEL) from zone Normal or below; Normal: 15 MiB free, no"
                        + " block of 4 MiB (order 10) or more, the largest has 512 KiB (order 7), fragmentation index 0.842:"
                        + " memory is fragmented; take smaller blocks behind an IOMMU or reserve memory at boot",
                failure.explain());
    }

    @Test
    void toString_saysWhatEachZoneHas() {
        PageAllocator pages = new PageAllocator(List.of(zone(ZoneKind.NORMAL, 0x40000, 4096)));
        assertEquals("16 MiB free: Normal 16 MiB of 16 MiB", pages.toString());
        assertTrue(
                pages.pageTypes("now", "test").toString().startsWith("Page block order: 10\nPages per block:  1024\n"));
    }

    private static void assertRefused(String message, PageAllocator pages, FragmentationSnapshot snapshot) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> pages.restore(snapshot))
                        .getMessage());
    }

    /** The counts an i.MX6 board with Linux 6.12 and pageblocks of order 11 printed. */
    @Test
    void restore_pageTypesOfARealBoard_givesTheSameFile() {
        BuddyRules rules = new BuddyRules(Era.V3_14, 11, 11);
        List<PageAllocator.Zone> zones = List.of(
                new PageAllocator.Zone(
                        ZoneKind.DMA,
                        new BuddyAllocator(rules, List.of(new PageRange(0x10000, 0x30000)), TraceSink.NONE)),
                new PageAllocator.Zone(
                        ZoneKind.HIGHMEM,
                        new BuddyAllocator(rules, List.of(new PageRange(0x40000, 0x10000)), TraceSink.NONE)));
        PageAllocator pages = new PageAllocator(zones);
        PageTypeInfo board = new PageTypeInfo(
                11,
                List.of(
                        new PageTypeInfo.ZoneTypes(
                                0,
                                "DMA",
                                List.of(
                                        type(MigrateType.UNMOVABLE, 3, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0),
                                        type(MigrateType.MOVABLE, 92, 3, 2, 2, 2, 2, 3, 3, 4, 1, 2, 3, 85),
                                        type(MigrateType.RECLAIMABLE, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0))),
                        new PageTypeInfo.ZoneTypes(
                                0,
                                "HighMem",
                                List.of(
                                        type(MigrateType.UNMOVABLE, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0),
                                        type(MigrateType.MOVABLE, 27, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 26),
                                        type(MigrateType.CMA, 4, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 3)))),
                "boot",
                "imx6");
        pages.restore(board);
        pages.zones().forEach(zone -> zone.buddy().checkInvariants());
        assertEquals(board.text(Era.V6_12), pages.pageTypes("now", "model").text(Era.V6_12));
        assertEquals(
                board.snapshot().buddyinfo(), pages.snapshot("now", "model").buddyinfo());
        assertEquals("""
                Node 0, zone      DMA      5      3      4      2      3      4      5      5      2      2      5     85\s
                Node 0, zone  HighMem      2      2      3      2      2      1      1      1      1      2      2     29\s
                """, pages.snapshot("now", "model").buddyinfo());
        assertEquals("""
                Page block order: 11
                Pages per block:  2048

                Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10     11\s
                Node    0, zone      DMA, type    Unmovable      1      0      1      0      0      1      1      0      1      0      1      0\s
                Node    0, zone      DMA, type      Movable      3      2      2      2      2      3      3      4      1      2      3     85\s
                Node    0, zone      DMA, type  Reclaimable      1      1      1      0      1      0      1      1      0      0      1      0\s
                Node    0, zone      DMA, type   HighAtomic      0      0      0      0      0      0      0      0      0      0      0      0\s
                Node    0, zone      DMA, type          CMA      0      0      0      0      0      0      0      0      0      0      0      0\s
                Node    0, zone      DMA, type      Isolate      0      0      0      0      0      0      0      0      0      0      0      0\s
                Node    0, zone  HighMem, type    Unmovable      1      0      1      1      1      0      1      0      0      1      1      0\s
                Node    0, zone  HighMem, type      Movable      1      1      1      0      0      0      0      0      0      0      0     26\s
                Node    0, zone  HighMem, type  Reclaimable      0      0      0      0      0      0      0      0      0      0      0      0\s
                Node    0, zone  HighMem, type   HighAtomic      0      0      0      0      0      0      0      0      0      0      0      0\s
                Node    0, zone  HighMem, type          CMA      0      1      1      1      1      1      0      1      1      1      1      3\s
                Node    0, zone  HighMem, type      Isolate      0      0      0      0      0      0      0      0      0      0      0      0\s

                Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic          CMA      Isolate\s
                Node 0, zone      DMA            3           92            1            0            0            0\s
                Node 0, zone  HighMem            1           27            0            0            4            0\s
                """, board.text(Era.V6_12));
    }

    private static PageTypeInfo.TypeOrders type(MigrateType type, long pageblocks, long... freeBlocks) {
        return new PageTypeInfo.TypeOrders(
                type, Arrays.stream(freeBlocks).boxed().toList(), pageblocks);
    }

    @Test
    void restore_otherNumberOfPageblocks_isRefused() {
        PageAllocator pages = new PageAllocator(threeZones());
        PageTypeInfo types = new PageTypeInfo(
                10,
                List.of(new PageTypeInfo.ZoneTypes(0, "DMA", List.of(type(MigrateType.MOVABLE, 5, 1)))),
                "t",
                "test");
        assertEquals(
                "zone DMA has 4 pageblocks: 5 are given; Soc.like(types) makes a machine that fits",
                assertThrows(IllegalArgumentException.class, () -> pages.restore(types))
                        .getMessage());
    }

    @Test
    void restore_pageblockCountsThatOverflow_areRefused() {
        PageAllocator pages = new PageAllocator(threeZones());
        PageTypeInfo types = new PageTypeInfo(
                10,
                List.of(new PageTypeInfo.ZoneTypes(
                        0,
                        "DMA",
                        List.of(
                                type(MigrateType.UNMOVABLE, Long.MAX_VALUE, 1),
                                type(MigrateType.RECLAIMABLE, Long.MAX_VALUE, 1),
                                type(MigrateType.MOVABLE, 6, 1)))),
                "t",
                "test");
        assertThrows(IllegalArgumentException.class, () -> pages.restore(types));
    }

    @Test
    void pageTypes_ofLinux34_hasNoCmaRow() {
        String text = new PageAllocator(threeZones()).pageTypes("now", "test").text(Era.V3_4);
        assertTrue(text.contains("type      Reserve "), text);
        assertTrue(!text.contains("CMA"), text);
    }

    @Test
    void zones_notAscendingOrWatermarksOfOthers_areRefused() {
        PageAllocator.Zone high = zone(ZoneKind.HIGHMEM, 0x50000, 1024);
        PageAllocator.Zone normal = zone(ZoneKind.NORMAL, 0x40000, 1024);
        assertThrows(IllegalArgumentException.class, () -> new PageAllocator(List.of(high, normal)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageAllocator(List.of(normal, high), Watermarks.of(List.of(normal))));
    }
}
