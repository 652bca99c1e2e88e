package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each driver's known oddities happen, and are named. */
final class DriverQuirkTest {
    private static final DmaAddr IOVA = new DmaAddr(0x20000000L);
    private static final PhysAddr PHYS = new PhysAddr(0x40000000L);
    /** A MiB of RAM that the tables do not lie in. */
    private static final PhysAddr BUFFER = TableRam.START.plus(32L << 20);

    private static final PageSize SMALL = PageSize.SMALL_4K;
    private static final PageSize LARGE = PageSize.LARGE_64K;
    private static final PageSize SECTION = PageSize.SECTION_1M;

    private final TableRam ram = new TableRam();

    private ExynosSysmmuTable exynos(Era era) {
        return TableRam.made(ExynosSysmmuTable.create(ram.memory, era));
    }

    private OmapTable omap(Era era) {
        return TableRam.made(OmapTable.create(ram.memory, era, FlushOps.NONE));
    }

    private MsmTable msm() {
        return TableRam.made(MsmTable.create(ram.memory, Era.V3_14, FlushOps.NONE));
    }

    private TegraSmmuTable tegra(Era era) {
        return TableRam.made(TegraSmmuTable.create(ram.memory, era, 32, ram::holds, FlushOps.NONE));
    }

    private static void map(PageTable table, DmaAddr iova, PhysAddr phys, PageSize size) {
        assertEquals(size.bytes(), table.map(iova, phys, size, 1, IommuProt.NONE));
    }

    private static void assertRefused(Errno errno, PageTable table, DmaAddr iova, PhysAddr phys, PageSize size) {
        assertEquals(0, table.map(iova, phys, size, 1, IommuProt.READ_WRITE));
        assertEquals(errno, table.refusal().errno(), () -> table.refusal().explain());
    }

    private static List<DriverQuirk.Kind> kinds(PageTable table) {
        return table.quirks().stream().map(DriverQuirk::kind).toList();
    }

    private static String walk(PageTable table, DmaAddr iova) {
        return table.walk(iova, Access.READ)
                .fold(hit -> hit.address().toString(), fault -> fault.kind().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"exynos", "omap", "msm"})
    void map_ofASmallPageInASectionOfRam_writesADescriptorIntoTheBuffer(String driver) {
        PageTable table = switch (driver) {
            case "exynos" -> exynos(Era.V3_14);
            case "omap" -> omap(Era.V3_14);
            default -> msm();
        };
        map(table, IOVA, BUFFER, SECTION);
        map(table, IOVA.plus(0x3000), PHYS, SMALL);
        // The words of the section from bit 10 on are followed: AP, S and nG of MSM among them.
        PhysAddr taken = driver.equals("msm") ? BUFFER.plus(0x30C00) : BUFFER;
        int word = ram.ram.readWord(taken.plus(3 * 4));
        assertEquals(PHYS.value(), word & 0xFFFFF000L);
        assertTrue((word & 3) != 0);
        assertEquals(BUFFER.plus(0x3000).toString(), walk(table, IOVA.plus(0x3000)));
        assertEquals(List.of(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE), kinds(table));
        DriverQuirk quirk = table.quirks().get(0);
        assertEquals(IOVA.plus(0x3000), quirk.iova());
        assertEquals(table.root().plus(0x200 * 4), quirk.descriptorAddress());
        assertEquals(1, quirk.times());
    }

    @Test
    void map_ofASmallPageInASectionOfNoRam_isRefusedWhereTheMachineStops() {
        PageTable table = omap(Era.V6_1);
        map(table, IOVA, PHYS, SECTION);
        assertRefused(Errno.EFAULT, table, IOVA, PHYS, SMALL);
        assertEquals(PHYS.toString(), walk(table, IOVA));
    }

    @Test
    void map_ofASmallPageInASection_isRefusedByTheSysmmuDriverOfLinux61() {
        PageTable table = exynos(Era.V6_1);
        map(table, IOVA, BUFFER, SECTION);
        assertRefused(Errno.EADDRINUSE, table, IOVA, PHYS, SMALL);
        assertEquals(List.of(), table.quirks());
    }

