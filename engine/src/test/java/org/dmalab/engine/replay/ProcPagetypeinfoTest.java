package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.PageTypeInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcPagetypeinfoTest {
    private static ProcFile<PageTypeInfo> sample(String name) {
        return ProcPagetypeinfo.read(name, ProcSamples.open(name));
    }

    @ParameterizedTest
    @CsvSource({
        "x86-pagetypeinfo.txt, 9, 3, 11",
        "imx6-pagetypeinfo.txt, 11, 2, 12",
        "armhf-pagetypeinfo.txt, 11, 1, 12",
        "arm64-pagetypeinfo.txt, 9, 1, 11",
    })
    void read_realMachines_everyLine(String name, int pageblockOrder, int zones, int orders) {
        ProcFile<PageTypeInfo> file = sample(name);
        assertEquals(0, file.malformed(), file::toString);
        assertEquals(List.of(), file.notes());
        assertEquals(4, file.headers());
        assertEquals(pageblockOrder, file.content().pageblockOrder());
        assertEquals(zones, file.content().zones().size());
        assertTrue(file.content().zones().stream().allMatch(zone -> zone.orders() == orders));
    }

    /** What the kernel printed comes out again. */
    @ParameterizedTest
    @ValueSource(strings = {"imx6-pagetypeinfo.txt", "armhf-pagetypeinfo.txt", "arm64-pagetypeinfo.txt"})
    void read_thenPrinted_sameText(String name) throws IOException {
        try (InputStream in = ProcSamples.open(name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
            assertEquals(text.strip(), sample(name).content().text(Era.V6_12).strip());
        }
    }

    @Test
    void read_sumOfTypes_isBuddyinfo() {
        PageTypeInfo types = sample("x86-pagetypeinfo.txt").content();
        assertEquals(19398, types.zones().get(2).freeBlocks(MigrateType.MOVABLE, 2));
        assertEquals(619, types.zones().get(2).pageblocks(MigrateType.RECLAIMABLE));
        assertEquals(
                21507,
                types.snapshot().zones().get(2).freeBlocks().get(2),
                "2109 + 19398 of /proc/buddyinfo at that moment");
    }

    @Test
    void read_oldOrderOfTypes_goesByName() {
        ProcFile<PageTypeInfo> file = ProcPagetypeinfo.parse("""
                Page block order: 10
                Pages per block:  1024

                Free pages count per migrate type at order       0      1
                Node    0, zone   Normal, type    Unmovable      1      2
                Node    0, zone   Normal, type  Reclaimable      3      4
                Node    0, zone   Normal, type      Movable      5 >100000
                Node    0, zone   Normal, type      Reserve      7      8

                Number of blocks type     Unmovable  Reclaimable      Movable      Reserve
                Node 0, zone   Normal            1            2            3            4
                Number of mixed blocks    Unmovable  Reclaimable      Movable      Reserve
                Node 0, zone   Normal            0            0            1            0
                """);
        PageTypeInfo.ZoneTypes zone = file.content().zones().get(0);
        assertEquals(100_000, zone.freeBlocks(MigrateType.MOVABLE, 1));
        assertEquals(3, zone.freeBlocks(MigrateType.RECLAIMABLE, 0));
        assertEquals(4, zone.pageblocks(MigrateType.RESERVE));
        assertEquals(0, file.malformed());
        assertEquals(List.of("1 count is a lower bound (>)", "mixed pageblocks are not kept"), file.notes());
    }

    @Test
    void read_garbageBetween_isReported() {
        ProcFile<PageTypeInfo> file = ProcPagetypeinfo.parse("""
                Page block order: 10
                Pages per block:  512
                Node 0, zone   Normal            1            2
                Node    0, zone   Normal, type    Unmovable      1      2
                Node    0, zone   Normal, type    Unmovable      1      2
                Node    0, zone   Normal, type    Unmoveable     1      2
                Node    0, zone   Normal, type      Movable      1
                Node    0, zone   Normal, type      Movable      1      x
                Node    0, zone   Narnia, type      Movable      1      2
                what
                Number of blocks type     Unmovable      Unknown
                Node 0, zone   Normal            1            7
                Node 0, zone   Normal            1            7
                Node 0, zone  HighMem            1
                """);
        assertEquals(
                List.of(
                        "2 another size of a pageblock than order 10",
                        "3 no heading says what these are",
                        "5 the zone and type a second time: another moment?",
                        "6 no known migrate type",
                        "7 1 orders, where the heading has 2",
                        "8 not 1..20 numbers of blocks",
                        "9 no such node or zone",
                        "10 neither a heading nor Node N, zone NAME",
                        "13 the zone a second time: another moment?",
                        "14 not 2 numbers of pageblocks"),
                file.firstMalformed().stream()
                        .map(line -> line.line() + " " + line.reason())
                        .toList());
        assertEquals(List.of("7 pageblocks of a type that is not known in node 0, zone Normal"), file.notes());
        assertEquals(1, file.content().zones().size());
    }

    @Test
    void read_emptyFile_hasNoZones() {
        ProcFile<PageTypeInfo> empty = ProcPagetypeinfo.parse("");
        assertEquals(List.of(), empty.content().zones());
        assertTrue(empty.toString().contains("zone   Normal, type      Movable"), empty.toString());
        assertThrows(IllegalArgumentException.class, empty::whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86-pagetypeinfo.txt", "imx6-pagetypeinfo.txt"})
    void read_damagedFiles_losesNothingSilently(String name) {
        ProcSamples.survivesDamage(name, ProcPagetypeinfo::read);
    }
}
