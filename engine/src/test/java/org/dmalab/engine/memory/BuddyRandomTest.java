package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** Random allocations against a flat set of free pages: which blocks are free follows from the pages alone. */
final class BuddyRandomTest {
    private static final long START = 0x40123;
    private static final int PAGES = 2333;

    private record Block(long pfn, int order) {}

    private final BuddyAllocator allocator = new BuddyAllocator(START, PAGES, TraceSink.NONE);
    private final BitSet free = new BitSet();
    private final List<Block> live = new ArrayList<>();

    @Test
    void operations_random_agreeWithTheFlatModel() {
        allocator.reserve(START + 1000, 77);
        free.set((int) START, (int) START + PAGES);
        free.clear((int) START + 1000, (int) START + 1077);
        RandomOperations.run(BuddyRandomTest.class, 0x5eed91, 20_000, this::step);
    }

    private void step(SplittableRandom random, Consumer<String> log) {
        int kind = random.nextInt(100);
        if (kind < 52) {
            alloc(Math.min(random.nextInt(11), random.nextInt(11)), MigrateType.of(random.nextInt(3)), log);
        } else if (kind < 94 && !live.isEmpty()) {
            free(live.remove(random.nextInt(live.size())), random, log);
        } else {
            freeMistake(START - 10 + random.nextInt(PAGES + 20), random.nextInt(11), log);
        }
        allocator.checkInvariants();
        assertEquals(free.cardinality(), allocator.freePages(), "free pages");
        for (int order = 0; order <= BuddyAllocator.MAX_ORDER; order++) {
            assertEquals(freeBlocks(order), allocator.freeBlocks(order), "free blocks of order " + order);
        }
    }

    private void alloc(int order, MigrateType type, Consumer<String> log) {
        log.accept("alloc [order=" + order + "] [type=" + type + "]");
        boolean possible = false;
        for (int larger = order; larger <= BuddyAllocator.MAX_ORDER; larger++) {
            possible |= freeBlocks(larger) > 0;
        }
        OptionalLong pfn = allocator.alloc(order, type);
        assertEquals(possible, pfn.isPresent(), "a block is found if one is free");
        if (pfn.isPresent()) {
            int page = (int) pfn.getAsLong();
            assertEquals(0, page & ((1 << order) - 1), "alignment");
            assertTrue(isWhollyFree(page, order), "block was free: " + Integer.toHexString(page));
            free.clear(page, page + (1 << order));
            live.add(new Block(page, order));
        }
    }

    /** Frees a block at once, or split: one half now, the other one later. */
    private void free(Block block, SplittableRandom random, Consumer<String> log) {
        Block freed = block;
        if (block.order() > 0 && random.nextInt(4) == 0) {
            int order = block.order() - 1;
            Block high = new Block(block.pfn() + (1L << order), order);
            Block low = new Block(block.pfn(), order);
            boolean lowFirst = random.nextBoolean();
            freed = lowFirst ? low : high;
            live.add(lowFirst ? high : low);
        }
        log.accept("free [pfn=" + Long.toHexString(freed.pfn()) + "] [order=" + freed.order() + "]");
        allocator.free(freed.pfn(), freed.order());
        free.set((int) freed.pfn(), (int) freed.pfn() + (1 << freed.order()));
    }

    /** A free of pages that are not all in use, or of a misaligned block, must be refused. */
    private void freeMistake(long pfn, int order, Consumer<String> log) {
        boolean aligned = (pfn & ((1L << order) - 1)) == 0;
        boolean inUse = aligned;
        for (long page = pfn; inUse && page < pfn + (1L << order); page++) {
            long at = page;
            inUse = live.stream().anyMatch(block -> at >= block.pfn() && at < block.pfn() + (1L << block.order()));
        }
        if (!inUse) {
            log.accept("refused free [pfn=" + Long.toHexString(pfn) + "] [order=" + order + "]");
            assertThrows(IllegalArgumentException.class, () -> allocator.free(pfn, order));
        }
    }

    private boolean isWhollyFree(int page, int order) {
        return free.nextClearBit(page) >= page + (1 << order);
    }

    /** The blocks of {@code order} that are free while the pair they belong to is not. */
    private long freeBlocks(int order) {
        long blocks = 0;
        int size = 1 << order;
        int start = (int) START & -size;
        for (int page = start; page < START + PAGES; page += size) {
            boolean wholePair = order < BuddyAllocator.MAX_ORDER && isWhollyFree(page & -(2 * size), order + 1);
            if (isWhollyFree(page, order) && !wholePair) {
                blocks++;
            }
        }
        return blocks;
    }
}
