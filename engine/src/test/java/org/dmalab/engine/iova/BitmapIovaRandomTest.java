package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.BitmapIovaDomain.Granularity;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random allocations against one boolean per granule, searched one by one. */
final class BitmapIovaRandomTest {
    private static final long BASE = 0x20000000L;

    private record Range(long iova, long bytes) {}

    @ParameterizedTest
    @CsvSource({
        "V3_6, 0x155000, 0, 8",
        "V3_14, 0x155000, 0, 4",
        "V3_14, 0x800000, 0, 8",
        "V3_14, 0x1234000, 2, 9",
        "V6_1, 0x333000, 0, 8",
        "V6_12, 0x400000, 0, 6"
    })
    void operations_random_agreeWithTheFlatModel(Era era, String bytes, int order, int cap) {
        Model model = new Model(era, Long.decode(bytes), order, cap);
        RandomOperations.run(BitmapIovaRandomTest.class, 0x10fa, 20_000, model::step);
    }

    private static final class Model {
        private final BitmapIovaDomain domain;
        private final boolean[] used;
        private final int order;
        private final int cap;
        private final int shift;
        private final List<Range> live = new ArrayList<>();

        Model(Era era, long bytes, int order, int cap) {
            this.order = order;
            this.cap = era == Era.V3_6 ? 20 : cap;
            shift = PageSize.PAGE_SHIFT + order;
            domain = BitmapIovaDomain.create(era, new DmaAddr(BASE), bytes, new Granularity(order, cap), TraceSink.NONE)
                    .orElseThrow(reason -> new IllegalStateException(reason.explain()));
            used = new boolean[(int) ((bytes >> shift) + 31) / 32 * 32];
        }

        void step(SplittableRandom random, Consumer<String> log) {
            if (live.isEmpty() || random.nextInt(100) < 53) {
                alloc(1 + random.nextLong(4096L << random.nextInt(10)), log);
            } else {
                free(live.remove(random.nextInt(live.size())), log);
            }
            int free = 0;
            int run = 0;
            int longest = 0;
            for (boolean granule : used) {
                run = granule ? 0 : run + 1;
                free += granule ? 0 : 1;
                longest = Math.max(longest, run);
            }
            assertEquals((long) free << shift, domain.freeBytes(), "free bytes");
            assertEquals((long) longest << shift, domain.largestHole(), "largest hole");
        }

        private void alloc(long bytes, Consumer<String> log) {
            log.accept("alloc [bytes=" + bytes + "]");
            long granule = 1L << shift;
            int count = (int) ((bytes + granule - 1) / granule);
            long alignment = 4096;
            while (alignment < bytes && alignment < 4096L << cap) {
                alignment *= 2;
            }
            long expected = -1;
            for (int at = 0; at + count <= used.length && expected < 0; at++) {
                if (((long) at << shift) % Math.max(alignment, granule) == 0 && isFree(at, count)) {
                    expected = BASE + ((long) at << shift);
                    mark(at, count, true);
                    live.add(new Range(expected, bytes));
                }
            }
            long found = domain.alloc(bytes).<Long>fold(DmaAddr::value, reason -> -1L);
            assertEquals(Long.toHexString(expected), Long.toHexString(found), "address");
        }

        private void free(Range range, Consumer<String> log) {
            log.accept("free [iova=" + Long.toHexString(range.iova()) + "] [bytes=" + range.bytes() + "]");
            int granules = (int) ((range.bytes() + (1L << shift) - 1) >> shift);
            mark((int) ((range.iova() - BASE) >> shift), granules, false);
            domain.free(new DmaAddr(range.iova()), PageSize.pageAlign(range.bytes()));
        }

        private boolean isFree(int at, int count) {
            for (int i = at; i < at + count; i++) {
                if (used[i]) {
                    return false;
                }
            }
            return true;
        }

        private void mark(int at, int count, boolean value) {
            for (int i = at; i < at + count; i++) {
                used[i] = value;
            }
        }

        @Override
        public String toString() {
            return domain + ", order " + order;
        }
    }
}
