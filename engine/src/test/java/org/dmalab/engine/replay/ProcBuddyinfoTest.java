package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcBuddyinfoTest {
    private static ProcFile<FragmentationSnapshot> sample(String name) {
        return ProcBuddyinfo.read(name, ProcSamples.open(name));
    }

    @ParameterizedTest
    @CsvSource({
        "x86-buddyinfo.txt, 'DMA, DMA32, Normal', 11, 0",
        "imx6-buddyinfo.txt, 'DMA, HighMem', 12, 0",
        "armhf-buddyinfo.txt, DMA, 12, 1",
        "arm64-buddyinfo.txt, DMA, 11, 1",
    })
    void read_realMachines_everyLine(String name, String zones, int orders, int blank) {
        ProcFile<FragmentationSnapshot> file = sample(name);
        List<FragmentationSnapshot.ZoneOrders> found = file.content().zones();
        assertEquals(
                zones,
                String.join(
                        ", ",
                        found.stream()
                                .map(FragmentationSnapshot.ZoneOrders::zone)
                                .toList()));
        assertTrue(found.stream().allMatch(zone -> zone.orders() == orders));
        assertEquals(0, file.malformed());
        assertEquals(blank, file.blank());
        assertEquals(found.size(), file.read());
    }

    /** What the kernel printed comes out again. */
    @Test
    void read_thenPrinted_sameText() {
        String text = """
                Node 0, zone      DMA      5      3      4      2      3      4      5      5      2      2      5     85\040
                Node 1, zone  Movable      2      2      3      2      2      1      1      1      1      2      2     29\040
                """;
        ProcFile<FragmentationSnapshot> file = ProcBuddyinfo.parse(text.replace("\n", "\r\n"));
        assertEquals(text, file.content().buddyinfo());
        assertEquals("buddyinfo: 2 lines read, 0 malformed", file.toString());
        assertEquals(1, file.content().zones().get(1).node());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hello | not Node N, zone NAME and numbers",
                "Node 0, zone Normal, type Movable 1 | no such node or zone",
                "Node -1, zone Normal 1 2 | no such node or zone",
                "Node 99999, zone Normal 1 2 | no such node or zone",
                "Node 0, zone Norma 1 2 | no such node or zone",
                "Node 0, zone HighMem 1 -2 | not 1..20 numbers of blocks",
                "Node 0, zone HighMem 1 2x | not 1..20 numbers of blocks",
                "Node 0, zone HighMem 1 99999999999999999999 | not 1..20 numbers of blocks",
                "Node 0, zone HighMem 1 999999999999999 | not 1..20 numbers of blocks",
                "Node 0, zone HighMem 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 | not 1..20 numbers of blocks",
                "Node 0, zone HighMem 1 | 1 orders, where most zones have 2",
                "Node 0, zone Normal 1 2 | the zone a second time: another moment?",
            })
    void read_garbageBetween_isReported(String line, String reason) {
        ProcFile<FragmentationSnapshot> file =
                ProcBuddyinfo.parse("Node 0, zone DMA 3 4\nNode 0, zone Normal 1 2\n" + line + "\n");
        assertEquals(2, file.content().zones().size());
        assertEquals(List.of(new TraceReport.Malformed(3, reason, line)), file.firstMalformed());
        assertEquals("buddyinfo: 2 lines read, 1 malformed [first: line 3, " + reason + "]", file.toString());
    }

    @Test
    void read_emptyFile_hasNoZones() {
        ProcFile<FragmentationSnapshot> file = ProcBuddyinfo.parse("");
        assertEquals(List.of(), file.content().zones());
        assertEquals(0, file.lines());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "MemTotal: 1024 kB\n"})
    void read_nothingOfTheFormat_saysWhatWasExpectedAndIsNotWhole(String text) {
        ProcFile<FragmentationSnapshot> file = ProcBuddyinfo.parse(text);
        String expected = "no line like \"Node 0, zone   Normal      4      1      0 ...\" was found";
        assertEquals(List.of(expected), file.notes());
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, file::whole).getMessage());
        assertTrue(message.contains(expected), message);
    }

    @Test
    void whole_damagedLine_isRefused() {
        ProcFile<FragmentationSnapshot> file = ProcBuddyinfo.parse("Node 0, zone DMA 3 4\nNode 0, zone Normal x 2\n");
        assertEquals(1, file.content().zones().size());
        assertThrows(IllegalArgumentException.class, file::whole);
        assertEquals(
                1, ProcBuddyinfo.parse("Node 0, zone DMA 3 4\n").whole().zones().size());
    }

    @Test
    void read_longLine_isReported() {
        ProcFile<FragmentationSnapshot> file = ProcBuddyinfo.parse("x".repeat(1 << 20) + "\nNode 0, zone DMA 1 2");
        assertEquals(1, file.read());
        assertEquals("longer than 65536 bytes", file.firstMalformed().get(0).reason());
        assertTrue(file.firstMalformed().get(0).text().length() < 300);
    }

    @Test
    void read_noFile_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> ProcBuddyinfo.read(Path.of("no such file")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86-buddyinfo.txt", "imx6-buddyinfo.txt"})
    void read_damagedFiles_losesNothingSilently(String name) {
        ProcSamples.survivesDamage(name, ProcBuddyinfo::read);
    }
}
