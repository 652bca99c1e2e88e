package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.CacheOperation;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several CPUs, a coherent device and one that is not, on a machine that speculates, against a flat array that knows no caches:
 * with every sync in place nobody ever sees another byte than the array has. The upper half of memory is mapped
 * non-cacheable, where a barrier stands for the sync. Transfers begin and end anywhere in a line: nobody stores to its other
 * bytes meanwhile. Where the outer cache looks non-cacheable accesses up, the lower half is accessed so as well.
 */
final class CoherencyRandomTest {
    private static final PhysAddr BASE = new PhysAddr(0x40000000L);
    private static final VirtAddr LINEAR = new VirtAddr(0xC0000000L);
    private static final int MEMORY = 32 << 10;
    private static final int CACHED = 16 << 10;
    private static final int LINE = 128;
    private static final int STEPS = 100_000;

    private static Stream<Arguments> machines() {
        CacheConfig small = CacheConfig.of(512, 2, 32);
        CacheConfig wide = CacheConfig.of(1024, 4, 32);
        return Stream.of(
                Arguments.of(1, CacheTopology.of(small, CacheConfig.of(2048, 4, 32)), MaintenanceStyle.V7),
                Arguments.of(
                        2,
                        CacheTopology.of(wide, CacheConfig.of(2048, 2, 64))
                                .withCpus(4)
                                .withWriteBuffer(3),
                        MaintenanceStyle.V7_2014),
                Arguments.of(
                        3,
                        CacheTopology.of(
                                        small.with(Replacement.PSEUDO_RANDOM).noWriteAllocate(),
                                        CacheConfig.of(1024, 1, 128).noWriteAllocate())
                                .withCpus(2)
                                .withWriteBuffer(1),
                        MaintenanceStyle.V6),
                Arguments.of(
                        4,
                        CacheTopology.of(
                                        wide.with(Replacement.ROUND_ROBIN).writeThrough(),
                                        CacheConfig.of(2048, 16, 32).with(Replacement.FIFO))
                                .withCpus(3),
                        MaintenanceStyle.V7),
                Arguments.of(
                        5,
                        CacheTopology.of(CacheConfig.of(16 << 10, 2, 32).with(Indexing.VIPT))
                                .withWriteBuffer(4),
                        MaintenanceStyle.V6),
                Arguments.of(
                        6,
                        CacheTopology.of(CacheConfig.of(16 << 10, 1, 32).with(Indexing.VIVT))
                                .withWriteBuffer(4),
                        MaintenanceStyle.V4WB),
                Arguments.of(
                        7,
                        CacheTopology.of(
                                        small.writeThrough().noWriteAllocate(),
                                        CacheConfig.of(2048, 2, 32).writeThrough())
                                .withCpus(2),
                        MaintenanceStyle.V7),
                Arguments.of(
                        8,
                        CacheTopology.of(small, CacheConfig.of(2048, 4, 32))
                                .withCpus(2)
                                .withWriteBuffer(2)
                                .withDrainAfter(3)
                                .withSharedOverride(false),
                        MaintenanceStyle.V7_2014),
                Arguments.of(
                        9,
                        CacheTopology.of(wide, CacheConfig.of(2048, 2, 64).noWriteAllocate())
                                .withWriteBuffer(4)
                                .withSharedOverride(false),
                        MaintenanceStyle.V6));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void syncedTransfers_agreeWithAMachineWithoutCaches(long seed, CacheTopology topology, MaintenanceStyle style) {
        Machine machine = new Machine(topology, style);
        RandomOperations.run(CoherencyRandomTest.class, seed, STEPS, (random, log) -> {
            machine.step(random, log);
            machine.caches.checkInvariants();
        });
        machine.finish();
    }

    private static final class Machine {
        private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(BASE, MEMORY)));
        private final byte[] flat = new byte[MEMORY];
        private final CacheTopology topology;
        private final CacheHierarchy caches;
        private final CacheMaintenance maintenance;
        private final boolean speculates;

        Machine(CacheTopology topology, MaintenanceStyle style) {
            this.topology = topology;
            caches = new CacheHierarchy(topology, ram, TraceSink.NONE);
            maintenance = new CacheMaintenance(caches, style, LINEAR, BASE);
            speculates = style.invalidatesOnUnmap();
            if (speculates) {
                caches.speculate(Optional.of(new Speculation(new AddrRange<>(BASE, CACHED), LINEAR, 0.2, 9)));
                caches.prefetch(new Prefetcher(2, true));
            }
        }

        void step(SplittableRandom random, Consumer<String> log) {
            CpuId cpu = new CpuId(random.nextInt(topology.cpus()));
            int at = random.nextInt(CACHED - 200);
            int bytes = 1 + random.nextInt(200);
            int start = random.nextInt(CACHED / LINE) * LINE;
            int length = LINE * (1 + random.nextInt(Math.min(16, (CACHED - start) / LINE)));
            if (random.nextBoolean()) {
                int skipped = random.nextInt(LINE);
                start += skipped;
                length = Math.max(1, length - skipped - random.nextInt(LINE));
                settleNeighbours(start, length);
            }
            switch (random.nextInt(11)) {
                case 0, 1 -> load(cpu, at, bytes, MemoryType.WRITE_BACK, log);
                case 2, 3 -> store(cpu, at, random(random, bytes), MemoryType.WRITE_BACK, log);
                case 4 -> store(cpu, at, random(random, bytes), MemoryType.WRITE_THROUGH, log);
                case 5 -> uncached(cpu, CACHED + at, random(random, bytes), random.nextBoolean(), log);
                case 6 -> aliased(cpu, at, random(random, bytes), log);
                case 7 -> coherent(at, random(random, bytes), random.nextBoolean(), log);
                case 8 -> deviceReads(start, length, log);
                case 9 -> {
                    log.accept(cpu + " evicts, cleans " + length + " at " + start);
                    caches.evict(new AddrRange<>(BASE.plus(start), length));
                    maintenance.maintain(
                            CacheOperation.CLEAN, BASE.plus(at), bytes, CacheMaintenance.Point.UNIFICATION);
                    maintenance.maintainAll(cpu, CacheOperation.CLEAN_INVALIDATE);
                }
                default -> deviceWrites(cpu, start, random(random, length), random.nextBoolean(), log);
            }
        }

