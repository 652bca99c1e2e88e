package org.dmalab.engine.memory;

import java.util.List;
import org.dmalab.engine.base.PhysAddr;

/**
 * Empties a range of page frames and takes it ({@code alloc_contig_range} of {@code mm/page_alloc.c}): isolates the
 * pageblocks around it, moves the pages in use out, takes what is free then, gives the excess at both ends back.
 *
 * <p>A page that was moved before a later one failed stays where it went, as in the kernel.
 */
final class ContigRange {
    /** {@code COMPACT_CLUSTER_MAX}: how many pages are isolated and moved together. */
    private static final int BATCH_PAGES = 32;
    /** How often a batch is tried. */
    private static final int ATTEMPTS = 5;

    /** What an attempt to take a range came to. */
    enum Result {
        TAKEN,
        /** A page could not be moved, a pageblock not be isolated: EBUSY. */
        BUSY,
        /** All that could be moved was, and pages in use are left: EBUSY, after a line in the log of Linux 3.14. */
        NOT_ISOLATED,
        /** No page was left to move another to: ENOMEM. */
        NO_TARGET
    }

    private final BuddyAllocator buddy;
    private final PageFrames frames;
    private final long[] batch = new long[BATCH_PAGES];
    private List<Obstacle> obstacles = List.of();
    private long warnedFrom;

    ContigRange(BuddyAllocator buddy, PageFrames frames) {
        this.buddy = buddy;
        this.frames = frames;
    }

    /** Takes {@code count} pages from {@code start} on, or restores types and lists. */
    Result alloc(long start, long count) {
        long end = start + count;
        long firstBlock = start & -BuddyAllocator.PAGEBLOCK_PAGES;
        long lastBlock = (end + BuddyAllocator.PAGEBLOCK_PAGES - 1) & -BuddyAllocator.PAGEBLOCK_PAGES;
        MigrateType[] types = new MigrateType[(int) ((lastBlock - firstBlock) >>> BuddyAllocator.PAGEBLOCK_ORDER)];
        int isolated = isolate(firstBlock, types);
        Result result = isolated < types.length ? Result.BUSY : migrate(start, end);
        if (result == Result.TAKEN) {
            result = take(start, end);
        }
        for (int i = 0; i < isolated; i++) {
            buddy.convertPageblock(firstBlock + ((long) i << BuddyAllocator.PAGEBLOCK_ORDER), types[i]);
        }
        return result;
    }

    /** What was in the way when the last attempt failed. */
    List<Obstacle> obstacles() {
        return obstacles;
    }

    /** The first page of the last {@link Result#NOT_ISOLATED}'s test; the test went up to the end of the range. */
    long warnedFrom() {
        return warnedFrom;
    }

    /** How many of the pageblocks from {@code firstBlock} on became ISOLATE; {@code types} gets what they were. */
    private int isolate(long firstBlock, MigrateType[] types) {
        for (int i = 0; i < types.length; i++) {
            long block = firstBlock + ((long) i << BuddyAllocator.PAGEBLOCK_ORDER);
            types[i] = buddy.pageblockType(block);
            if (types[i] == MigrateType.ISOLATE) {
                long last = block + BuddyAllocator.PAGEBLOCK_PAGES - 1;
                obstacles = List.of(
                        new Obstacle(Hindrance.ISOLATED, "kernel", "", block, last, BuddyAllocator.PAGEBLOCK_PAGES));
                return i;
            }
            if (hasUnmovablePages(block, types[i])) {
                obstacles = Obstacle.in(block, BuddyAllocator.PAGEBLOCK_PAGES, buddy, frames);
                return i;
            }
            buddy.convertPageblock(block, MigrateType.ISOLATE);
        }
        return types.length;
    }

    /** {@code has_unmovable_pages}: MOVABLE and CMA are taken on trust. */
    private boolean hasUnmovablePages(long block, MigrateType type) {
        if (type == MigrateType.MOVABLE || type == MigrateType.CMA) {
            return false;
        }
        for (long pfn = block; pfn < block + BuddyAllocator.PAGEBLOCK_PAGES; pfn++) {
            if (!buddy.isFree(pfn) && !frames.isOwned(pfn)) {
                return true;
            }
        }
        return false;
    }

    /** {@code __alloc_contig_migrate_range}; pages that nobody owns are passed over. */
    private Result migrate(long start, long end) {
        int pages = 0;
        for (long pfn = start; pfn < end; ) {
            if (buddy.isFree(pfn)) {
                long block = buddy.freeBlockStart(pfn);
                pfn = block + buddy.freeBlockPages(block);
            } else {
                if (frames.isOwned(pfn)) {
                    batch[pages++] = pfn;
                }
                pfn++;
            }
            if (pages == BATCH_PAGES || pfn >= end) {
                Result result = migrateBatch(pages, start, end);
                if (result != Result.TAKEN) {
                    return result;
                }
                pages = 0;
            }
        }
        return Result.TAKEN;
    }

    private Result migrateBatch(int pages, long start, long end) {
        int left = pages;
        for (int attempt = 1; attempt <= ATTEMPTS && left > 0; attempt++) {
            if (attempt == ATTEMPTS) {
                obstacles = Obstacle.in(start, end - start, buddy, frames);
            }
            int failed = 0;
            for (int i = 0; i < left; i++) {
                PageFrames.Migration migration = frames.migrate(batch[i]);
                if (migration == PageFrames.Migration.NO_TARGET) {
                    obstacles = List.of(withoutTarget(batch[i], end));
                    return Result.NO_TARGET;
                }
                if (migration == PageFrames.Migration.HELD) {
                    batch[failed++] = batch[i];
                }
            }
            left = failed;
        }
        return left == 0 ? Result.TAKEN : Result.BUSY;
    }

    private Obstacle withoutTarget(long first, long end) {
        long pages = 0;
        long last = first;
        for (long pfn = first; pfn < end; pfn++) {
            if (frames.isOwned(pfn)) {
                pages++;
                last = pfn;
            }
        }
        return new Obstacle(Hindrance.NO_TARGET, frames.ownerName(first), "", first, last, pages);
    }

    private Result take(long start, long end) {
        long outerStart = buddy.freeBlockStart(start);
        if (outerStart < 0) {
            obstacles = Obstacle.in(start, end - start, buddy, frames);
            return Result.BUSY;
        }
        for (long pfn = outerStart; pfn < end; pfn += buddy.freeBlockPages(pfn)) {
            if (!buddy.isFree(pfn)) {
                warnedFrom = outerStart;
                obstacles = Obstacle.in(start, end - start, buddy, frames);
                return Result.NOT_ISOLATED;
            }
        }
        long outerEnd = outerStart;
        while (outerEnd < end) {
            outerEnd += buddy.takeFreeBlock(outerEnd);
        }
        buddy.freeRange(outerStart, start - outerStart, true);
        buddy.freeRange(end, outerEnd - end, true);
        return Result.TAKEN;
    }

    /** Gives pages back ({@code free_contig_range}), in the largest aligned blocks instead of one by one. */
    void free(PhysAddr start, long count) {
        buddy.freeRange(start.pfn(), count, false);
    }
}
