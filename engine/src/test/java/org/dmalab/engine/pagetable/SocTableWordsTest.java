package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words of the formats of which no recording exists, bit by bit as the manuals and drivers lay them out. */
final class SocTableWordsTest {
    private static final DmaAddr IOVA = new DmaAddr(0x21000000L);

    private final TableRam ram = new TableRam();

    private static String word(PageTable table, String phys, int shift, int prot) {
        PageSize size = new PageSize(shift);
        PhysAddr target = new PhysAddr(Long.decode(phys));
        assertEquals(size.bytes(), table.map(IOVA, target, size, 1, new IommuProt(prot)));
        List<String> words = new ArrayList<>();
        table.visit(new TableVisitor() {
            @Override
            public void table(int level, long index, long descriptor, PhysAddr at) {}

            @Override
            public void leaf(int level, long index, long descriptor, PhysAddr at) {
                words.add(Long.toHexString(descriptor));
            }
        });
        assertEquals(words.size(), words.stream().filter(words.get(0)::equals).count(), "equal slots");
        return words.get(0) + " x " + words.size();
    }

    @ParameterizedTest
    @CsvSource({
        "0x40100000, 20, 0, 40100002 x 1",
        "0x40100000, 20, 1, 40108402 x 1",
        "0x40100000, 20, 2, 40100402 x 1",
        "0x40100000, 20, 3, 40100402 x 1",
        "0x40010000, 16, 1, 40010211 x 16",
        "0x40010000, 16, 3, 40010011 x 16",
        "0x40001000, 12, 1, 40001212 x 1",
        "0x40001000, 12, 0, 40001002 x 1"
    })
    void map_exynosVersions1To3OfLinux61_writesAccessAndReadOnlyBits(String phys, int shift, int prot, String words) {
        PageTable table = TableRam.made(ExynosSysmmuTable.create(ram.memory, Era.V6_1));
        assertEquals(words, word(table, phys, shift, prot));
    }

    @ParameterizedTest
    @CsvSource({
        "0x840100000, 20, 1, 84010012 x 1",
        "0x840100000, 20, 3, 84010032 x 1",
        "0x840010000, 16, 2, 84001009 x 16",
        "0x840001000, 12, 3, 8400010e x 1",
        "0x840001000, 12, 0, 84000102 x 1"
    })
    void map_exynosVersion5_writesAddressesShiftedRight(String phys, int shift, int prot, String words) {
        PageTable table =
                TableRam.made(ExynosSysmmuTable.create(ram.memory, Era.V6_1, SysmmuVersion.V5, FlushOps.NONE));
        assertEquals(words, word(table, phys, shift, prot));
        if (shift < 20) {
            int link = ram.ram.readWord(table.root().plus(0x210 * 4));
            assertEquals(1, link & 0x3F);
            int leaf = ram.ram.readWord(new PhysAddr((link & 0xFFFFFFC0L) << 4));
            assertEquals(words.substring(0, 8), Integer.toHexString(leaf));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // Mixed is bit 6 of prot, element size bits 8:7, big endian bit 9.
        "12, 0x40, 40000802 x 1",
        "12, 0x100, 40000022 x 1",
        "16, 0x201, 40000201 x 16",
        "20, 0x2c0, 40028402 x 1",
        "24, 0x183, 40040c02 x 16"
    })
    void map_omapOfLinux314_writesAttributesOfRam(int shift, String prot, String words) {
        PageTable table = TableRam.made(OmapTable.create(ram.memory, Era.V3_14, FlushOps.NONE));
        assertEquals(words, word(table, "0x40000000", shift, Integer.decode(prot)));
    }

    @ParameterizedTest
    @CsvSource({
        "12, 1, 40000c7e x 1",
        "12, 2, 40000c3e x 1",
        "16, 3, 40000c39 x 16",
        "20, 3, 40030c0a x 1",
        "20, 1, 40031c0e x 1",
        "24, 0, 40070c06 x 16"
    })
    void map_msm_writesTheCachePolicy(int shift, int prot, String words) {
        PageTable table = TableRam.made(MsmTable.create(ram.memory, Era.V3_14, FlushOps.NONE));
        assertEquals(words, word(table, "0x40000000", shift, prot));
    }

    @ParameterizedTest
    @CsvSource({"1, a0240001 x 1", "2, 60240001 x 1", "3, e0240001 x 1", "0, 20240001 x 1"})
    void map_tegra124_writesRightsAndFrame(int prot, String words) {
        PageTable table = TableRam.made(TegraSmmuTable.create(ram.memory, Era.V6_1, 34, pfn -> true, FlushOps.NONE));
        assertEquals(words, word(table, "0x240001000", 12, prot));
        int link = ram.ram.readWord(table.root().plus(0x84 * 4));
        assertEquals(0xF, link >>> 28);
    }

    /** Writes down what the caches of those who walk are told. */
    private static final class Told implements FlushOps {
        final List<String> calls = new ArrayList<>();

        @Override
        public void flushAll() {
            calls.add("all");
        }

        @Override
        public void flushWalk(DmaAddr iova, long bytes) {
            calls.add("walk " + iova + " " + bytes);
        }

        @Override
        public void addPage(DmaAddr iova, long bytes) {
            calls.add("page " + iova + " " + bytes);
        }
    }

    @Test
    void unmap_ofTheLastPageOfATable_tellsWalkersBeforeItIsFreed() {
        Told told = new Told();
        PageSize small = PageSize.SMALL_4K;
        for (PageTable table : List.of(
                TableRam.made(ExynosSysmmuTable.create(ram.memory, Era.V6_1, SysmmuVersion.V1_TO_V3, told)),
                TableRam.made(OmapTable.create(ram.memory, Era.V6_1, told)),
                TableRam.made(MsmTable.create(ram.memory, Era.V3_14, told)),
                TableRam.made(TegraSmmuTable.create(ram.memory, Era.V6_1, 32, pfn -> true, told)))) {
            assertEquals(4096, table.map(IOVA.plus(0x1000), new PhysAddr(0x40000000L), small, 1, IommuProt.READ));
            told.calls.add("then");
            assertEquals(4096, table.unmap(IOVA.plus(0x1000), small, 1));
            told.calls.add("end");
        }
        String page = "page 0x21001000 4096";
        assertEquals(
                List.of(
                        // Exynos keeps the table; System MMU 3.3 may have kept the link to the zeros before.
                        "walk 0x21000000 1048576",
                        "then",
                        page,
                        "end",
                        // OMAP flushes before it enters a page, too.
                        page,
                        "then",
                        "walk 0x21000000 1048576",
                        page,
                        "end",
                        "all",
                        "then",
                        "all",
                        "end",
                        "walk 0x21000000 4194304",
                        page,
                        "then",
                        page,
                        "walk 0x21000000 4194304",
                        "end"),
                told.calls);
    }
}