        /**
         * Dirty inner lines beside a range that begins or ends inside an outer line would be written into that while the device
         * has it: they go first.
         */
        private void settleNeighbours(int start, int length) {
            if (topology.outer().map(CacheConfig::lineBytes).orElse(0)
                    > topology.inner().lineBytes()) {
                int first = start & -LINE;
                int end = (start + length + LINE - 1) & -LINE;
                maintenance.flush(BASE.plus(first), end - first);
            }
        }

        private void aliased(CpuId cpu, int at, byte[] data, Consumer<String> log) {
            if (topology.sharedOverride()) {
                return;
            }
            log.accept("inner lines go: " + data.length + " at " + at);
            dropInner(at, data.length);
            uncached(cpu, at, data, false, log);
            dropInner(at, data.length);
            load(cpu, at, data.length, MemoryType.WRITE_BACK, log);
        }

        private void dropInner(int at, int bytes) {
            maintenance.maintain(
                    CacheOperation.CLEAN_INVALIDATE, BASE.plus(at), bytes, CacheMaintenance.Point.UNIFICATION);
        }

        private void load(CpuId cpu, int at, int bytes, MemoryType type, Consumer<String> log) {
            log.accept(cpu + " loads " + bytes + " at " + at + " " + type);
            byte[] seen = new byte[bytes];
            byte[] foreseen = new byte[bytes];
            caches.peek(cpu, LINEAR.plus(at), BASE.plus(at), foreseen, 0, bytes, type);
            caches.read(cpu, LINEAR.plus(at), BASE.plus(at), seen, 0, bytes, type);
            assertArrayEquals(Arrays.copyOfRange(flat, at, at + bytes), seen);
            assertArrayEquals(seen, foreseen);
        }

        private void store(CpuId cpu, int at, byte[] data, MemoryType type, Consumer<String> log) {
            log.accept(cpu + " stores " + data.length + " at " + at + " " + type);
            caches.write(cpu, LINEAR.plus(at), BASE.plus(at), data, 0, data.length, type);
            System.arraycopy(data, 0, flat, at, data.length);
        }

        private void uncached(CpuId cpu, int at, byte[] data, boolean barrier, Consumer<String> log) {
            store(cpu, at, data, MemoryType.NORMAL_NONCACHEABLE, log);
            load(cpu, at, data.length, MemoryType.NORMAL_NONCACHEABLE, log);
            if (barrier) {
                caches.drain(cpu);
            } else {
                caches.drainAll();
            }
            byte[] seen = new byte[data.length];
            ram.read(BASE.plus(at), seen, 0, seen.length);
            assertArrayEquals(data, seen);
        }

        private void coherent(int at, byte[] data, boolean write, Consumer<String> log) {
            log.accept("coherent device " + (write ? "writes " : "reads ") + data.length + " at " + at);
            if (write) {
                caches.writeCoherent(BASE.plus(at), data, 0, data.length);
                System.arraycopy(data, 0, flat, at, data.length);
            }
            byte[] seen = new byte[data.length];
            caches.readCoherent(BASE.plus(at), seen, 0, seen.length);
            assertArrayEquals(Arrays.copyOfRange(flat, at, at + seen.length), seen);
        }

        private void deviceReads(int start, int bytes, Consumer<String> log) {
            log.accept("device reads " + bytes + " at " + start);
            maintenance.toDevice(BASE.plus(start), bytes, DmaDirection.TO_DEVICE);
            byte[] seen = new byte[bytes];
            ram.read(BASE.plus(start), seen, 0, bytes);
            maintenance.toCpu(BASE.plus(start), bytes, DmaDirection.TO_DEVICE);
            assertArrayEquals(Arrays.copyOfRange(flat, start, start + bytes), seen);
        }

        private void deviceWrites(CpuId cpu, int start, byte[] data, boolean both, Consumer<String> log) {
            DmaDirection direction = both ? DmaDirection.BIDIRECTIONAL : DmaDirection.FROM_DEVICE;
            log.accept("device writes " + data.length + " at " + start + " " + direction);
            maintenance.toDevice(BASE.plus(start), data.length, direction);
            caches.tick(cpu);
            ram.write(BASE.plus(start), data, 0, data.length);
            caches.tick(cpu);
            maintenance.toCpu(BASE.plus(start), data.length, direction);
            System.arraycopy(data, 0, flat, start, data.length);
        }

        void finish() {
            caches.drainAll();
            maintenance.flush(BASE, MEMORY);
            byte[] all = new byte[MEMORY];
            ram.read(BASE, all, 0, MEMORY);
            assertArrayEquals(flat, all);
        }

        private static byte[] random(SplittableRandom random, int bytes) {
            byte[] data = new byte[bytes];
            random.nextBytes(data);
            return data;
        }
    }
}
