package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel did not print and what the reader does not keep is said in the report. */
final class FtraceLimitsTest {
    private static final String HEAD = "nic-1 [000] ..... 1.000000: ";

    @Test
    void read_device_refusedWithTheWayOut() {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device), "no devices as files here");
        assertEquals(
                "a device or a pipe, which may never end, not a file: /dev/null;"
                        + " save its output in a file, or open it and pass its InputStream",
                assertThrows(IllegalArgumentException.class, () -> FtraceReader.read(device))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> FtraceReader.stream(device, event -> {}));
    }

    @Test
    void read_moreEventsThanFit_endsThereAndSaysSo() {
        String log =
                (HEAD + "dma_map_page: nic dir=TO_DEVICE dma_addr=1000 size=4096 phys_addr=1000 attrs=\n").repeat(5);
        Trace trace = read(log, 3);
        assertEquals(3, trace.size());
        assertEquals(3, trace.report().lines());
        assertEquals(
                "log: 3 lines, 3 events read, 0 of other kinds counted, 0 malformed, the end is missing [the Java heap has"
                        + " room for 3 events and scatter list segments; use stream(), which keeps nothing, or a larger"
                        + " -Xmx]",
                trace.report().toString());
        assertEquals(Optional.empty(), read(log, 5).report().damage());
        assertEquals(4, read(log.strip(), 4).size());
        assertTrue(read(log.strip(), 4).report().damage().isPresent());
    }

    @Test
    void read_scatterLists_segmentsCountAsEvents() {
        Trace trace = read(segments(0, 8).repeat(4), 18);
        assertEquals(2, trace.size());
        assertTrue(trace.report().damage().isPresent());
    }

    /** Endless logs of the kinds that need the most memory, read and mapped in a JVM with a heap of 64 MiB. */
    @ParameterizedTest
    @ValueSource(strings = {"same", "distinct", "iommu", "lists"})
    void read_endlessLog_fitsIntoASmallHeap(String kind, @TempDir Path folder) throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHeap.class.getName(),
                        kind)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still reading after two minutes");
            assertEquals(0, process.exitValue(), () -> text(output));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void malformedByReason_listsOfEveryLength_oneReason() {
        StringBuilder log = new StringBuilder();
        for (int i = 1; i <= 50; i++) {
            log.append(HEAD)
                    .append("dma_map_sg: nic dir=TO_DEVICE nents=1/1 ents=1/1 dma_addrs={")
                    .append("1,".repeat(i))
                    .append("} sizes={} phys_addrs={1} attrs=\n");
        }
        assertEquals(
                Map.of("dma_addrs and sizes have different numbers of entries", 50L),
                FtraceReader.parse(log.toString()).report().malformedByReason());
    }

    @Test
    void report_iommuLinesOfLinux314_countedAndNamed() {
        Trace trace = FtraceReader.parse(HEAD
                + "map: IOMMU: iova=0x0000000020001000 paddr=0x0000000040001000 size=0x0\n"
                + HEAD + "unmap: IOMMU: iova=0x0000000020001000 size=0x1000\n");
        assertEquals(1, trace.report().zeroSizeMaps());
        assertEquals(
                "text: 2 lines, 2 events read, 0 of other kinds counted, 0 malformed, 1 iommu map line of size 0: Linux 3.14"
                        + " prints the end of the range instead; maps of this log cannot be drawn from iommu lines",
                trace.report().toString());
        assertEquals(
                "log text [iommu map lines without ranges]", trace.iovaMap(1).source());
    }

    @Test
    void report_truncatedScatterLists_countedWithTheirMissingSegments() {
        String list = "dma_map_sg: nic dir=FROM_DEVICE nents=128/200 ents=%s [TRUNCATED] dma_addrs={0x1000,0x9000}"
                + " sizes={0x1000,0x1000} phys_addrs={0x1000,0x2000} attrs=\n";
        Trace joined = FtraceReader.parse(HEAD + list.replace("%s", "2/2"));
        assertEquals(1, joined.report().truncatedLists());
        assertEquals(0, joined.report().unprintedSegments());
        assertEquals("log text", joined.iovaMap(1).source());
        Trace cut = FtraceReader.parse(HEAD + list.replace("%s", "2/200"));
        assertEquals(198, cut.report().unprintedSegments());
        assertEquals(
                "text: 1 line, 1 events read, 0 of other kinds counted, 0 malformed, 1 scatter list cut by the kernel"
                        + " [TRUNCATED] [DMA segments missing in maps=198]",
                cut.report().toString());
        assertEquals(
                "log text [198 segments of scatter lists not printed]",
                cut.iovaMap(1).source());
    }

    private static Trace read(String log, long most) {
        return FtraceReader.read("log", new ByteArrayInputStream(log.getBytes(StandardCharsets.UTF_8)), most);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String segments(int number, int count) {
        StringBuilder addresses = new StringBuilder();
        StringBuilder sizes = new StringBuilder();
        for (int i = 0; i < count; i++) {
            addresses.append(i == 0 ? "0x" : ",0x").append(Long.toHexString(((long) number * count + i) << 13));
            sizes.append(i == 0 ? "0x1000" : ",0x1000");
        }
        return HEAD + "dma_map_sg: nic dir=TO_DEVICE nents=8/8 ents=8/8 dma_addrs={" + addresses + "} sizes={" + sizes
                + "} phys_addrs={0x" + Integer.toHexString(number) + "} attrs=\n";
    }

    /** Reads an endless log; leaves with an exception where memory or the report does. */
    static final class SmallHeap {
        private SmallHeap() {}

        public static void main(String[] args) {
            IntFunction<String> lines = switch (args[0]) {
                case "same" -> number -> map(0);
                case "distinct" -> number -> iommu(number) + map(number);
                case "iommu" -> SmallHeap::iommu;
                default -> number -> segments(number, 128);
            };
            Trace trace = FtraceReader.read("endless", endless(lines));
            int entries = trace.iovaMap(trace.end()).entries().size();
            int rows = Math.min(trace.table().rows(), trace.deviceTable().rows() * trace.size());
            boolean all = trace.report().damage().isPresent() && entries > 50_000 && rows == trace.size();
            if (!all) {
                throw new IllegalStateException(trace.report() + " " + entries + " entries");
            }
        }

        private static String map(int number) {
            return HEAD + "dma_map_page: nic dir=TO_DEVICE dma_addr=" + Long.toHexString((number + 1L) << 12)
                    + " size=4096 phys_addr=1000 attrs=\n";
        }

        private static String iommu(int number) {
            return HEAD + "map: IOMMU: iova=0x" + Long.toHexString((number + 1L) << 12) + " paddr=0x1000 size=4096\n";
        }

        private static InputStream endless(IntFunction<String> lines) {
            return new InputStream() {
                private byte[] line = new byte[0];
                private int at;
                private int next;

                @Override
                public int read() {
                    return line()[at++] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int from, int length) {
                    int count = Math.min(length, line().length - at);
                    System.arraycopy(line, at, bytes, from, count);
                    at += count;
                    return count;
                }

                private byte[] line() {
                    if (at == line.length) {
                        line = lines.apply(next++).getBytes(StandardCharsets.UTF_8);
                        at = 0;
                    }
                    return line;
                }
            };
        }
    }
}
