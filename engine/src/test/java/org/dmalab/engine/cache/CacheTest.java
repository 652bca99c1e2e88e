package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One cache by itself: whom it throws out, and which lines a range reaches. */
final class CacheTest {
    private static final int LINE = 32;

    private record Line(long virt, long phys) {}

    @Test
    void pseudoRandom_choosesEveryWay_andEveryWayAfterEveryOther_equallyOften() {
        int ways = 8;
        int draws = 64_000;
        Cache cache = full(ways, 3);
        long[] singles = new long[ways];
        long[] pairs = new long[ways * ways];
        int before = 0;
        for (int i = 0; i < draws; i++) {
            int way = cache.victim(0, 0);
            singles[way]++;
            pairs[before * ways + way]++;
            before = way;
        }
        assertEven(singles, draws);
        assertEven(pairs, draws);
    }

    /** No count is further than five standard deviations from the mean. */
    private static void assertEven(long[] counts, int draws) {
        double share = 1.0 / counts.length;
        double spread = 5 * Math.sqrt(draws * share * (1 - share));
        for (long count : counts) {
            assertEquals(draws * share, (double) count, spread);
        }
    }

    @Test
    void pseudoRandom_isAFunctionOfItsSeed() {
        assertEquals(ways(full(8, 3)), ways(full(8, 3)));
        assertTrue(!ways(full(8, 3)).equals(ways(full(8, 4))));
    }

    @Test
    void pseudoRandom_takesAnEmptyWayFirst() {
        Cache cache = full(8, 3);
        cache.drop(5);
        assertEquals(5, cache.victim(0, 0));
    }

    private static List<Integer> ways(Cache cache) {
        return IntStream.range(0, 32).mapToObj(i -> cache.victim(0, 0)).toList();
    }

    private static Cache full(int ways, long seed) {
        Cache cache = new Cache(CacheConfig.of((long) ways * LINE, ways, LINE)
                .with(Replacement.PSEUDO_RANDOM)
                .withSeed(seed));
        for (int i = 0; i < ways; i++) {
            long phys = (long) i * LINE;
            cache.install(cache.victim(phys, phys), phys, phys);
        }
        return cache;
    }

    /**
     * Lines come and go, and ranges of all lengths and alignments are collected, against a list of what was installed. Four
     * pages of RAM, each mapped at any of four pages.
     */
    @ParameterizedTest
    @CsvSource({"1, PIPT, 1, 2", "2, PIPT, 32, 4", "3, VIPT, 16, 2", "4, VIVT, 16, 2", "5, VIPT, 8, 1", "6, VIVT, 8, 1"
    })
    void collect_findsTheLinesOfTheRange_inTheirOrder(long seed, Indexing indexing, int kib, int ways) {
        CacheConfig config = CacheConfig.of(Bytes.kib(kib), ways, LINE).with(indexing);
        Cache cache = new Cache(config);
        long wayBytes = config.geometry().bytes() / ways;
        Map<Integer, Line> held = new HashMap<>();
        RandomOperations.run(CacheTest.class, seed, 20_000, (random, log) -> {
            Line line = line(random);
            log.accept("access " + line);
            int slot = cache.find(line.virt(), line.phys());
            if (slot == Cache.NONE) {
                slot = cache.victim(line.virt(), line.phys());
                cache.install(slot, line.virt(), line.phys());
                held.put(slot, line);
            } else if (random.nextInt(8) == 0) {
                cache.drop(slot);
                held.remove(slot);
            }

            Line start = line(random);
            int into = random.nextInt(LINE);
            long bytes = random.nextBoolean() ? random.nextInt(200) : random.nextInt(4 * 4096);
            log.accept("collect " + bytes + " from " + into + " into " + start);
            long virt = start.virt() + into;
            long phys = start.phys() + into;
            assertEquals(
                    expected(held, virt, phys, bytes, indexing, wayBytes),
                    collected(cache, cache.collect(virt, phys, bytes)));
            assertEquals(
                    held.entrySet().stream()
                            .filter(each -> reaches(phys, bytes, each.getValue().phys()))
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList(),
                    collected(cache, cache.collectPhysical(phys, bytes)).stream()
                            .sorted()
                            .toList());
            cache.checkInvariants();
        });
    }

    private static Line line(SplittableRandom random) {
        long inPage = random.nextInt(4096 / LINE) * (long) LINE;
        return new Line(0xC0000000L + random.nextInt(4) * 4096L + inPage, random.nextInt(4) * 4096L + inPage);
    }

    private static List<Integer> expected(
            Map<Integer, Line> held, long virt, long phys, long bytes, Indexing indexing, long wayBytes) {
        boolean virtually = indexing == Indexing.VIVT;
        List<Map.Entry<Integer, Line>> found = new ArrayList<>();
        for (Map.Entry<Integer, Line> each : held.entrySet()) {
            Line line = each.getValue();
            boolean sameColour = indexing != Indexing.VIPT
                    || ((line.virt() - line.phys()) & (wayBytes - 1)) == ((virt - phys) & (wayBytes - 1));
            if (sameColour && (virtually ? reaches(virt, bytes, line.virt()) : reaches(phys, bytes, line.phys()))) {
                found.add(each);
            }
        }
        Comparator<Map.Entry<Integer, Line>> byAddress = Comparator.comparingLong(
                each -> virtually ? each.getValue().virt() : each.getValue().phys());
        return found.stream().sorted(byAddress).map(Map.Entry::getKey).toList();
    }

    private static boolean reaches(long start, long bytes, long line) {
        return bytes > 0 && start < line + LINE && line < start + bytes;
    }

    private static List<Integer> collected(Cache cache, int count) {
        return IntStream.range(0, count).mapToObj(cache::collected).toList();
    }
}
