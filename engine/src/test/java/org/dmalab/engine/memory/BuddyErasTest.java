package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** What the versions of Linux decide differently, zones with holes, and reserve pageblocks. */
final class BuddyErasTest {
    private static final MigrateType UNMOVABLE = MigrateType.UNMOVABLE;
    private static final MigrateType MOVABLE = MigrateType.MOVABLE;

    private final List<String> events = new ArrayList<>();
    private final TraceSink trace = new TraceSink() {
        @Override
        public void pageFellBack(
                long pfn, int order, int fallbackOrder, int wanted, int fallback, boolean changedOwnership) {
            events.add(pfn + " order " + order + " of " + fallbackOrder + ": " + wanted + " from " + fallback + " "
                    + changedOwnership);
        }
    };

    private BuddyAllocator zone(Era era, PageRange... present) {
        return new BuddyAllocator(BuddyRules.of(era), List.of(present), trace);
    }

    /** Two pageblocks; movable pages are free in one block of {@code order} only. */
    private BuddyAllocator oneMovableBlock(Era era, int order) {
        BuddyAllocator zone = zone(era, new PageRange(0, 1024));
        for (int i = 0; i < 1024 >> order; i++) {
            assertTrue(zone.alloc(order, MOVABLE).isPresent());
        }
        zone.free(512, order);
        return zone;
    }

    @Test
    void alloc_smallBlockOfAnotherType_remainderStaysThereButIn36() {
        for (Era era : List.of(Era.V3_4, Era.V3_6, Era.V3_14)) {
            BuddyAllocator zone = oneMovableBlock(era, 2);
            assertEquals(OptionalLong.of(512), zone.alloc(0, UNMOVABLE));
            MigrateType remainder = era == Era.V3_6 ? UNMOVABLE : MOVABLE;
            assertEquals(1, zone.freeBlocks(0, remainder), era.toString());
            assertEquals(1, zone.freeBlocks(1, remainder), era.toString());
            assertEquals(MOVABLE, zone.pageblockType(512));
            zone.checkInvariants();
        }
        assertEquals(
                List.of(
                        "512 order 0 of 2: 0 from 2 false",
                        "512 order 0 of 2: 0 from 2 false",
                        "512 order 0 of 2: 0 from 2 false"),
                events);
    }

    @Test
    void alloc_largeBlockOfAnotherType_up36TellsTheWantedTypeAsTheFallback() {
        for (Era era : List.of(Era.V3_4, Era.V3_6, Era.V3_14)) {
            BuddyAllocator zone = oneMovableBlock(era, 6);
            assertEquals(OptionalLong.of(512), zone.alloc(0, UNMOVABLE));
            assertEquals(1, zone.freeBlocks(5, UNMOVABLE), era.toString());
            assertEquals(MOVABLE, zone.pageblockType(512), "less than half of it was free");
        }
        assertEquals(
                List.of(
                        "512 order 0 of 6: 0 from 0 true",
                        "512 order 0 of 6: 0 from 0 true",
                        "512 order 0 of 6: 0 from 2 false"),
                events);
    }