    @ParameterizedTest
    @ValueSource(strings = {"V3_14", "V6_1"})
    void map_ofALargePageOverASmallOne_rollsBackAsTheErasDriver(String era) {
        PageTable table = exynos(Era.valueOf(era));
        for (int page = 5; page < 16; page++) {
            assertEquals(
                    4096, table.map(IOVA.plus(page * 4096L), PHYS.plus(page * 4096L), SMALL, 1, IommuProt.READ_WRITE));
        }
        assertRefused(Errno.EADDRINUSE, table, IOVA, PHYS.plus(1 << 20), LARGE);
        boolean old = era.equals("V3_14");
        for (int page = 0; page < 16; page++) {
            String mapped = PHYS.plus(page * 4096L).toString();
            String left = PHYS.plus((1 << 20) + page * 4096L).toString();
            String expected = page < 5 ? (old ? left : "translation") : page < 10 && old ? "translation" : mapped;
            assertEquals(expected, walk(table, IOVA.plus(page * 4096L)), "page " + page);
        }
        assertEquals(old ? List.of(DriverQuirk.Kind.ROLLBACK_OF_NEIGHBOUR) : List.of(), kinds(table));
    }

    @Test
    void map_ofASectionOverAnEmptyTable_freesIt_andOverAUsedOneIsRefused() {
        PageTable table = exynos(Era.V6_1);
        map(table, IOVA, PHYS, SMALL);
        assertRefused(Errno.EADDRINUSE, table, IOVA, PHYS, SECTION);
        assertEquals(4096, table.unmap(IOVA, SMALL, 1));
        map(table, IOVA, PHYS, SECTION);
        assertEquals(1 << 20, table.unmap(IOVA, SECTION, 1));
        assertEquals("translation", walk(table, IOVA));
    }

    @Test
    void create_underLinux61_linksEmptyWordsToOneTableOfZeros() {
        PageTable first = exynos(Era.V6_1);
        PageTable second = exynos(Era.V6_1);
        int link = ram.ram.readWord(first.root());
        assertEquals(1, link & 0x3FF);
        assertEquals(link, ram.ram.readWord(second.root().plus(4095 * 4)));
        assertEquals(0, ram.ram.readWord(new PhysAddr(link & 0xFFFFFC00L)));
        assertEquals(2, first.walk(IOVA, Access.READ).level());
        map(first, IOVA, PHYS, SECTION);
        assertEquals(1 << 20, first.unmap(IOVA, SECTION, 1));
        assertEquals(link, ram.ram.readWord(first.root().plus(0x200 * 4)));
    }

    @Test
    void map_ofASectionOverATable_leaksIt() {
        for (PageTable table : List.of(omap(Era.V3_14), msm())) {
            map(table, IOVA, PHYS, SMALL);
            long free = ram.pages.freeBytes();
            map(table, IOVA, PHYS, SECTION);
            assertEquals(free, ram.pages.freeBytes());
            assertEquals(List.of(DriverQuirk.Kind.TABLE_LEAKED), kinds(table));
        }
    }

    @Test
    void unmap_ofTheLastPageOfATable_givesItsMemoryBack() {
        for (PageTable table : List.of(msm(), tegra(Era.V3_14), tegra(Era.V6_1))) {
            long free = ram.pages.freeBytes();
            for (int i = 0; i < 3; i++) {
                map(table, IOVA, BUFFER, SMALL);
                map(table, IOVA.plus(0x1000), BUFFER, SMALL);
                assertEquals(free - 4096, ram.pages.freeBytes());
                assertEquals(4096, table.unmap(IOVA, SMALL, 1));
                assertEquals(free - 4096, ram.pages.freeBytes());
                assertEquals(4096, table.unmap(IOVA.plus(0x1000), SMALL, 1));
                assertEquals(free, ram.pages.freeBytes());
            }
        }
    }

    @Test
    void map_readWriteUnderOmap314_asksFor16MiB() {
        OmapTable table = omap(Era.V3_14);
        assertRefused(Errno.EINVAL, table, IOVA.plus(1 << 20), PHYS, SECTION);
        assertEquals(1 << 20, table.map(IOVA, PHYS, SECTION, 1, IommuProt.READ_WRITE));
        assertEquals(PHYS.plus(15 << 20).toString(), walk(table, IOVA.plus(15 << 20)));
        assertEquals(List.of(DriverQuirk.Kind.PROT_TAKEN_FOR_SIZE), kinds(table));
        assertEquals(2, table.quirks().get(0).times());
        assertEquals(16 << 20, table.unmap(IOVA, SECTION, 1));
    }

    @Test
    void unmap_ofASmallPageInASectionOfZeros_freesAPageOfTheBuffer() {
        MsmTable table = msm();
        map(table, IOVA, BUFFER, SECTION);
        long free = ram.pages.freeBytes();
        assertEquals(4096, table.unmap(IOVA, SMALL, 1));
        assertEquals("translation", walk(table, IOVA));
        assertEquals(free, ram.pages.freeBytes());
        assertEquals(
                List.of(DriverQuirk.Kind.BLOCK_TAKEN_FOR_TABLE, DriverQuirk.Kind.FOREIGN_PAGE_FREED), kinds(table));
    }

