package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.experiment.Columns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FtraceReaderTest {
    private static final String MAP =
            "dma_map_page: 0000:00:02.0 dir=FROM_DEVICE dma_addr=ffffc000 size=4096 phys_addr=43bef000 attrs=NO_WARN";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "            dd-490   [001]  4.322214: ",
                "            dd-490     [001] d.h.     4.322214: ",
                "            dd-490     [001] dNh..     4.322214: ",
                "            dd-490     [001] d..2.3.     4.322214: ",
                "            dd-490     (    490) [001] d....     4.322214: ",
                "            dd-490     (-------) [001] .....     4.322214: ",
                "              dd   490 [001]     4.322214: dma:",
                "              dd   480/490   [001] d..1.     4.322214:      dma:",
                "dd-490 [001] 4.322214000: "
            })
    void read_headForm_sameEvent(String head) {
        List<String> seen = new ArrayList<>();
        TraceReport report = stream(head + MAP + "\n", event -> {
            seen.add(event.task());
            assertEquals(490, event.pid());
            assertEquals(1, event.cpu());
            assertEquals(4_322_214_000L, event.time().nanos());
            assertEquals(FtraceKind.DMA_MAP_PAGE, event.kind());
            assertEquals("0000:00:02.0", event.device().orElseThrow());
            assertEquals(DmaDirection.FROM_DEVICE, event.direction().orElseThrow());
            assertEquals(0xffffc000L, event.address());
            assertEquals(4096, event.bytes());
            assertEquals(0x43bef000L, event.physical());
            assertFalse(event.failed());
        });
        assertEquals(List.of("dd"), seen, report.toString());
        assertEquals(0, report.malformed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Web Content", "a-b c-12", "[x]", "<...>", "kworker/u4:0", "jbd2/mmcblk2p6-", "(udev-worker)"})
    void read_taskName_isKept(String name) {
        List<String> seen = new ArrayList<>();
        String traced = name + "-7     [000] .....     1.000001: " + MAP + "\n";
        String perf = "  " + name + "   7 [000]     1.000001: dma:" + MAP + "\n";
        TraceReport report = stream(traced + perf, event -> seen.add(event.task() + "|" + event.pid()));
        assertEquals(List.of(name + "|7", name + "|7"), seen, report.toString());
    }

    @Test
    void read_traceCmdReport_headerChainsAndMarkersUnderstood() {
        TraceReport report = report("""
                cpus=4
                CPU 2 is empty
                CPU:1 [42 EVENTS DROPPED]
                CPU:3 [EVENTS DROPPED]
                CPU:0 [LOST 3 EVENTS]
                ##### CPU 2 buffer started ####
                # entries-in-buffer/entries-written: 100/150   #P:4
                            dd-490   [001]  4.322214: kernel_stack: <stack trace >
                => dma_map_page_attrs (ffff800080161e5c)
                            dd-490   [001] .....  4.322215: <stack trace>
                 => dma_map_page_attrs
                            dd-490   [001] .....  4.322216: do_map <-dma_map
                 1)   0.542 us    |  dma_map();
                """);
        assertEquals(0, report.malformed(), report.toString());
        assertEquals(45, report.lost());
        assertEquals(5, report.markers());
        assertEquals(50, report.overwritten());
        assertEquals(2, report.headers());
        assertEquals(2, report.continuations());
        assertEquals(
                Map.of("kernel_stack", 1L, "(stack trace)", 1L, "(function)", 1L, "(function graph)", 1L),
                report.unknown());
    }

    @Test
    void read_perfScriptCallChain_isNotMalformed() {
        TraceReport report = report("swapper     0 [000]     1.000001: dma:" + MAP + "\n"
                + "\tffff800080161e5c dma_map_page_attrs+0x1c ([kernel.kallsyms])\n"
                + "\t    7f00aabbccdd main+0x10 (/usr/bin/dd)\n\n"
                + "swapper     0 [000]     1.000002: dma:" + MAP + "\n");
        assertEquals(2, report.eventCount());
        assertEquals(2, report.continuations());
        assertEquals(1, report.blank());
        assertEquals(0, report.malformed(), report.toString());
    }

    @Test
    void read_renamedAndOldForms_areTheSameEvents() {
        Trace trace = FtraceReader.parse("""
                            dd-1     [000] .....     1.000000: dma_map_phys: sdma dir=TO_DEVICE dma_addr=1000 size=4096 phys_addr=9000 attrs=
                            dd-1     [000] .....     1.000001: dma_unmap_phys: sdma dir=TO_DEVICE dma_addr=1000 size=4096 attrs=
                            dd-1     [000] ....     1.000002: map: IOMMU: iova=0x0000000020000000 paddr=0x0000000040000000 size=0x10000
                            dd-1     [000] ....     1.000003: unmap: IOMMU: iova=0x0000000020000000 size=0x10000
                            dd-1     [000] .....     1.000004: dma_alloc: Fixed MDIO bus.0 dma_addr=fe980000 size=524288 virt_addr=000000006cadbcb1 flags=GFP_KERNEL attrs=
                """);
        assertEquals(0, trace.report().malformed(), trace.report().toString());
        assertEquals(List.of("Fixed MDIO bus.0", "sdma"), trace.devices());
        assertEquals(1, trace.iovaMap(1.000000).entries().size());
        assertEquals(0, trace.iovaMap(1.000001).entries().size());
        assertEquals(65536, trace.iovaMap(1.000002).usedBytes());
        assertEquals(0, trace.iovaMap(1.000003).entries().size());
        assertEquals(524288, trace.iovaMap(1.000004, "Fixed MDIO bus.0").usedBytes());
    }

    @Test
    void read_failedMaps_areEventsButNoMappings() {
        Trace trace = FtraceReader.parse("""
                            dd-1     [000] .....     1.000000: dma_map_page: sdma dir=TO_DEVICE dma_addr=ffffffffffffffff size=4096 phys_addr=9000 attrs=
                            dd-1     [000] .....     1.000001: dma_map_page: sdma dir=TO_DEVICE dma_addr=ffffffff size=4096 phys_addr=9000 attrs=
                            dd-1     [000] .....     1.000002: dma_alloc: sdma dir=BIDIRECTIONAL dma_addr=0 size=4096 virt_addr=0000000000000000 flags=GFP_KERNEL attrs=
                            dd-1     [000] .....     1.000003: dma_map_sg_err: sdma dir=TO_DEVICE dma_addrs={0x9000} err=-5 attrs=
                """);
        assertEquals(4, trace.size());
        assertEquals(0, trace.iovaMap(2.0).entries().size());
        assertEquals("failed", trace.deviceTable().columns().get(2).name());
        assertEquals(4, ((Columns.Longs) trace.deviceTable().columns().get(2)).at(0));
    }

    @Test
    void read_nonsenseFields_reportedWithLineAndReason() {
        String head = "dd-1 [000] ..... 1.000000: ";
        TraceReport report = report(head
                + "dma_map_page: sdma dir=TO_DEVICE dma_addr=ffffffffffff0000 size=65537 phys_addr=0 attrs=\n"
                + head + "dma_map_page: sdma dir=TO_DEVICE dma_addr=1000 size=99999999999999999999 phys_addr=0 attrs=\n"
                + head + "dma_map_page: sdma dir=TO_DEVICE dma_addr=12345678901234567 size=1 phys_addr=0 attrs=\n"
                + head + "dma_map_page: sdma dir=TO_DEVICE size=1 phys_addr=0 attrs=\n"
                + head + "dma_map_page: dir=TO_DEVICE dma_addr=0 size=1\n"
                + head + "map: IOMMU: iova=0x1000 - 0x3000 paddr=0x1000 size=4096\n"
                + head
                + "dma_map_sg: sdma dir=TO_DEVICE nents=1/1 ents=1/1 dma_addrs={0x1000,0x2000} sizes={0x1} phys_addrs={0x1} attrs=\n"
                + head + "dma_map_sg: sdma dir=TO_DEVICE nents=1/1 ents=1/1 dma_addrs={0x1000\n"
                + "dd-1 [000] ..... 99999999999.000000: dma_free: x dma_addr=0 size=0\n"
                + "dd-1 [000] ..... 123456: dma_free: x dma_addr=0 size=0\n"
                + "  map: IOMMU: iova=0x1000 paddr=0x1000 size=4096\n"
                + "[    1.000000] usb 1-1: new device\n"
                + "hello\n");
        List<String> expected = List.of(
                "the range leaves the 64-bit space",
                "a size does not fit into 63 bits",
                "an address has more than 16 digits",
                "no field dma_addr=",
                "no device name before the fields",
                "the end of the range is not iova + size",
                "dma_addrs and sizes have different numbers of entries",
                "a list does not end: the line is cut",
                "the time does not fit into 64 bits of nanoseconds",
                "the time has no fraction: the clock does not tick in seconds",
                "no task, CPU and time before the event",
                "a kernel message, not an event",
                "not an ftrace line");
        assertEquals(
                expected,
                report.firstMalformed().stream()
                        .map(TraceReport.Malformed::reason)
                        .toList());
        assertEquals(13, report.firstMalformed().get(12).line());
        assertEquals(0, report.eventCount());
    }

    @Test
    void read_otherSystemsMap_countedNotRead() {
        TraceReport report = report("""
                dd-1 [000] ..... 1.000000: map: (dma_map+0x0/0x10) a=0x1
                dd-1 [000] ..... 1.000000: kmem:map: IOMMU: iova=0x1000 paddr=0x1000 size=4096
                """);
        assertEquals(0, report.eventCount());
        assertEquals(Map.of("kmem:map", 1L, "map or unmap, not of iommu", 1L), report.unknown());
    }

    @Test
    void read_hostileNames_escapedInEveryText() {
        String device = "<img src=x>\u001b[31m\u202e";
        Trace trace = FtraceReader.parse("e\u0007vil-1 [000] ..... 1.000000: " + MAP.replace("0000:00:02.0", device)
                + "\n" + "\u001b]0;title\u0007\n");
        assertEquals(List.of("<img src=x>\\x1b[31m\\u{202e}"), trace.devices());
        assertEquals("e\\x07vil", trace.aliveAtEnd().get(0).task());
        assertEquals(
                "\\x1b]0;title\\x07", trace.report().firstMalformed().get(0).text());
    }

    @Test
    void deviceTable_namesThatLookAlikeWhenEscaped_shareARow() {
        String head = "dd-1 [000] ..... 1.000000: ";
        Trace trace = FtraceReader.parse(head + MAP.replace("0000:00:02.0", "a\u001b") + "\n" + head
                + MAP.replace("0000:00:02.0", "a\\x1b") + "\n");
        assertEquals(List.of("a\\x1b"), trace.devices());
        assertEquals(2, ((Columns.Longs) trace.deviceTable().columns().get(1)).at(0));
    }

    @Test
    void read_crlf_asLf() {
        TraceReport report = report("dd-1 [000] ..... 1.000000: " + MAP + "\r\n\r\n# tracer: nop\r\n");
        assertEquals(1, report.eventCount());
        assertEquals(1, report.blank());
        assertEquals(0, report.malformed());
    }

    @Test
    void read_missingFileOrDirectory_saysSo(@TempDir Path folder) {
        Path missing = folder.resolve("boot.log");
        String message = assertThrows(IllegalArgumentException.class, () -> read(missing))
                .getMessage();
        assertEquals("no such file: " + missing + " [looked in " + folder.toAbsolutePath() + "]", message);
        message =
                assertThrows(IllegalArgumentException.class, () -> read(folder)).getMessage();
        assertEquals("a directory, not a log: " + folder, message);
    }

    @Test
    void read_emptyFile_emptyTraceThatSaysSo(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("empty.log"));
        Trace trace = FtraceReader.read(file);
        assertEquals("empty.log: the file is empty", trace.toString());
        assertEquals(0, trace.iovaMap(1).entries().size());
        assertEquals(1L << 32, trace.iovaMap(1).largestHole());
        assertEquals(0, trace.table().rows());
        assertEquals(List.of(), trace.faults());
    }

    @Test
    void read_otherToolsFormats_refusedWithTheWayOut(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("trace.dat");
        Files.write(file, new byte[] {0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g'});
        assertEquals(
                "trace.dat is trace-cmd's binary trace.dat, not text: save the output of trace-cmd report",
                assertThrows(TraceFormatException.class, () -> read(file)).getMessage());
    }

    @Test
    void read_binaryFile_oneSentence(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("vmlinux");
        byte[] bytes = new byte[100_000];
        new java.util.Random(1).nextBytes(bytes);
        Files.write(file, bytes);
        String text = FtraceReader.read(file).toString();
        assertTrue(text.endsWith("; this is no ftrace text"), text);
        assertFalse(text.chars().anyMatch(Character::isISOControl), text);
    }

    @Test
    void read_truncatedGzip_keepsWhatCameBefore(@TempDir Path folder) throws Exception {
        byte[] whole = Recordings.open(Recordings.STRICT + ".txt.gz").readAllBytes();
        Path file = folder.resolve("cut.gz");
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        Trace trace = FtraceReader.read(file);
        assertEquals("the compressed file breaks off", trace.report().damage().orElseThrow());
        assertTrue(trace.size() > 10_000, trace.toString());
        assertEquals(
                Map.of("the file breaks off inside the line", 1L),
                trace.report().malformedByReason());
    }

    @Test
    void read_namedGzButNot_readAsText(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("boot.gz");
        Files.writeString(file, "dd-1 [000] ..... 1.000000: " + MAP + "\n");
        assertEquals(1, FtraceReader.read(file).size());
        Files.write(file, new byte[] {0x1f, (byte) 0x8b, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7});
        assertTrue(FtraceReader.read(file)
                .toString()
                .startsWith("boot.gz: the file is empty [the compressed file is damaged"));
    }

    private static Trace read(Path path) {
        return FtraceReader.read(path);
    }

    private static TraceReport report(String text) {
        return stream(text, event -> {});
    }

    private static TraceReport stream(String text, FtraceSink sink) {
        return FtraceReader.stream(
                "test", new java.io.ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), sink);
    }
}