    @Test
    void rules_ofAnErasWithoutModel_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> BuddyRules.of(Era.V6_12));
        assertThrows(IllegalArgumentException.class, () -> new BuddyRules(Era.V3_14, 12, 10));
        assertThrows(IllegalArgumentException.class, () -> new BuddyRules(Era.V3_14, 10, 11));
    }

    @Test
    void zone_withAHole_countsAndMergesPresentPagesOnly() {
        BuddyAllocator zone = zone(Era.V3_14, new PageRange(0x100, 0x100), new PageRange(0x300, 0x500));
        assertEquals(0x700, zone.pages());
        assertEquals(0x600, zone.presentPages());
        assertEquals(0x600, zone.freePages());
        assertFalse(zone.isPresent(0x200));
        assertTrue(zone.isReserved(0x2ff));
        assertFalse(zone.isFree(0x2ff));
        zone.checkInvariants();
        for (int i = 0; i < 0x600; i++) {
            assertTrue(zone.isPresent(zone.alloc(0, MOVABLE).orElseThrow()));
        }
        assertEquals(OptionalLong.empty(), zone.alloc(0, MOVABLE));
        for (long pfn = 0x100; pfn < 0x800; pfn++) {
            if (zone.isPresent(pfn)) {
                zone.free(pfn, 0);
            }
        }
        zone.checkInvariants();
        assertEquals(
                "[0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]",
                zone.orders("z").freeBlocks().toString());
        assertEquals(
                "free of pages that are not in use: [pfn=0x00000200] [order=0] [page 0x00000200 is a hole]",
                assertThrows(IllegalArgumentException.class, () -> zone.free(0x200, 0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> zone.release(0x200, 0));
        assertThrows(IllegalArgumentException.class, () -> zone.reserve(0x1ff, 2));
        zone.checkInvariants();
    }

    @Test
    void reservePageblocks_takesWholeMovableBlocksForRequestsThatFindNothing() {
        BuddyAllocator zone = zone(Era.V3_14, new PageRange(0, 6 * 1024));
        zone.reserve(10, 5);
        zone.setPageblockType(1024, UNMOVABLE);
        zone.reservePageblocks(1025);
        assertEquals(MigrateType.MOVABLE, zone.pageblockType(0), "has reserved pages");
        assertEquals(UNMOVABLE, zone.pageblockType(1024));
        assertEquals(MigrateType.RESERVE, zone.pageblockType(2048));
        assertEquals(MigrateType.RESERVE, zone.pageblockType(3072));
        assertEquals(2, zone.freeBlocks(10, MigrateType.RESERVE));
        zone.reservePageblocks(5000);
        assertEquals(2, zone.freeBlocks(10, MigrateType.RESERVE), "never more than two");
        zone.checkInvariants();
        long free = zone.freePages();
        for (long i = 0; i < free; i++) {
            assertTrue(zone.alloc(0, MOVABLE).isPresent(), "the reserve is used last but used");
        }
    }

    @Test
    void orders0to11_blocksOf8MiB_splitAndMerge() {
        BuddyAllocator zone =
                new BuddyAllocator(new BuddyRules(Era.V3_14, 11, 11), List.of(new PageRange(0x40400, 5 * 1024)), trace);
        assertEquals(
                "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]",
                zone.orders("z").freeBlocks().toString());
        long pfn = zone.alloc(11, MOVABLE).orElseThrow();
        assertEquals(0, pfn % 2048);
        zone.free(pfn + 1024, 10);
        zone.checkInvariants();
        zone.free(pfn, 10);
        zone.checkInvariants();
        assertEquals(2, zone.freeBlocks(11));
        assertThrows(
                IllegalArgumentException.class, () -> zone.alloc(12, MOVABLE).isPresent());
    }

    @Test
    void blocksOfTheBoardsLargestOrder_areFoundFreedAndConverted() {
        for (int largest : new int[] {8, 9, 11}) {
            BuddyRules rules = new BuddyRules(Era.V3_14, largest, largest);
            BuddyAllocator zone = new BuddyAllocator(rules, List.of(new PageRange(0x40000, 8192)), TraceSink.NONE);
            assertEquals(0x40000, zone.freeBlockStart(0x40005));
            assertEquals(1 << largest, zone.freeBlockPages(0x40000));
            zone.convertPageblock(0x40000, MigrateType.ISOLATE);
            assertEquals(MigrateType.ISOLATE, zone.pageblockType(0x40000));
            assertEquals(1, zone.freeBlocks(largest, MigrateType.ISOLATE));
            zone.convertPageblock(0x40000, MigrateType.MOVABLE);
            long pages = 0;
            while (pages < 8192) {
                pages += zone.takeFreeBlock(0x40000 + pages);
            }
            zone.checkInvariants();
            zone.freeRange(0x40000, 8192, true);
            zone.checkInvariants();
            assertEquals(8192 >> largest, zone.freeBlocks(largest));
        }
    }
}
