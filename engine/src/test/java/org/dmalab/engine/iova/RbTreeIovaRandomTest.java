package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.RbTreeIovaDomain.PfnRange;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random operations against a map of ranges that is walked one by one: same addresses, steps and ranges. */
final class RbTreeIovaRandomTest {
    /**
     * The walk, the seed, how many operations, how many ranges are live, whether little is free below 4 GiB, after how many
     * operations everything is checked.
     */
    @ParameterizedTest
    @CsvSource({
        "V3_14, 1, 60000, 20, true, 1",
        "V3_14, 2, 60000, 150, true, 1",
        "V3_14, 3, 60000, 150, false, 1",
        "V3_14, 4, 150000, 3000, false, 500",
        "V5_10, 5, 60000, 20, true, 1",
        "V5_10, 6, 60000, 150, true, 1",
        "V5_10, 7, 60000, 150, false, 1",
        "V6_1, 8, 60000, 20, true, 1",
        "V6_1, 9, 60000, 150, true, 1",
        "V6_1, 10, 60000, 150, false, 1",
        "V6_1, 11, 60000, 400, true, 1",
        "V6_1, 12, 150000, 3000, false, 500",
        "V6_1, 13, 150000, 3000, true, 500",
    })
    void operations_random_agreeWithTheWalk(
            IovaWalk walk, long seed, int steps, int live, boolean crowded, int checkEvery) {
        Model model = new Model(walk, live, crowded, checkEvery);
        RandomOperations.run(RbTreeIovaRandomTest.class, seed, steps, model::step);
        model.check();
    }

    private static final class Model {
        private final RbTreeIovaDomain domain;
        private final FlatIovaModel flat;
        private final List<Long> pfns = new ArrayList<>();
        private final int live;
        private final int checkEvery;
        private int done;

        Model(IovaWalk walk, int live, boolean crowded, int checkEvery) {
            this.live = live;
            this.checkEvery = checkEvery;
            AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(0x1000), 0xfffff000L);
            domain = new RbTreeIovaDomain(walk, window, PageSize.SMALL_4K, TraceSink.NONE);
            flat = new FlatIovaModel(walk, 1);
            if (crowded) {
                long room = 8L * live;
                assertEquals(new PfnRange(room, 0xfffff - room), domain.reserve(room, 0xfffff - room));
                assertEquals(room, flat.reserve(room, 0xfffff - room));
            }
        }

        void step(SplittableRandom random, Consumer<String> log) {
            int kind = random.nextInt(1000);
            if (kind < 3) {
                reserve(random, log);
            } else if (kind < 10) {
                free(random.nextLong(0x100200), log);
            } else if (pfns.isEmpty() || (kind < 520 && pfns.size() < live)) {
                alloc(random, log);
            } else {
                int at = random.nextInt(10) == 0 ? pfns.size() - 1 : random.nextInt(pfns.size());
                free(pfns.remove(at), log);
            }
            done++;
            if (done % checkEvery == 0) {
                check();
            }
        }

        private void alloc(SplittableRandom random, Consumer<String> log) {
            long size = 1 + random.nextLong(1L << random.nextInt(random.nextInt(8) == 0 ? 16 : 6));
            long[] limits = {0xfffff, 0xfffff, 0xfffff, 0xffffe, 0x1fffff, 0x7ff, 40L * live, random.nextLong(0x100100)
            };
            long limit = limits[random.nextInt(limits.length)];
            boolean aligned = random.nextInt(4) != 0;
            log.accept("alloc [size=" + size + "] [limit=" + Long.toHexString(limit) + "] [aligned=" + aligned + "]");
            long expected = flat.alloc(size, limit, aligned);
            long found = domain.allocPfn(size, limit, aligned);
            assertEquals(Long.toHexString(expected), Long.toHexString(found), "address");
            assertEquals(flat.steps, domain.steps(), "steps");
            if (found != RbTreeIovaDomain.NO_PFN) {
                pfns.add(found);
            }
        }

        private void free(long pfn, Consumer<String> log) {
            log.accept("free [pfn=" + Long.toHexString(pfn) + "]");
            flat.free(pfn);
            domain.freePfn(pfn);
        }

        private void reserve(SplittableRandom random, Consumer<String> log) {
            long lo = random.nextInt(2) == 0 ? random.nextLong(0x100100) : pfns.isEmpty() ? 0 : pfns.get(0);
            long hi = lo + random.nextLong(40);
            log.accept("reserve [lo=" + Long.toHexString(lo) + "] [hi=" + Long.toHexString(hi) + "]");
            long expected = flat.reserve(lo, hi);
            PfnRange found = domain.reserve(lo, hi);
            assertEquals(Long.toHexString(expected), Long.toHexString(found.lo()), "reserved");
            assertEquals(flat.nodes.get(expected), found.hi(), "reserved up to");
            pfns.add(found.hi());
        }

        void check() {
            domain.checkInvariants();
            assertEquals(flat.nodes.size(), domain.nodes(), "ranges");
            List<PfnRange> ranges = new ArrayList<>();
            domain.forEach((lo, hi) -> ranges.add(new PfnRange(lo, hi)));
            int at = 0;
            for (var node : flat.nodes.entrySet()) {
                PfnRange range = ranges.get(at++);
                if (range.lo() != node.getKey() || range.hi() != node.getValue()) {
                    throw new AssertionError("range " + range + ", expected " + node);
                }
            }
        }
    }
}
