package org.dmalab.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * FIFO, write-through and no write-allocate against Dinero IV, whose counts are in {@code dinero-policies.txt}: without bytes, and
 * with bytes where two levels can be built of them.
 */
final class DineroPoliciesTest {
    private static final long[] WORDS = GoldenStream.words(GoldenStream.ACCESSES);

    /**
     * One run of Dinero IV.
     *
     * @param text the levels as recorded
     * @param levels the same
     * @param counts what it counted
     */
    record Recorded(String text, List<CacheConfig> levels, List<TagCaches.Counts> counts) {
        @Override
        public String toString() {
            return text;
        }
    }

    static Stream<Recorded> recorded() {
        List<Recorded> runs = new ArrayList<>();
        for (String line : lines()) {
            String[] fields = line.split(" ", -1);
            if (fields[0].equals("C")) {
                List<CacheConfig> levels = Arrays.stream(fields)
                        .skip(1)
                        .map(DineroPoliciesTest::config)
                        .toList();
                runs.add(new Recorded(line.substring(2), levels, new ArrayList<>()));
            } else {
                runs.get(runs.size() - 1).counts().add(counts(fields));
            }
        }
        return runs.stream();
    }

    static Stream<Recorded> recordedOfTwoLevels() {
        return recorded().filter(run -> run.levels().size() == 2);
    }

    private static List<String> lines() {
        try (InputStream in = Objects.requireNonNull(
                        DineroPoliciesTest.class.getResourceAsStream("dinero-policies.txt"), "dinero-policies.txt");
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CacheConfig config(String level) {
        String[] parts = level.split(":", -1);
        CacheConfig config = CacheConfig.of(
                Bytes.kib(Integer.parseInt(parts[0])), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        config = parts[3].equals("f") ? config.with(Replacement.FIFO) : config;
        config = parts[4].equals("n") ? config.writeThrough() : config;
        return parts[5].equals("n") ? config.noWriteAllocate() : config;
    }

    private static TagCaches.Counts counts(String[] fields) {
        long[] numbers =
                Arrays.stream(fields).skip(1).mapToLong(Long::parseLong).toArray();
        String name = fields[0].equals("l1") ? "l1-dcache" : fields[0] + "-ucache";
        return new TagCaches.Counts(name, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recorded")
    void countsWithoutBytes_equalDineros(Recorded run) {
        TagCaches caches = new TagCaches(run.levels());
        caches.access(WORDS, 0, WORDS.length);
        caches.writeBack();
        assertEquals(run.counts(), caches.counts());
    }

    /** A turn for each set is FIFO as long as no line is dropped. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("recordedOfTwoLevels")
    void countsWithBytes_equalDineros_inTurnsToo(Recorded run) {
        assertCounts(run, run.levels());
        if (run.text().contains(":f:")) {
            assertCounts(
                    run, run.levels().stream().map(DineroPoliciesTest::inTurns).toList());
        }
    }

    private static CacheConfig inTurns(CacheConfig config) {
        return config.replacement() == Replacement.FIFO ? config.with(Replacement.ROUND_ROBIN) : config;
    }

    private static void assertCounts(Recorded run, List<CacheConfig> levels) {
        PhysAddr arena = new PhysAddr(GoldenStream.ARENA);
        Traffic traffic = new Traffic(levels.get(1).lineBytes());
        CacheHierarchy caches = new CacheHierarchy(
                levels.get(0),
                levels.get(1),
                new PhysicalMemory(List.of(new AddrRange<>(arena, Bytes.mib(64)))),
                traffic);
        byte[] word = new byte[8];
        for (long access : WORDS) {
            PhysAddr address = new PhysAddr(GoldenStream.address(access));
            if (access < 0) {
                caches.write(address, word, 0, word.length, MemoryType.WRITE_BACK);
            } else {
                caches.read(address, word, 0, word.length, MemoryType.WRITE_BACK);
            }
        }
        new CacheMaintenance(caches).flush(arena, Bytes.mib(64));

        assertEquals(run.counts().get(0).readMisses(), traffic.readMisses, "inner read misses");
        assertEquals(run.counts().get(0).writeMisses(), traffic.writeMisses, "inner write misses");
        assertEquals(run.counts().get(1).bytesIn(), traffic.bytesIn, "bytes from memory");
        assertEquals(run.counts().get(1).bytesOut(), traffic.bytesOut, "bytes to memory");
        caches.checkInvariants();
    }

    /** What the hierarchy told. */
    private static final class Traffic implements TraceSink {
        private final int outerLineBytes;
        private long readMisses;
        private long writeMisses;
        private long bytesIn;
        private long bytesOut;

        Traffic(int outerLineBytes) {
            this.outerLineBytes = outerLineBytes;
        }

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
            bytesIn += bytes;
        }

        @Override
        public void lineWrittenBack(int level, long phys, int bytes, boolean speculative) {
            bytesOut += level == 2 ? bytes : 0;
        }

        @Override
        public void storeWrittenThrough(int cpu, long phys, int bytes, boolean speculative) {
            bytesOut += bytes;
        }

        @Override
        public void cacheMaintained(int level, int operation, long phys, long lines, long writtenBack) {
            bytesOut += level == 2 ? writtenBack * outerLineBytes : 0;
        }
    }
}
