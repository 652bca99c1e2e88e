package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * CPU and device in turn on line-aligned buffers with the syncs that the DMA API demands, against a flat array that knows
 * no caches: with every sync in place, nobody may ever see another byte than the array has.
 */
final class CacheRandomTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final int MEMORY = 64 << 10;

    @ParameterizedTest
    @CsvSource({"1, 256, 1, 512", "2, 256, 2, 1024", "3, 1024, 4, 8192", "4, 2048, 4, 256"})
    void syncedTransfers_agreeWithAMachineWithoutCaches(long seed, long innerBytes, int ways, long outerBytes) {
        PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, MEMORY)));
        CacheHierarchy caches = new CacheHierarchy(
                CacheConfig.of(innerBytes, ways, 32), CacheConfig.of(outerBytes, ways, 32), ram, TraceSink.NONE);
        CacheMaintenance maintenance = new CacheMaintenance(caches);
        byte[] flat = new byte[MEMORY];
        RandomOperations.run(CacheRandomTest.class, seed, 20_000, (random, log) -> {
            int start = random.nextInt(MEMORY / 32) * 32;
            int bytes = 32 * (1 + random.nextInt(Math.min(64, (MEMORY - start) / 32)));
            switch (random.nextInt(4)) {
                case 0 -> cpuReads(caches, flat, random, log);
                case 1 -> cpuWrites(caches, flat, random, log);
                case 2 -> {
                    log.accept("device reads " + bytes + " at " + start);
                    maintenance.toDevice(BASE.plus(start), bytes, DmaDirection.TO_DEVICE);
                    byte[] seen = new byte[bytes];
                    ram.read(BASE.plus(start), seen, 0, bytes);
                    maintenance.toCpu(BASE.plus(start), bytes, DmaDirection.TO_DEVICE);
                    assertArrayEquals(slice(flat, start, bytes), seen);
                }
                default -> {
                    DmaDirection direction =
                            random.nextBoolean() ? DmaDirection.FROM_DEVICE : DmaDirection.BIDIRECTIONAL;
                    log.accept("device writes " + bytes + " at " + start + " " + direction);
                    byte[] data = bytes(random, bytes);
                    maintenance.toDevice(BASE.plus(start), bytes, direction);
                    caches.read(BASE.plus(start), new byte[1], 0, 1, MemoryType.WRITE_BACK);
                    ram.write(BASE.plus(start), data, 0, bytes);
                    maintenance.toCpu(BASE.plus(start), bytes, direction);
                    System.arraycopy(data, 0, flat, start, bytes);
                }
            }
        });
        maintenance.flush(BASE, MEMORY);
        byte[] all = new byte[MEMORY];
        ram.read(BASE, all, 0, MEMORY);
        assertArrayEquals(flat, all);
    }

    private static void cpuReads(CacheHierarchy caches, byte[] flat, SplittableRandom random, Consumer<String> log) {
        int start = random.nextInt(MEMORY - 200);
        byte[] seen = new byte[1 + random.nextInt(200)];
        log.accept("CPU reads " + seen.length + " at " + start);
        caches.read(BASE.plus(start), seen, 0, seen.length, MemoryType.WRITE_BACK);
        assertArrayEquals(slice(flat, start, seen.length), seen);
    }

    private static void cpuWrites(CacheHierarchy caches, byte[] flat, SplittableRandom random, Consumer<String> log) {
        int start = random.nextInt(MEMORY - 200);
        byte[] data = bytes(random, 1 + random.nextInt(200));
        log.accept("CPU writes " + data.length + " at " + start);
        caches.write(BASE.plus(start), data, 0, data.length, MemoryType.WRITE_BACK);
        System.arraycopy(data, 0, flat, start, data.length);
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] data = new byte[count];
        random.nextBytes(data);
        return data;
    }

    private static byte[] slice(byte[] array, int start, int bytes) {
        byte[] slice = new byte[bytes];
        System.arraycopy(array, start, slice, 0, bytes);
        return slice;
    }
}
