package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Misses and write-backs of both levels against Dinero IV (release 7), a cache simulator made by others, on a stream of two
 * million accesses: LRU, write-back, write-allocate.
 */
final class DineroTest {
    private static final long ARENA = GoldenStream.ARENA;

    /** What the hierarchy told. */
    private static final class Counts implements TraceSink {
        private long readMisses;
        private long writeMisses;
        private long innerWriteBacks;
        private long fills;
        private long outerWriteBacks;

        @Override
        public void cpuAccess(int cpu, long phys, int bytes, boolean write, MemoryType type, int servedBy) {
            if (servedBy != 1) {
                if (write) {
                    writeMisses++;
                } else {
                    readMisses++;
                }
            }
        }

        @Override
        public void lineFilled(int cpu, long phys, int bytes, boolean speculative) {
            fills++;
        }

        @Override
        public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
            if (level == 1) {
                innerWriteBacks++;
            } else {
                outerWriteBacks++;
            }
        }

        @Override
        public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
            if (level == 1) {
                innerWriteBacks += writtenBack;
            } else {
                outerWriteBacks += writtenBack;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'Cortex-A9 and PL310', 32, 4, 1024, 16, 32, 407639, 85804, 4224096, 12508416, 2004736",
        "'Cortex-A8', 32, 4, 256, 8, 64, 322354, 47749, 5645952, 19059968, 2079104",
    })
    void counts_equalDineros(
            String name,
            int innerKib,
            int innerWays,
            int outerKib,
            int outerWays,
            int line,
            long readMisses,
            long writeMisses,
            long innerBytesOut,
            long outerBytesIn,
            long outerBytesOut) {
        Counts counts = new Counts();
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(Bytes.kib(innerKib), innerWays, line),
                CacheConfig.of(Bytes.kib(outerKib), outerWays, line),
                new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(ARENA), Bytes.mib(64)))),
                counts);

        byte[] word = new byte[8];
        for (long access : GoldenStream.words(GoldenStream.ACCESSES)) {
            PhysAddr address = new PhysAddr(GoldenStream.address(access));
            if (access < 0) {
                caches.write(address, word, 0, word.length, MemoryType.WRITE_BACK);
            } else {
                caches.read(address, word, 0, word.length, MemoryType.WRITE_BACK);
            }
        }
        new CacheMaintenance(caches).flush(new PhysAddr(ARENA), Bytes.mib(64)); // as Dinero does at the end

        assertEquals(readMisses, counts.readMisses, name + ": inner read misses");
        assertEquals(writeMisses, counts.writeMisses, name + ": inner write misses");
        assertEquals(innerBytesOut, counts.innerWriteBacks * line, name + ": inner bytes out");
        assertEquals(outerBytesIn, counts.fills * line, name + ": outer bytes in");
        assertEquals(outerBytesOut, counts.outerWriteBacks * line, name + ": outer bytes out");
    }

    @Test
    void tagsOnly_countAsDineroDoes() {
        assertCounts(
                List.of(CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32)),
                new TagCaches.Counts("l1-dcache", 2000000, 407639, 85804, 15790176, 4224096),
                new TagCaches.Counts("l2-ucache", 625446, 390888, 0, 12508416, 2004736));
        assertCounts(
                List.of(CacheConfig.of(Bytes.kib(32), 4, 64), CacheConfig.of(Bytes.kib(256), 8, 64)),
                new TagCaches.Counts("l1-dcache", 2000000, 322354, 47749, 23686592, 5645952),
                new TagCaches.Counts("l2-ucache", 458321, 297812, 1166, 19059968, 2079104));
        assertCounts(
                List.of(
                        CacheConfig.of(Bytes.kib(32), 8, 64),
                        CacheConfig.of(Bytes.kib(256), 8, 64),
                        CacheConfig.of(Bytes.mib(8), 16, 64)),
                new TagCaches.Counts("l1-dcache", 2000000, 315891, 46214, 23174720, 5301376),
                new TagCaches.Counts("l2-ucache", 444939, 297807, 2099, 19059648, 2138560),
                new TagCaches.Counts("l3-ucache", 331222, 252126, 24, 16136064, 2006016));
    }

    private static void assertCounts(List<CacheConfig> levels, TagCaches.Counts... expected) {
        TagCaches caches = new TagCaches(levels);
        caches.access(GoldenStream.words(GoldenStream.ACCESSES), 0, GoldenStream.ACCESSES);
        caches.writeBack();
        assertEquals(List.of(expected), caches.counts());
    }
}
