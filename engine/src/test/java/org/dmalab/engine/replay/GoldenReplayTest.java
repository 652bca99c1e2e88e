package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The replay finds what is not as recorded, says where, and survives what is no recording. */
final class GoldenReplayTest {
    @TempDir
    private Path folder;

    @Test
    void check_consistentRegionAndZeroAreas_asRecorded() {
        GoldenFile.of("dma/vmregion-v3.4.txt.gz").assertSame(374);
        GoldenFile.of("dma/bitmap-zero-area-v6.12.txt.gz").assertSame(150);
    }

    /** Each format, a text in the file, and another in its place. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "buddy-v3.14/p03_migratetypes.txt.gz | a 1 | = ([0-9a-f]+)$ | = 1$1",
                "buddy-v3.14/p03_migratetypes.txt.gz | # free_blocks | (\\d+)$ | 1$1",
                "buddy-v3.14/p03_migratetypes.txt.gz | # end | fnv=(.) | fnv=0$1",
                "buddy-v3.14/p05_unaligned_zone.txt.gz | # end | fails=396 | fails=395",
                "buddy-v3.14/p05_unaligned_zone.txt.gz | # end | ops=3 | ops=4",
                "buddy-v3.14/p05_unaligned_zone.txt.gz | # end | allocs=1 | allocs=2",
                "dma/buddy-cases-v3.14.txt.gz | '  extfrag' | ' chg=1' | ' chg=0'",
                "dma/buddy-cases-v3.14.txt.gz | alloc | ' fmt=.' | ' fmt=5'",
                "dma/buddy-cases-v3.14.txt.gz | '  free:' | ' pb:2' | ' pb:1'",
                "dma/buddy-cases-v3.14.txt.gz | '  free:' | free: 0 | free: 7",
                "arm-bitmap-v3.14/b07_exhaust.txt.gz | a 12 | = (.+)$ | = 1$1",
                "arm-bitmap-v3.14/b07_exhaust.txt.gz | M | bits=8 | bits=9",
                "arm-bitmap-v6.1/b10_extend_1G.txt.gz | M | bits=32768 | bits=262144",
                "arm-bitmap-v6.1/b10_extend_1G.txt.gz | # end | fnv=(.) | fnv=0$1",
                "iova-v3.14/w10_reserve.txt.gz | A 1 | = (.+)$ | = 1$1",
                "iova-v3.14/w10_reserve.txt.gz | r | 80ff$ | 81ff",
                "iova-v3.14/w10_reserve.txt.gz | # end | ' steps=2' | ' steps=3'",
                "iova-v3.14/w10_reserve.txt.gz | # end | maxsteps=1 | maxsteps=2",
                "iova-v6.12/w14_lazy_fq.txt.gz | Q 2 | = 0 | = 1",
                "iova-v6.12/w14_lazy_fq.txt.gz | X | = (.+)$ | = 1$1",
                "iova-v6.12/w14_lazy_fq.txt.gz | # end | flushes=1 | flushes=2",
                "iova-v6.12/w13_multicpu.txt.gz | A 1 | = (.+)$ | = 1$1",
                "iova-v6.12/w13_multicpu.txt.gz | # end | live_nodes=2 | live_nodes=3",
                "iova-v6.12/w13_multicpu.txt.gz | # end | tree_fnv=(.) | tree_fnv=0$1",
                "dma/arm-iova-v3.14.txt.gz | create | bits=1024 | bits=1023",
                "dma/arm-iova-v3.14.txt.gz | alloc | -> 8 | -> 9",
                "dma/arm-iova-v6.12.txt.gz | create | ext=1 | ext=2",
                "dma/arm-iova-v6.12.txt.gz | alloc | nr_bitmaps=1 | nr_bitmaps=2",
                "dma/armiommu-mapsg-v3.14.txt.gz | create | bits=32768 | bits=1",
                "dma/armiommu-mapsg-v3.14.txt.gz | '   iommu_map' | ->0 | ->1",
                "dma/armiommu-mapsg-v3.14.txt.gz | ' ->' | \\+1 | +2",
                "dma/sg-from-pages-v6.12.txt.gz | n= | nents=4 | nents=5",
                "dma/sg-from-pages-v6.12.txt.gz | n=8 | ret=-22 | ret=-12",
                "dma/bitmap-zero-area-v6.12.txt.gz | bits | ' FAIL' | ''",
                "dma/bitmap-zero-area-v6.12.txt.gz | bits | -> (.) | -> 9$1",
                "dma/vmregion-v3.4.txt.gz | alloc | -> ff | -> fe",
                "dma/vmregion-v3.4.txt.gz | alloc | NULL | ffc00000",
                "drv-exynos-v3.14/x02_overlap_4k64k.txt.gz | m | = 0$ | = -98",
                "drv-exynos-v3.14/x02_overlap_4k64k.txt.gz | u | = BUG | = 1000",
                "drv-exynos-v3.14/x02_overlap_4k64k.txt.gz | m | = 0$ | = 0 W",
                "drv-exynos-v3.14/x02_overlap_4k64k.txt.gz | T | (.)$ | 1$1",
                "drv-exynos-v3.14/c01_pow2_rw.txt.gz | E | (.)$ | 1$1",
                "drv-exynos-v3.14/c01_pow2_rw.txt.gz | S | (.)$ | 1$1",
            })
    void check_oneLineAltered_findsItThere(String name, String start, String pattern, String replacement) {
        GoldenFile file = GoldenFile.of(name);
        List<String> lines = new ArrayList<>(file.lines());
        int at = 0;
        while (!lines.get(at).startsWith(start)
                || lines.get(at).replaceFirst(pattern, replacement).equals(lines.get(at))) {
            at++;
        }
        lines.set(at, lines.get(at).replaceFirst(pattern, replacement));
        ReplayReport report = file.replay(lines);
        assertFalse(report.same());
        ReplayReport.Difference first = report.first().orElseThrow();
        assertEquals(at + 1, first.line(), first::toString);
        assertEquals(lines.get(at), first.text());
        assertFalse(first.expected().equals(first.found()), first::toString);
        assertEquals(Math.min(at, ReplayReport.LINES_BEFORE), first.before().size());
        if (at > 0) {
            assertTrue(first.toString().contains("\n    " + at + ": " + lines.get(at - 1)), first::toString);
        }
    }

    /** A lost line: an operation, an event, an entry of the final table. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "buddy-v3.14/p01_order0.txt.gz | f 1",
                "dma/buddy-cases-v3.14.txt.gz | '  extfrag'",
                "dma/buddy-cases-v3.14.txt.gz | '> p'",
                "arm-bitmap-v3.14/b01_uniform4k.txt.gz | f 1",
                "iova-v3.14/w10_reserve.txt.gz | r",
                "iova-v6.12/w13_multicpu.txt.gz | C",
                "iova-v6.12/w19_depot.txt.gz | T",
                "dma/arm-iova-v3.14.txt.gz | free",
                "dma/armiommu-mapsg-v3.14.txt.gz | '   iommu_map'",
                "dma/vmregion-v3.4.txt.gz | free",
                "drv-exynos-v3.14/c01_pow2_rw.txt.gz | E",
            })
    void check_oneLineLost_isADifference(String name, String start) {
        GoldenFile file = GoldenFile.of(name);
        List<String> lines = new ArrayList<>(file.lines());
        int at = 0;
        while (!lines.get(at).startsWith(start)) {
            at++;
        }
        lines.remove(at);
        assertFalse(file.replay(lines).same());
    }

    @Test
    void check_lastLineLost_saysWhatIsNotCompared() {
        GoldenFile file = GoldenFile.of("buddy-v3.14/p01_order0.txt.gz");
        assertEquals(
                "buddy-v3.14/p01_order0.txt.gz: buddy-v3.14, 99 operations, 0 differences [it breaks off without its"
                        + " last line, # end ..., so the sums are not compared]",
                file.replay(file.lines().subList(0, 100)).toString());
        GoldenFile table = GoldenFile.of("drv-exynos-v3.14/c01_pow2_rw.txt.gz");
        assertEquals(
                List.of("it breaks off before the final table, which is not compared"),
                table.replay(table.lines().subList(0, 100)).notes());
        GoldenFile calls = GoldenFile.of("dma/armiommu-mapsg-v3.14.txt.gz");
        assertEquals(
                List.of("it breaks off inside the last call, which is not compared"),
                calls.replay(calls.lines().subList(0, 4)).notes());
    }

    @Test
    void check_differenceInTheMiddle_isShownInFull() {
        ReplayReport report = check(
                "arm-bitmap-v3.14",
                "M 80000000 8000000 0 8  # bits=32768",
                "a 0 4096 = 80000000",
                "",
                "a 1 4096 = 80002000",
                "f 0",
                "a 2 4096 = -");
        assertEquals("""
                first difference, line 4: a 1 4096 = 80002000
                  expected 80002000
                  found    80001000
                  before it:
                    1: M 80000000 8000000 0 8  # bits=32768
                    2: a 0 4096 = 80000000""", report.first().orElseThrow().toString());
        assertEquals(4, report.operations());
        assertEquals(2, report.differences());
    }

    /** The protection is that of the call's direction; a failed call leaves nothing that has a meaning. */
    @Test
    void check_otherDirectionsAndFailedCalls_replay() {
        ReplayReport report = check(
                "armiommu-mapsg-v3.14",
                "create base=80000000 size=20000 order=0 bits=32",
                "map_sg max=10000 n=1: (6325,0,1000)",
                "   iommu_map 80000000->06325000 1000 prot 2",
                " -> 1: 80000000+1000",
                "map_sg max=10000 n=2: (1ac1,0,1000) (1ac2,0,1000)",
                "   iommu_map 80002000->01ac1000 1000 prot 3",
                "   iommu_map 80003000->01ac2000 1000 prot 3",
                " -> 1: 80002000+2000 ffffffff+0",
                "map_sg max=10000 n=1: (2000,0,40000)",
                " -> 0: ffffffff+0",
                "create base=40000000 size=10000 order=1 bits=32",
                "map_sg max=10000 n=1: (6325,10,1000)",
                "   iommu_map 40000000->06325000 2000 prot 1",
                " -> 1: 40000010+1000");
        assertEquals(List.of(), report.first().stream().map(Object::toString).toList());
        assertEquals(4, report.operations());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "buddy-v3.14 | a 0 0 2 = 47c00 | line 1: no zone yet, expected I start_pfn npages: a 0 0 2 = 47c00",
                "buddy-v3.14 | I 40000 0 | line 1: page range must have at least 1 page",
                "buddy-v3.14 | I 40000 x | line 1: not a decimal number: x: I 40000 x",
                "buddy-v3.14 | I 40000 99999999999999999999 | line 1: not a decimal number",
                "buddy-v3.14 | I 40000 -1 | line 1: number must be 0..9223372036854775807: -1",
                "buddy-v3.14 | I 40000 | line 1: expected 3 words, found 2",
                "buddy-v3.14 | hello | line 1: not a line of a buddy-v3.14 recording: hello",
                "buddy-v3.14 | # nothing | no operation of a buddy-v3.14 recording in 1 lines",
                "buddy-cases-v3.14 | > a 0 0 | line 1: no case yet",
                "buddy-cases-v3.14 | # case 0 pages=1024 pageblock_order=9 | line 1: pageblock_order must be 10",
                "buddy-cases-v3.14 | # case 0 pageblock_order=10 | line 1: no pages=",
                "arm-bitmap-v3.14 | M 0 0 0 8 | line 1: the model makes no such window",
                "arm-bitmap-v3.14 | M 0 1000 0 99 | line 1: alignment cap must be 4..9: 99",
                "arm-bitmap-v6.1 | f 0 | no operation|",
                "iova-v6.12 | A 0 1 fffff 1 = 1 | line 1: no domain yet, expected I granule start_pfn ncpu: A 0",
                "iova-v6.12 | hello | line 1: not a line of a iova-v6.12 recording: hello",
                "iova-v6.12 | I 4096 1 | line 1: expected 4 words, found 3",
                "iova-v6.1 | I 4095 1 1 | line 1: granule must be a power of two up to 4096: 4095",
                "iova-v6.1 | I 8 1 1 | line 1: granule must be 16..4096 bytes: 8",
                "iova-v6.1 | I 4096 100000 1 | line 1: start_pfn must be 0..fffff: 100000",
                "iova-v3.14 | I 4096 1 0 | line 1: ncpu must be 1..4096: 0",
                "iova-v3.14 | I 4096 1 1 | no operation of a iova-v3.14 recording in 1 lines",
                "arm-iova-v3.14 | alloc 1000 -> 0 | line 1: no window yet, expected create",
                "arm-iova-v6.12 | create base=0 size=1000 bits=32 | line 1: no ext=",
                "armiommu-mapsg-v3.14 | map_sg max=1000 n=1: (1,0,1000) | line 1: no window yet",
                "sg-from-pages-v6.12 | n=2 off=0 size=1 max=4096 pfns=1 -> ret=0 nents=1: | line 1: expected n=2",
                "sg-from-pages-v6.12 | n=2 | line 1: not a line of a sg-from-pages-v6.12 recording: n=2",
                "drv-exynos-v3.14 | m 0 0 1000 3 | line 1: expected 4 numbers, = and an answer: m 0 0 1000 3",
                "vmregion-v3.4 | alloc 1000 -> ffdff000 | line 1: no window yet, expected # vmr v SIZE",
                "vmregion-v3.4 | # vmr v 0x10000000 | line 1: ",
                "bitmap-zero-area-v6.12 | bits=1 | line 1: not a line of a bitmap-zero-area-v6.12 recording: bits=1",
                "drv-exynos-v3.14 | X | line 1: not a line of a drv-exynos-v3.14 recording: X",
            })
    void check_garbledLine_isNamedWithTheReason(String format, String line, String expected) {
        if (expected.equals("no operation")) {
            assertEquals(1, check(format, line).operations());
            return;
        }
        String message = refusal(() -> check(format, line));
        assertTrue(message.startsWith("test: " + expected), message);
    }

    @Test
    void check_controlCharacters_areEscaped() {
        String message = refusal(() -> check("buddy-v3.14", "\u001b[2J\u0000"));
        assertEquals("test: line 1: not a line of a buddy-v3.14 recording: \\x1b[2J\\x00", message);
    }

    @Test
    void check_longLine_isNotKept() {
        String message = refusal(() -> check("buddy-v3.14", "I 1 1", "a".repeat(70_000)));
        assertEquals("test: line 2 is longer than 65536 bytes", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dmapool-v3.14", "dmapool"})
    void check_formatNotModelled_saysSo(String format) {
        String message = refusal(() -> check(format, "a"));
        assertEquals("test: recordings of the format " + format + " are not modelled yet", message);
    }

    @Test
    void check_formatUnknown_listsTheKnown() {
        String unknown = refusal(() -> check("buddy-v2.6", "a"));
        assertTrue(
                unknown.startsWith("test: no format is named buddy-v2.6; known are buddy-v3.14, buddy-cases"), unknown);
        String ambiguous = refusal(() -> check("arm-iova", "a"));
        assertTrue(ambiguous.startsWith("test: the format arm-iova needs a version; known are "), ambiguous);
        assertTrue(check("buddy", "I 0 1", "a 0 0 2 = 0", "# end ops=1").same());
    }

    @Test
    void formatOf_place_isFolderOrFile() {
        assertEquals("buddy-v3.14", GoldenReplay.formatOf(Path.of("golden/buddy-v3.14/p01.txt.gz")));
        assertEquals("arm-iova-v3.14", GoldenReplay.formatOf(Path.of("golden/dma/arm-iova-v3.14.txt.gz")));
        assertEquals("arm-iova-v3.14", GoldenReplay.formatOf(Path.of("golden/dma/arm-iova-v3.14.txt")));
        assertEquals("arm-iova-v3.14", GoldenReplay.formatOf(Path.of("golden/dma/../dma/arm-iova-v3.14")));
        assertEquals("golden", GoldenReplay.formatOf(Path.of("golden/buddy-v3.14")));
        assertEquals("/", GoldenReplay.formatOf(Path.of("/")));
    }

    @Test
    void check_plainGzippedOrCrLf_readTheSame() throws IOException {
        String text = "I 0 16\r\na 0 2 2 = 0\r\n# end ops=1 allocs=1 fails=0 results_fnv=a8c7f832281a39c5\r\n";
        Path plain = Files.writeString(
                Files.createDirectory(folder.resolve("buddy-v3.14")).resolve("plain"), text);
        Path packed = folder.resolve("buddy-v3.14/packed");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }
        assertEquals(
                plain + ": buddy-v3.14, 1 operation, 0 differences",
                GoldenReplay.check(plain).toString());
        assertEquals(
                packed + ": buddy-v3.14, 1 operation, 0 differences",
                GoldenReplay.check(packed).toString());
    }

    @Test
    void check_noSuchFile_isNamed() {
        Path missing = folder.resolve("missing");
        assertTrue(refusal(() -> GoldenReplay.check(missing, "buddy-v3.14")).startsWith("no such file: " + missing));
        assertEquals("a directory, not a log: " + folder, refusal(() -> GoldenReplay.check(folder, "buddy-v3.14")));
    }

    /** Damaged bytes give a report or the documented exception, and never a clean bill that a lost line would get. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "buddy-v3.14/p05_unaligned_zone.txt.gz",
                "dma/buddy-cases-v3.14.txt.gz",
                "arm-bitmap-v6.1/b07_exhaust.txt.gz",
                "dma/arm-iova-v3.14.txt.gz",
                "dma/arm-iova-v6.12.txt.gz",
                "iova-v3.14/w10_reserve.txt.gz",
                "iova-v6.12/w14_lazy_fq.txt.gz",
                "iova-v6.12/w17_mixed_limits.txt.gz",
                "dma/armiommu-mapsg-v3.14.txt.gz",
                "dma/sg-from-pages-v6.12.txt.gz",
                "dma/bitmap-zero-area-v6.12.txt.gz",
                "dma/vmregion-v3.4.txt.gz",
                "drv-exynos-v3.14/x03_partial_unmap.txt.gz",
            })
    void check_damagedBytes_throwNothingElse(String name) throws IOException {
        GoldenFile file = GoldenFile.of(name);
        List<String> lines = file.lines().subList(0, Math.min(300, file.lines().size()));
        byte[] text = String.join("\n", lines).getBytes(StandardCharsets.US_ASCII);
        byte[] packed = Files.readAllBytes(file.path());
        String format = GoldenReplay.formatOf(file.path());
        Random random = new Random(0x5eed);
        int noticed = 0;
        for (int round = 0; round < 60; round++) {
            noticed += notices(format, damaged(text, random, 1 + round % 5)) ? 1 : 0;
        }
        assertTrue(noticed > 30, "noticed " + noticed + " of 60");
        for (int round = 0; round < 10; round++) {
            int cut = 1 + random.nextInt(packed.length - 1);
            assertTrue(notices(format, Arrays.copyOf(packed, cut)), "cut at " + cut);
        }
    }

    private static byte[] damaged(byte[] text, Random random, int bytes) {
        byte[] damaged = text.clone();
        for (int i = 0; i < bytes; i++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    private static boolean notices(String format, byte[] text) {
        try {
            return !GoldenReplay.check("test", new ByteArrayInputStream(text), format)
                    .same();
        } catch (RecordingException | TraceFormatException e) {
            return true;
        }
    }

    private static String refusal(Executable check) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, check).getMessage());
    }

    private static ReplayReport check(String format, String... lines) {
        byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        return GoldenReplay.check("test", new ByteArrayInputStream(text), format);
    }
}
