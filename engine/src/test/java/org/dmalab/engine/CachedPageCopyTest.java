package org.dmalab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.memory.ShadowMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class CachedPageCopyTest {
    private static final PhysAddr FROM = new PhysAddr(0x40000000L);
    private static final PhysAddr TO = FROM.plus(0x3000);
    private static final List<AddrRange<PhysAddr>> BANKS = List.of(new AddrRange<>(FROM, Bytes.mib(1)));

    private final PhysicalMemory ram = new PhysicalMemory(BANKS);
    private final ShadowMemory truth = new ShadowMemory(new PhysicalMemory(BANKS), () -> 9);
    private final CacheHierarchy caches = new CacheHierarchy(
            CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, TraceSink.NONE);
    private final CachedPageCopy copy = new CachedPageCopy(caches, new CacheMaintenance(caches), ram, truth);

    private void deviceWrites(PhysAddr at, byte... bytes) {
        ram.write(at, bytes, 0, bytes.length);
        truth.wrote("fimc0", at, bytes, 0, bytes.length);
    }

    private byte[] inRam(PhysAddr at) {
        byte[] seen = new byte[4];
        ram.read(at, seen, 0, 4);
        return seen;
    }

    private byte[] inTruth(PhysAddr at) {
        byte[] seen = new byte[4];
        truth.read(at, seen, 0, 4);
        return seen;
    }

    @Test
    void copy_ofALineStaleInTheCache_movesWhatTheCpuSaw_andTheTruthApart() {
        byte[] seen = new byte[4];
        deviceWrites(FROM, (byte) 1, (byte) 1, (byte) 1, (byte) 1);
        caches.read(FROM, seen, 0, 4, MemoryType.WRITE_BACK);
        deviceWrites(FROM, (byte) 2, (byte) 2, (byte) 2, (byte) 2);

        copy.copy(FROM, TO);

        assertArrayEquals(new byte[] {1, 1, 1, 1}, inRam(TO), "the stale line");
        assertArrayEquals(new byte[] {2, 2, 2, 2}, inTruth(TO), "what fimc0 stored");
        assertEquals(
                "kernel, migration at 9 ns", truth.lastWriter(TO).orElseThrow().toString());
        assertArrayEquals(new byte[] {2, 2, 2, 2}, inTruth(FROM));
    }

    @Test
    void copy_ofZerosSeenWhereSomethingWasStored_clearsTheTarget_andKeepsTheTruth() {
        byte[] seen = new byte[4];
        deviceWrites(TO, (byte) 5, (byte) 5, (byte) 5, (byte) 5);
        caches.read(FROM.plus(64), seen, 0, 4, MemoryType.WRITE_BACK);
        deviceWrites(FROM.plus(64), (byte) 2, (byte) 2, (byte) 2, (byte) 2);

        copy.copy(FROM, TO);

        assertArrayEquals(new byte[4], inRam(TO));
        assertArrayEquals(new byte[4], inTruth(TO));
        assertArrayEquals(new byte[4], inRam(TO.plus(64)));
        assertArrayEquals(new byte[] {2, 2, 2, 2}, inTruth(TO.plus(64)));
        assertEquals(4096, ram.residentBytes(), "the source alone");
    }
}
