package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts without bytes by policy: worked by hand, and against the hierarchy that moves bytes. */
final class TagCachesTest {
    private static final int ACCESSES = 200_000;
    private static final PhysAddr ZERO = new PhysAddr(0);

    @Test
    void writeThrough_passesEveryStoreOn_afterTheFetch() {
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(64, 2, 32).writeThrough(), CacheConfig.of(256, 2, 32)));
        caches.access(ZERO, 8, true);
        caches.access(ZERO, 4, true);
        caches.writeBack();
        assertEquals(
                List.of(
                        new TagCaches.Counts("l1-dcache", 2, 0, 1, 32, 12),
                        new TagCaches.Counts("l2-ucache", 3, 1, 0, 32, 32)),
                caches.counts());
    }

    @Test
    void noWriteAllocate_passesAMissingStoreOnAlone() {
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(64, 2, 32).noWriteAllocate()));
        caches.access(ZERO, 8, true);
        caches.access(ZERO, 8, false);
        caches.access(ZERO, 8, true);
        caches.writeBack();
        assertEquals(List.of(new TagCaches.Counts("l1-dcache", 3, 1, 1, 32, 40)), caches.counts());
    }

    @Test
    void accessAcrossLines_isOneForEach() {
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(64, 2, 32)));
        caches.access(new PhysAddr(28), 8, false);
        assertEquals(List.of(new TagCaches.Counts("l1-dcache", 2, 2, 0, 64, 0)), caches.counts());
    }

    @Test
    void fifo_forgetsTheLineThatCameFirst_lruTheOneNotUsed() {
        for (Replacement replacement : List.of(Replacement.FIFO, Replacement.LRU)) {
            TagCaches caches = new TagCaches(List.of(CacheConfig.of(64, 2, 32).with(replacement)));
            for (int line : new int[] {0, 1, 0, 2, 0}) {
                caches.access(new PhysAddr(line * 32L), 4, false);
            }
            assertEquals(
                    replacement == Replacement.FIFO ? 4 : 3,
                    caches.counts().get(0).misses());
        }
    }

    /** The same accesses one by one and in a row; in sets of more ways than are searched at once; and beyond 48 bits. */
    @ParameterizedTest
    @MethodSource("shapes")
    void accessesOneByOne_countAsThoseInARow(CacheConfig inner, CacheConfig outer) {
        long[] words = GoldenStream.words(ACCESSES);
        for (int i = 0; i < words.length; i += 97) {
            words[i] = (words[i] | 4) + (1L << 48);
        }
        TagCaches row = new TagCaches(List.of(inner, outer));
        TagCaches each = new TagCaches(List.of(inner, outer));
        for (TagCaches caches : List.of(row, each)) {
            caches.access(new PhysAddr((1L << 50) | GoldenStream.ARENA), 8, true);
        }
        row.access(words, 0, words.length);
        for (long word : words) {
            each.access(new PhysAddr(GoldenStream.address(word)), 1 << ((int) (word >>> 48) & 0xFF), word < 0);
        }
        assertEquals(each.counts(), row.counts());
        row.writeBack();
        each.writeBack();
        assertEquals(each.counts(), row.counts());
    }

    private static Stream<Arguments> shapes() {
        CacheConfig inner = CacheConfig.of(Bytes.kib(8), 4, 32);
        return Stream.of(
                Arguments.of(inner, CacheConfig.of(Bytes.kib(64), 16, 32)),
                Arguments.of(CacheConfig.of(Bytes.kib(8), 1, 32), CacheConfig.of(Bytes.kib(64), 2, 64)),
                Arguments.of(inner.with(Replacement.FIFO), CacheConfig.of(Bytes.kib(64), 64, 32)),
                Arguments.of(CacheConfig.of(Bytes.kib(8), 32, 32), CacheConfig.of(Bytes.kib(64), 8, 32)),
                Arguments.of(inner.writeThrough(), CacheConfig.of(Bytes.kib(64), 8, 32)));
    }

    /** LRU as the definition has it: a list of each set's lines. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32})
    void misses_equalThoseOfAListOfLines(int ways) {
        long[] words = GoldenStream.words(ACCESSES);
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(Bytes.kib(16), ways, 32)));
        caches.access(words, 0, words.length);
        int sets = 512 / ways;
        List<Deque<Long>> lists =
                Stream.generate(ArrayDeque<Long>::new).limit(sets).collect(Collectors.toList());
        long misses = 0;
        for (long word : words) {
            long line = GoldenStream.address(word) / 32;
            Deque<Long> list = lists.get((int) (line % sets));
            if (!list.remove(line)) {
                misses++;
                if (list.size() == ways) {
                    list.removeLast();
                }
            }
            list.addFirst(line);
        }
        assertEquals(misses, caches.counts().get(0).misses());
    }

    @Test
    void pseudoRandom_isAFunctionOfItsSeed() {
        assertEquals(randomMisses(7), randomMisses(7));
        assertEquals(true, randomMisses(7) != randomMisses(8));
    }

    private static long randomMisses(long seed) {
        TagCaches caches = new TagCaches(List.of(CacheConfig.of(Bytes.kib(8), 4, 32)
                .with(Replacement.PSEUDO_RANDOM)
                .withSeed(seed)));
        caches.access(GoldenStream.words(ACCESSES), 0, ACCESSES);
        return caches.counts().get(0).misses();
    }

    private static Stream<Arguments> pairs() {
        CacheConfig inner = CacheConfig.of(Bytes.kib(8), 4, 32);
        CacheConfig outer = CacheConfig.of(Bytes.kib(64), 8, 32);
        return Stream.of(
                Arguments.of(inner, outer),
                Arguments.of(inner, CacheConfig.of(Bytes.kib(64), 8, 128)),
                Arguments.of(inner.with(Replacement.FIFO), outer.with(Replacement.FIFO)),
                Arguments.of(inner.with(Replacement.ROUND_ROBIN), outer),
                Arguments.of(inner.writeThrough(), outer),
                Arguments.of(inner.writeThrough().noWriteAllocate(), outer),
                Arguments.of(inner.noWriteAllocate(), outer.noWriteAllocate()),
                Arguments.of(inner, outer.writeThrough()),
                Arguments.of(inner, outer.noWriteAllocate()),
                Arguments.of(inner.writeThrough(), outer.writeThrough()),
                Arguments.of(inner.noWriteAllocate(), outer.writeThrough().noWriteAllocate()),
                Arguments.of(inner.writeThrough(), CacheConfig.of(Bytes.kib(32), 1, 64)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void countsWithoutBytes_equalThoseOfTheHierarchyWithBytes(CacheConfig inner, CacheConfig outer) {
        long[] words = GoldenStream.words(ACCESSES);
        TagCaches tags = new TagCaches(List.of(inner, outer));
        tags.access(words, 0, words.length);

        long[] counts = new long[4];
        PhysAddr arena = new PhysAddr(GoldenStream.ARENA);
        CacheHierarchy caches = new CacheHierarchy(
                inner, outer, new PhysicalMemory(List.of(new AddrRange<>(arena, Bytes.mib(64)))), new TraceSink() {
                    @Override
                    public void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {
                        if (servedBy != 1) {
                            counts[write ? 1 : 0]++;
                        }
                    }

                    @Override
                    public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
                        counts[2] += bytes;
                    }

                    @Override
                    public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
                        counts[3] += level == 2 ? bytes : 0;
                    }

                    @Override
                    public void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
                        counts[3] += bytes;
                    }
                });
        byte[] word = new byte[8];
        for (long access : words) {
            PhysAddr address = new PhysAddr(GoldenStream.address(access));
            if (access < 0) {
                caches.write(address, word, 0, 8, MemoryType.WRITE_BACK);
            } else {
                caches.read(address, word, 0, 8, MemoryType.WRITE_BACK);
            }
        }

        List<TagCaches.Counts> expected = tags.counts();
        assertEquals(expected.get(0).readMisses(), counts[0]);
        assertEquals(expected.get(0).writeMisses(), counts[1]);
        assertEquals(expected.get(1).bytesIn(), counts[2]);
        assertEquals(expected.get(1).bytesOut(), counts[3]);
        caches.checkInvariants();
    }
}
