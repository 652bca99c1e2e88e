package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.dmalab.engine.dma.IovaMap;
import org.junit.jupiter.api.Test;

/** Damaged copies of real logs: nothing throws, every line is counted, every map can be made. */
final class FtraceMutationTest {
    private static final long SEED = Long.decode(System.getProperty("dmalab.seed", "0x5eed14"));
    private static final int MUTATIONS = 4_000;

    /** Bytes that mean something to the grammar. */
    private static final byte[] TELLING = "[]{}:=,./-() 0x#|<>fF9\n\t\r\0\u001b".getBytes(StandardCharsets.ISO_8859_1);

    @Test
    void read_mutatedLog_neverThrowsAndCountsEveryLine() {
        Random random = new Random(SEED);
        List<byte[]> excerpts = excerpts();
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] log = mutate(excerpts.get(i % excerpts.size()), random);
            try {
                check(log);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "mutation " + i + " of " + MUTATIONS + ": " + e
                                + "\nrerun: mvn -pl engine test -Dtest=FtraceMutationTest -Ddmalab.seed=0x"
                                + Long.toHexString(SEED),
                        e);
            }
        }
    }

    @Test
    void read_mutatedGzip_neverThrows() throws Exception {
        Random random = new Random(SEED);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(excerpts().get(0));
        }
        int damaged = 0;
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = packed.toByteArray();
            bytes[2 + random.nextInt(bytes.length - 2)] ^= (byte) (1 << random.nextInt(8));
            Trace trace = FtraceReader.read("gz", new ByteArrayInputStream(bytes));
            damaged += trace.report().damage().isPresent() ? 1 : 0;
        }
        assertTrue(damaged > 900, damaged + " of 1000 noticed");
    }

    private static void check(byte[] log) {
        Trace trace = FtraceReader.read("mutated", new ByteArrayInputStream(log));
        TraceReport report = trace.report();
        long lines = 0;
        for (int i = 0; i < log.length; i++) {
            lines += log[i] == '\n' || i == log.length - 1 ? 1 : 0;
        }
        assertEquals(lines, report.lines());
        assertEquals(
                lines,
                report.eventCount()
                        + report.unknownCount()
                        + report.malformed()
                        + report.markers()
                        + report.headers()
                        + report.continuations()
                        + report.blank());
        assertEquals(
                report.malformed(),
                report.malformedByReason().values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
        assertEquals(trace.size(), report.eventCount());
        assertEquals(trace.size(), trace.table().rows());
        IovaMap last = trace.iovaMap(trace.end());
        assertTrue(last.entries().size() >= trace.aliveAtEnd().size(), last.toString());
        assertTrue(last.freeBytes() >= 0, last.toString());
        for (String device : trace.devices()) {
            assertTrue(trace.touched(device).bytes() > 0);
            assertEquals(3, trace.usage(device, 3).rows());
        }
        assertTrue(trace.deviceTable().rows() >= trace.devices().size());
        assertTrue(report.toString().chars().noneMatch(Character::isISOControl), report.toString());
    }

    private static byte[] mutate(byte[] excerpt, Random random) {
        byte[] log = excerpt.clone();
        int edits = 1 + random.nextInt(40);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(log.length);
            switch (random.nextInt(5)) {
                case 0 -> log[at] = (byte) random.nextInt(256);
                case 1 -> log[at] = TELLING[random.nextInt(TELLING.length)];
                case 2 -> {
                    int from = random.nextInt(log.length);
                    int length = Math.min(random.nextInt(100), log.length - Math.max(at, from));
                    System.arraycopy(log, from, log, at, length);
                }
                case 3 -> Arrays.fill(log, at, Math.min(log.length, at + random.nextInt(30)), log[at]);
                default -> log = Arrays.copyOf(log, Math.max(1, log.length - random.nextInt(50)));
            }
        }
        return log;
    }

    private static List<byte[]> excerpts() {
        List<byte[]> excerpts = new ArrayList<>();
        excerpts.add(excerpt(Recordings.STRICT + ".txt.gz", 3_300, 160));
        excerpts.add(excerpt(Recordings.API_STRICT + ".txt.gz", 3_000, 160));
        excerpts.add(excerpt("arm64-612-dmabuf-strict.txt.gz", 100, 160));
        excerpts.add(excerpt("perf_script_kmem.txt", 0, 60));
        excerpts.add(excerpt("iommu_map_unmap_excerpts.txt", 0, 25));
        excerpts.add(excerpt("FORMATS.txt", 0, 80));
        return excerpts;
    }

    private static byte[] excerpt(String file, int from, int count) {
        List<String> lines = Recordings.lines(file);
        return String.join("\n", lines.subList(from, Math.min(lines.size(), from + count)))
                .getBytes(StandardCharsets.UTF_8);
    }
}
