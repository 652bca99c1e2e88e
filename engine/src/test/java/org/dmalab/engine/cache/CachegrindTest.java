package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Misses against Cachegrind (Valgrind 3.19.0), a cache simulator made by others: a program that keeps its own state in
 * registers made the accesses of {@link GoldenStream} as real loads and stores of 8 bytes, and the counts are those of its
 * loop. Cachegrind writes nothing back, so the second level is compared on loads alone, every store made a load.
 */
final class CachegrindTest {
    private static final long STORE = 1L << 63;

    @ParameterizedTest
    @CsvSource({
        "32, 4, 32, 407639, 85804",
        "16, 1, 64, 658113, 299989",
        "64, 2, 64, 293424, 38785",
        "128, 16, 128, 233516, 15566",
        "8, 8, 32, 816121, 222266",
    })
    void firstLevel_missesAsOften(int kib, int ways, int line, long readMisses, long writeMisses) {
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(Bytes.kib(kib), ways, line)));

        caches.access(GoldenStream.words(GoldenStream.ACCESSES), 0, GoldenStream.ACCESSES);

        assertEquals(readMisses, caches.counts().get(0).readMisses());
        assertEquals(writeMisses, caches.counts().get(0).writeMisses());
    }

    @ParameterizedTest
    @CsvSource({
        "32, 4, 32, 1024, 16, 32, 493443, 390877",
        "16, 2, 64, 256, 4, 128, 581992, 248084",
        "8, 1, 32, 2048, 16, 64, 1382398, 284347",
    })
    void bothLevels_ofLoadsOnly_missAsOften(
            int kib, int ways, int line, int nextKib, int nextWays, int nextLine, long misses, long nextMisses) {
        TagCaches caches = new TagCaches(List.of(
                CacheConfig.of(Bytes.kib(kib), ways, line), CacheConfig.of(Bytes.kib(nextKib), nextWays, nextLine)));
        long[] words = GoldenStream.words(GoldenStream.ACCESSES);
        for (int i = 0; i < words.length; i++) {
            words[i] &= ~STORE;
        }

        caches.access(words, 0, words.length);

        assertEquals(misses, caches.counts().get(0).misses());
        assertEquals(nextMisses, caches.counts().get(1).misses());
    }
}