    @Test
    void map_ofAnAddressOntoItself_cannotBeToldFromNoMapping() {
        TegraSmmuTable table = tegra(Era.V3_14);
        DmaAddr same = new DmaAddr(BUFFER.value());
        map(table, same, BUFFER, SMALL);
        assertEquals(List.of(DriverQuirk.Kind.IDENTITY_IS_VACANT), kinds(table));
        assertEquals(0, table.warnings());
        assertEquals(4096, table.unmap(same, SMALL, 1));
        assertEquals(1, table.warnings());
        assertEquals(BUFFER.plus(5).toString(), walk(table, same.plus(5)));
    }

    @Test
    void map_ofAFrameTheKernelDoesNotKnow_isRefusedBefore61() {
        assertRefused(Errno.ENOMEM, tegra(Era.V3_14), IOVA, PHYS, SMALL);
        assertRefused(
                Errno.EINVAL, new TegraGartTable(Era.V3_14, ram::holds), TegraGartTable.APERTURE.start(), PHYS, SMALL);
        map(tegra(Era.V6_1), IOVA, PHYS, SMALL);
    }

    @Test
    void unmap_ofTheGart_reportsNothingBefore61() {
        TegraGartTable table = new TegraGartTable(Era.V3_14, pfn -> true);
        DmaAddr iova = TegraGartTable.APERTURE.start();
        assertEquals(0x2000, table.map(iova, PHYS, SMALL, 2, IommuProt.NONE));
        assertEquals(0, table.unmap(iova, SMALL, 2));
        assertEquals("translation", walk(table, iova));
        assertEquals(PHYS.plus(0x1000).toString(), walk(table, iova.plus(0x1000)));
        assertEquals(List.of(DriverQuirk.Kind.UNMAP_REPORTS_NOTHING), kinds(table));
        assertEquals(0xFFFFFFEAL, table.iovaToPhys(IOVA).value());
        assertEquals(IOVA.toString(), walk(table, IOVA));
        assertRefused(Errno.EINVAL, table, IOVA, PHYS, SMALL);
    }

    @Test
    void map_ofBit31UnderTheGart_losesIt() {
        TegraGartTable table = new TegraGartTable(Era.V6_1, pfn -> true);
        map(table, TegraGartTable.APERTURE.start(), new PhysAddr(0x80001000L), SMALL);
        assertEquals("0x00001000", walk(table, TegraGartTable.APERTURE.start()));
        assertEquals(List.of(DriverQuirk.Kind.ADDRESS_BIT_LOST), kinds(table));
    }

    @Test
    void map_beyondTheOutput_isRefused() {
        PhysAddr far = new PhysAddr(1L << 32);
        assertRefused(Errno.ERANGE, exynos(Era.V6_1), IOVA, far, SECTION);
        ExynosSysmmuTable wide =
                TableRam.made(ExynosSysmmuTable.create(ram.memory, Era.V6_1, SysmmuVersion.V5, FlushOps.NONE));
        map(wide, IOVA, far, SECTION);
        assertRefused(Errno.ERANGE, wide, IOVA, new PhysAddr(1L << 36), SECTION);
    }

    @Test
    void map_withoutMemoryForATable_isRefusedAndChangesNothing() {
        List<PageTable> tables = List.of(exynos(Era.V3_14), omap(Era.V6_1), msm(), tegra(Era.V6_1));
        Outcome<PhysAddr> taken = ram.memory.allocKilobyte();
        while (!taken.isFailed()) {
            taken = ram.memory.allocKilobyte();
        }
        for (PageTable table : tables) {
            assertRefused(Errno.ENOMEM, table, IOVA, PHYS, SMALL);
            assertEquals("translation", walk(table, IOVA));
        }
    }

    @Test
    void create_ofWhatAnErasKernelHasNot_isTheCallersMistake() {
        assertMistake(() -> ExynosSysmmuTable.create(ram.memory, Era.V3_14, SysmmuVersion.V5, FlushOps.NONE));
        assertMistake(() -> MsmTable.create(ram.memory, Era.V6_1, FlushOps.NONE));
        assertMistake(() -> TegraSmmuTable.create(ram.memory, Era.V3_14, 34, pfn -> true, FlushOps.NONE));
        assertMistake(() -> Outcome.done(new TegraGartTable(Era.V6_12, pfn -> true)));
    }

    private static void assertMistake(Supplier<Outcome<?>> call) {
        assertThrows(IllegalArgumentException.class, call::get);
    }
}
