package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class ContigRangeTest {
    private static final int BLOCK = BuddyAllocator.PAGEBLOCK_PAGES;

    private final BuddyAllocator buddy = new BuddyAllocator(0, 4 * BLOCK, TraceSink.NONE);
    private final PageFrames frames = new PageFrames(
            new PageAllocator(List.of(new PageAllocator.Zone(ZoneKind.NORMAL, buddy))),
            (from, to) -> {},
            TraceSink.NONE);
    private final ContigRange range = new ContigRange(buddy, frames);

    @Test
    void alloc_rangeAcrossPageblocks_takesExactlyItAndRestoresTypes() {
        buddy.setPageblockType(BLOCK, MigrateType.UNMOVABLE);
        assertEquals(ContigRange.Result.TAKEN, range.alloc(BLOCK - 3, 10));
        for (long pfn = 0; pfn < 4 * BLOCK; pfn++) {
            assertEquals(pfn >= BLOCK - 3 && pfn < BLOCK + 7, buddy.isInUse(pfn), "pfn " + pfn);
        }
        assertEquals(MigrateType.MOVABLE, buddy.pageblockType(0));
        assertEquals(MigrateType.UNMOVABLE, buddy.pageblockType(BLOCK));
        assertEquals(0, buddy.freeBlocks(0, MigrateType.ISOLATE));
        buddy.checkInvariants();
        range.free(PhysAddr.ofPfn(BLOCK - 3), 10);
        assertEquals(4, buddy.freeBlocks(10));
        buddy.checkInvariants();
    }

    @Test
    void alloc_excessOfTheFreeBlock_staysFreeInTheLargestBlocks() {
        assertEquals(ContigRange.Result.TAKEN, range.alloc(256, 256));
        assertEquals(1, buddy.freeBlocks(8, MigrateType.MOVABLE));
        assertEquals(1, buddy.freeBlocks(9, MigrateType.MOVABLE));
        assertTrue(buddy.isFree(255));
        assertTrue(buddy.isFree(512));
    }

    @Test
    void alloc_blockIsolatedBySomebodyElse_busyAndTheOthersRestored() {
        buddy.convertPageblock(BLOCK, MigrateType.ISOLATE);
        assertEquals(ContigRange.Result.BUSY, range.alloc(BLOCK - 4, 8));
        assertEquals(Hindrance.ISOLATED, range.obstacles().get(0).kind());
        assertEquals(MigrateType.MOVABLE, buddy.pageblockType(0));
        assertEquals(MigrateType.ISOLATE, buddy.pageblockType(BLOCK));
        assertEquals(3, buddy.freeBlocks(10, MigrateType.MOVABLE));
        buddy.checkInvariants();
    }

    @Test
    void alloc_kernelPageInAnUnmovableBlock_busyBeforeAnythingMoves() {
        long kernel = buddy.alloc(0, MigrateType.UNMOVABLE).orElseThrow();
        assertEquals(ContigRange.Result.BUSY, range.alloc((kernel | (BLOCK - 1)) - 7, 8));
        assertEquals(List.of(new Obstacle(Hindrance.UNMOVABLE, "kernel", "", kernel, kernel, 1)), range.obstacles());
        assertEquals(MigrateType.UNMOVABLE, buddy.pageblockType(kernel));
        buddy.checkInvariants();
    }

    @Test
    void alloc_kernelPageInAMovableBlock_isFoundByTheTestAtTheEnd() {
        long kernel = buddy.alloc(1, MigrateType.MOVABLE).orElseThrow();
        assertEquals(ContigRange.Result.BUSY, range.alloc(kernel, 8));
        buddy.free(kernel, 0);
        assertEquals(ContigRange.Result.NOT_ISOLATED, range.alloc(kernel, 8));
        assertEquals(kernel, range.warnedFrom());
        assertEquals(
                List.of(new Obstacle(Hindrance.UNMOVABLE, "kernel", "", kernel + 1, kernel + 1, 1)), range.obstacles());
        assertEquals(ContigRange.Result.TAKEN, range.alloc(kernel + 2, 6));
        buddy.checkInvariants();
    }

    @Test
    void alloc_freedPageInAnIsolatedBlock_isNotHandedOut() {
        buddy.convertPageblock(0, MigrateType.ISOLATE);
        for (int pages = 0; pages < 3 * BLOCK; pages++) {
            long pfn = buddy.alloc(0, MigrateType.MOVABLE).orElseThrow();
            assertTrue(pfn >= BLOCK, "pfn " + pfn);
        }
        assertFalse(buddy.alloc(0, MigrateType.UNMOVABLE).isPresent());
        assertEquals(BLOCK, buddy.freePages());
    }

    @Test
    void migrate_largeRange_targetsLieOutsideAllIsolatedBlocks() {
        MovablePages cache = new MovablePages("page cache", frames);
        assertEquals(2 * BLOCK, cache.alloc(2 * BLOCK));
        long inUse = cache.pfns().min().orElseThrow() & -BLOCK;
        assertEquals(ContigRange.Result.TAKEN, range.alloc(inUse + 5, BLOCK));
        assertEquals(2 * BLOCK, cache.pfns().distinct().count());
        assertEquals(
                0,
                cache.pfns()
                        .filter(pfn -> pfn >= inUse + 5 && pfn < inUse + 5 + BLOCK)
                        .count());
        buddy.checkInvariants();
        frames.checkInvariants();
    }

    @Test
    void free_inLargestBlocks_leavesTheListsOfFreeingPageByPage() {
        for (long seed = 1; seed <= 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            BuddyAllocator inBlocks = new BuddyAllocator(0, 2 * BLOCK, TraceSink.NONE);
            BuddyAllocator byPage = new BuddyAllocator(0, 2 * BLOCK, TraceSink.NONE);
            for (BuddyAllocator each : List.of(inBlocks, byPage)) {
                assertEquals(2 * BLOCK, drain(each).size());
                SplittableRandom same = new SplittableRandom(seed);
                for (long pfn = 0; pfn < 2 * BLOCK; pfn += 1 + same.nextInt(9)) {
                    each.free(pfn, 0);
                }
            }
            long start = random.nextInt(2 * BLOCK - 1);
            long end = start + 1 + random.nextInt((int) (2 * BLOCK - start));
            for (long pfn = start; pfn < end; pfn++) {
                if (inBlocks.isInUse(pfn)) {
                    long from = pfn;
                    while (pfn < end && inBlocks.isInUse(pfn)) {
                        byPage.free(pfn++, 0);
                    }
                    inBlocks.freeRange(from, pfn - from, random.nextBoolean());
                }
            }
            inBlocks.checkInvariants();
            assertEquals(drain(byPage), drain(inBlocks), "seed " + seed);
        }
    }

    /** All free pages in the order in which they are handed out. */
    private static List<Long> drain(BuddyAllocator buddy) {
        List<Long> order = new ArrayList<>();
        for (OptionalLong pfn = buddy.alloc(0, MigrateType.MOVABLE);
                pfn.isPresent();
                pfn = buddy.alloc(0, MigrateType.MOVABLE)) {
            order.add(pfn.getAsLong());
        }
        return order;
    }
}
