package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** Allocators as their callers see them, against the pages in use and a map of ranges. */
final class IovaPolicyRandomTest {
    private static final long BASE = 0x20000000L;
    private static final int PAGES = 1 << 10;
    private static final AddrRange<DmaAddr> WINDOW = new AddrRange<>(new DmaAddr(BASE), PAGES * 4096L);

    private record Range(int page, long bytes) {}

    @Test
    void operations_bestFit_takeTheShortestRun() {
        run(new BestFitIovaDomain(WINDOW), IovaPolicyRandomTest::shortestRun, 1);
    }

    @Test
    void operations_buddy_takeTheLowestBlockOfTheSmallestOrder() {
        run(new BuddyIovaDomain(WINDOW), IovaPolicyRandomTest::lowestBlock, 0);
    }

    @Test
    void operations_generic_takeFreePagesFromTheTop() {
        RbTreeIovaDomain domain = new RbTreeIovaDomain(IovaWalk.V6_1, WINDOW, PageSize.SMALL_4K, TraceSink.NONE);
        FlatIovaModel flat = new FlatIovaModel(IovaWalk.V6_1, BASE >> 12);
        Model model = new Model(
                domain,
                (used, pages) -> (int) (flat.alloc(pages, (BASE >> 12) + PAGES - 1, true) - (BASE >> 12)),
                1,
                page -> flat.free((BASE >> 12) + page));
        RandomOperations.run(IovaPolicyRandomTest.class, 0xfee, 40_000, model::step);
    }

    private static void run(IovaDomain domain, BiFunction<BitSet, Integer, Integer> policy, int granularity) {
        Model model = new Model(domain, policy, granularity, page -> {});
        RandomOperations.run(IovaPolicyRandomTest.class, 0xfee, 40_000, model::step);
    }

    private static int shortestRun(BitSet used, int pages) {
        TreeMap<Integer, Integer> byLength = new TreeMap<>();
        for (int from = used.nextClearBit(0); from < PAGES; ) {
            int to = used.nextSetBit(from) < 0 ? PAGES : used.nextSetBit(from);
            byLength.putIfAbsent(to - from, from);
            from = used.nextClearBit(to);
        }
        Map.Entry<Integer, Integer> best = byLength.ceilingEntry(pages);
        return best == null ? -1 : best.getValue();
    }

    private static int lowestBlock(BitSet used, int pages) {
        int wanted = Integer.highestOneBit(pages);
        for (int block = wanted < pages ? wanted * 2 : wanted; block <= PAGES; block *= 2) {
            for (int from = 0; from < PAGES; from += block) {
                boolean whole = used.get(from, from + block).isEmpty();
                int parent = from & -(block * 2);
                boolean merged =
                        block < PAGES && used.get(parent, parent + block * 2).isEmpty();
                if (whole && !merged) {
                    return from;
                }
            }
        }
        return -1;
    }

    private static final class Model {
        private final IovaDomain domain;
        private final BiFunction<BitSet, Integer, Integer> policy;
        /** 1: a range takes its pages; 0: a power of two of them. */
        private final int granularity;

        private final IntConsumer freed;
        private final BitSet used = new BitSet();
        private final List<Range> live = new ArrayList<>();

        Model(IovaDomain domain, BiFunction<BitSet, Integer, Integer> policy, int granularity, IntConsumer freed) {
            this.domain = domain;
            this.policy = policy;
            this.granularity = granularity;
            this.freed = freed;
        }

        private int taken(long bytes) {
            return granularity == 1 ? (int) PageSize.pages(bytes) : 1 << PageSize.order(bytes);
        }

        void step(SplittableRandom random, Consumer<String> log) {
            if (live.isEmpty() || random.nextInt(100) < 53) {
                long bytes = 1 + random.nextLong(4096L << random.nextInt(9));
                log.accept("alloc [bytes=" + bytes + "]");
                int expected = policy.apply(used, (int) PageSize.pages(bytes));
                int found =
                        domain.alloc(bytes).<Integer>fold(iova -> (int) ((iova.value() - BASE) >> 12), reason -> -1);
                assertEquals(Math.max(-1, expected), found, "page");
                if (found >= 0) {
                    assertEquals(0, used.get(found, found + taken(bytes)).cardinality(), "pages in use");
                    used.set(found, found + taken(bytes));
                    live.add(new Range(found, bytes));
                }
            } else {
                Range range = live.remove(random.nextInt(live.size()));
                log.accept("free " + range);
                used.clear(range.page(), range.page() + taken(range.bytes()));
                domain.free(new DmaAddr(BASE + range.page() * 4096L), PageSize.pageAlign(range.bytes()));
                freed.accept(range.page());
            }
            assertEquals((PAGES - used.cardinality()) * 4096L, domain.freeBytes(), "free bytes");
        }
    }
}
