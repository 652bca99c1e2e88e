package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class BuddyAllocatorTest {
    private static final MigrateType MOVABLE = MigrateType.MOVABLE;
    private static final MigrateType UNMOVABLE = MigrateType.UNMOVABLE;

    private static BuddyAllocator zone(long startPfn, long pages) {
        return new BuddyAllocator(startPfn, pages, TraceSink.NONE);
    }

    @Test
    void alloc_emptyZone_comesFromTheHighestBlock() {
        BuddyAllocator allocator = zone(0x40000, 4096);
        assertEquals(OptionalLong.of(0x40c00), allocator.alloc(0, MOVABLE));
        assertEquals(4095, allocator.freePages());
        assertEquals(
                "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3]",
                allocator.orders("Normal").freeBlocks().toString());
    }

    /** The executed reference sequence of two pageblocks, the lower one freed last. */
    @Test
    void alloc_otherTypesPageblock_changesItsOwner() {
        BuddyAllocator allocator = zone(0, 2048);
        allocator.reserve(0, 2048);
        allocator.release(0, 10);
        allocator.release(1024, 10);
        assertEquals(OptionalLong.of(1024), allocator.alloc(0, UNMOVABLE));
        assertEquals(UNMOVABLE, allocator.pageblockType(1024));
        assertEquals(OptionalLong.of(0), allocator.alloc(0, MOVABLE));
        assertEquals(OptionalLong.of(1032), allocator.alloc(3, UNMOVABLE));
        assertEquals(OptionalLong.of(4), allocator.alloc(2, MOVABLE));
        allocator.free(1024, 0);
        assertEquals(
                "[1, 1, 0, 2, 2, 2, 2, 2, 2, 2, 0]",
                allocator.orders("Normal").freeBlocks().toString());
        allocator.checkInvariants();
    }

    @Test
    void alloc_lastPageGone_isEmptyAndChangesNothing() {
        BuddyAllocator allocator = zone(7, 3);
        for (int i = 0; i < 3; i++) {
            assertTrue(allocator.alloc(0, MOVABLE).isPresent());
        }
        assertEquals(OptionalLong.empty(), allocator.alloc(0, MOVABLE));
        assertEquals(0, allocator.freePages());
        allocator.checkInvariants();
    }

    @Test
    void alloc_cmaPageblocks_servesMovableRequestsOnly() {
        BuddyAllocator allocator = zone(0, 2048);
        allocator.reserve(0, 2048);
        allocator.setPageblockType(1024, MigrateType.CMA);
        allocator.release(1024, 10);
        assertEquals(OptionalLong.empty(), allocator.alloc(0, UNMOVABLE));
        assertEquals(OptionalLong.of(1024), allocator.alloc(0, MOVABLE));
        assertEquals(MigrateType.CMA, allocator.pageblockType(1024));
        assertEquals(1, allocator.freeBlocks(9, MigrateType.CMA));
    }

    @Test
    void alloc_isolatedPageblock_isNotUsed() {
        BuddyAllocator allocator = zone(0, 1024);
        allocator.reserve(0, 1024);
        allocator.setPageblockType(0, MigrateType.ISOLATE);
        allocator.release(0, 10);
        assertEquals(OptionalLong.empty(), allocator.alloc(0, MOVABLE));
    }

    @Test
    void free_splitBlockPageByPage_mergesToTheWhole() {
        BuddyAllocator allocator = zone(0x40000, 1024);
        assertEquals(OptionalLong.of(0x40000), allocator.alloc(10, MOVABLE));
        for (long pfn = 0x40000; pfn < 0x40400; pfn++) {
            allocator.free(pfn, 0);
            allocator.checkInvariants();
        }
        assertEquals(1, allocator.freeBlocks(10));
    }

    @Test
    void reserve_rangeInside_isNeverHandedOut() {
        BuddyAllocator allocator = zone(0x40000, 4096);
        allocator.reserve(0x40008, 1500);
        allocator.checkInvariants();
        assertEquals(4096 - 1500, allocator.freePages());
        assertTrue(allocator.isReserved(0x40008));
        assertFalse(allocator.isFree(0x40008 + 1499));
        assertTrue(allocator.isFree(0x40008 + 1500));
        for (long i = allocator.freePages(); i > 0; i--) {
            long pfn = allocator.alloc(0, MOVABLE).orElseThrow();
            assertFalse(allocator.isReserved(pfn), Long.toHexString(pfn));
        }
        assertEquals(OptionalLong.empty(), allocator.alloc(0, MOVABLE));
    }

    @Test
    void reserve_afterTheFirstAllocation_isRefused() {
        BuddyAllocator allocator = zone(0, 64);
        assertTrue(allocator.alloc(0, MOVABLE).isPresent());
        assertRefused(
                "memory is reserved at boot, before the first allocation [pfn=0x00000000] [pages in use=1]",
                () -> allocator.reserve(0, 1));
    }

    @Test
    void zone_of64GiB_takesLittleWhileUntouched() {
        long before = usedHeap();
        BuddyAllocator allocator = zone(0x100000, 16L << 20);
        long cost = usedHeap() - before;
        assertEquals(16384, allocator.freeBlocks(10));
        assertTrue(cost < 8 << 20, "heap for an untouched zone of 64 GiB: " + cost);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void trace_allocAndFree_tellsFrameOrderAndType() {
        List<String> events = new ArrayList<>();
        BuddyAllocator allocator = new BuddyAllocator(0x40000, 1024, new TraceSink() {
            @Override
            public void pageAllocated(long pfn, int order, int migrateType) {
                events.add("alloc " + Long.toHexString(pfn) + " " + order + " " + migrateType);
            }

            @Override
            public void pageFreed(long pfn, int order) {
                events.add("free " + Long.toHexString(pfn) + " " + order);
            }
        });
        allocator.free(allocator.alloc(3, UNMOVABLE).orElseThrow(), 3);
        assertEquals(List.of("alloc 40000 3 0", "free 40000 3"), events);
    }

    @Test
    void alloc_badOrderOrType_isRefused() {
        BuddyAllocator allocator = zone(0, 1024);
        assertRefused(
                "order must be 0..10: 11",
                () -> assertTrue(allocator.alloc(11, MOVABLE).isEmpty()));
        assertRefused(
                "order must be 0..10: -1",
                () -> assertTrue(allocator.alloc(-1, MOVABLE).isEmpty()));
        assertRefused(
                "allocation must be UNMOVABLE, RECLAIMABLE or MOVABLE: CMA",
                () -> assertTrue(allocator.alloc(0, MigrateType.CMA).isEmpty()));
        allocator.checkInvariants();
    }

    @Test
    void free_mistakes_areNamedAndChangeNothing() {
        BuddyAllocator allocator = zone(0x40000, 1024);
        allocator.reserve(0x40200, 1);
        long pfn = allocator.alloc(2, MOVABLE).orElseThrow();
        String before = allocator.orders("Normal").toString();
        assertRefused("order must be 0..10: 11", () -> allocator.free(pfn, 11));
        assertRefused(
                "pages lie outside the zone [pfn=0x0003ffff] [pages=1] [zone=0x00040000 + 1024 pages]",
                () -> allocator.free(0x3ffff, 0));
        assertRefused(
                "pages lie outside the zone [pfn=0x00040400] [pages=1] [zone=0x00040000 + 1024 pages]",
                () -> allocator.free(0x40400, 0));
        assertRefused(
                "block of order 1 must begin at a multiple of 2 pages: 0x00040005", () -> allocator.free(0x40005, 1));
        assertRefused(
                "free of pages that are not in use: [pfn=0x00040200] [order=0] [page 0x00040200 is reserved]",
                () -> allocator.free(0x40200, 0));
        assertRefused(
                "free of pages that are not in use: [pfn=0x00040000] [order=10] [page 0x00040000 is free]",
                () -> allocator.free(0x40000, 10));
        assertEquals(before, allocator.orders("Normal").toString());
        allocator.checkInvariants();

        allocator.free(pfn, 2);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(pfn, 2));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(pfn, 0));
        allocator.checkInvariants();
    }

    @Test
    void release_ofPagesThatAreNotReserved_isRefused() {
        BuddyAllocator allocator = zone(0, 1024);
        assertRefused(
                "release of pages that are not reserved: [pfn=0x00000000] [order=0] [page 0x00000000 is free]",
                () -> allocator.release(0, 0));
    }

    @Test
    void zone_withoutPages_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> zone(0, 0));
        assertThrows(IllegalArgumentException.class, () -> zone(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> zone(0, Long.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> zone(Long.MAX_VALUE, 1));
    }

    @Test
    void migrateType_numbers_areThoseOfLinux314() {
        for (MigrateType type : MigrateType.values()) {
            assertEquals(type, MigrateType.of(type.number()));
        }
        assertEquals(2, MOVABLE.number());
        assertEquals(4, MigrateType.CMA.number());
        assertRefused("migrate type must be 0..5: 6", () -> assertEquals(MOVABLE, MigrateType.of(6)));
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
