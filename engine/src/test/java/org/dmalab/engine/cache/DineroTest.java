package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Misses and write-backs of both levels against Dinero IV (release 7), a cache simulator made by others, on a stream of two
 * million accesses: LRU, write-back, write-allocate.
 */
final class DineroTest {
    private static final int ACCESSES = 2_000_000;
    private static final long ARENA = 0x10000000L;

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
        public void lineWrittenBack(int level, long phys, int bytes) {
            if (level == 1) {
                innerWriteBacks++;
            } else {
                outerWriteBacks++;
            }
        }

        @Override
        public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
            if (level == 2) {
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

        new Stream(caches).run();
        new CacheMaintenance(caches).flush(new PhysAddr(ARENA), Bytes.mib(64)); // as Dinero does at the end

        assertEquals(readMisses, counts.readMisses, name + ": inner read misses");
        assertEquals(writeMisses, counts.writeMisses, name + ": inner write misses");
        assertEquals(innerBytesOut, counts.innerWriteBacks * line, name + ": inner bytes out");
        assertEquals(outerBytesIn, counts.fills * line, name + ": outer bytes in");
        assertEquals(outerBytesOut, counts.outerWriteBacks * line, name + ": outer bytes out");
    }

    /**
     * The stream the counts were taken with: bursts on a hot 16 KiB region, an 8 MiB copy, a walk over blocks of a picture, and
     * a chase through 16 MiB; from xorshift64* with a fixed seed.
     */
    private static final class Stream {
        private static final long SOURCE = ARENA + Bytes.mib(1);
        private static final long DESTINATION = ARENA + Bytes.mib(10);
        private static final long PICTURE = ARENA + Bytes.mib(20);
        private static final long CHASE = ARENA + Bytes.mib(32);

        private final CacheHierarchy caches;
        private final byte[] word = new byte[8];
        private long state = 0x9E3779B97F4A7C15L;
        private int left = ACCESSES;
        private long copied;
        private int blockX;
        private int blockY;
        private long chased = 1;

        Stream(CacheHierarchy caches) {
            this.caches = caches;
        }

        void run() {
            while (left > 0) {
                long kind = Long.remainderUnsigned(next(), 100);
                if (kind < 50) {
                    hot();
                } else if (kind < 75) {
                    copy();
                } else if (kind < 90) {
                    walk();
                } else {
                    chase();
                }
            }
        }

        private long next() {
            state ^= state >>> 12;
            state ^= state << 25;
            state ^= state >>> 27;
            return state * 0x2545F4914F6CDD1DL;
        }

        private void access(long address, boolean write) {
            if (left-- <= 0) {
                return;
            }
            if (write) {
                caches.write(new PhysAddr(address), word, 0, word.length, MemoryType.WRITE_BACK);
            } else {
                caches.read(new PhysAddr(address), word, 0, word.length, MemoryType.WRITE_BACK);
            }
        }

        private void hot() {
            for (int i = 0; i < 64; i++) {
                long random = next();
                access(ARENA + (random & 0x3FF8), (random >>> 20) % 4 == 0);
            }
        }

        private void copy() {
            for (int i = 0; i < 32; i++) {
                access(SOURCE + copied, false);
                access(DESTINATION + copied, true);
                copied = (copied + 8) & (Bytes.mib(8) - 1);
            }
        }

        private void walk() {
            for (int y = 0; y < 16; y++) {
                for (int x = 0; x < 4; x++) {
                    access(PICTURE + (blockY * 16L + y) % 1080 * 3840 + blockX * 32L + x * 8L, false);
                }
            }
            if (++blockX == 120) {
                blockX = 0;
                blockY = (blockY + 1) % 68;
            }
        }

        private void chase() {
            for (int i = 0; i < 64; i++) {
                chased = chased * 6364136223846793005L + 1442695040888963407L;
                access(CHASE + ((chased >>> 40) & 0x3FFFF) * 64, false);
            }
        }
    }
}
