package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.GroundTruth;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What neither recordings nor the ladder ask of the io-pgtables. */
final class IoPgtableTest {
    private static final IoPgtableConfig V7S = IoPgtableConfig.of(IoPgtableFormat.V7S_SIZES, 32, 32);
    private static final IoPgtableConfig LPAE = IoPgtableConfig.of(IoPgtableFormat.SIZES_4K, 39, 40);
    private static final PageSize BLOCK_2M = new PageSize(21);

    private final TableRam ram = new TableRam();

    private V7sTable v7s(IoPgtableConfig config) {
        return TableRam.made(V7sTable.create(ram.memory, config, FlushOps.NONE));
    }

    private LpaeTable lpae(IoPgtableConfig config) {
        return TableRam.made(LpaeTable.create(ram.memory, LpaeFormat.ARM_64_S1, config, FlushOps.NONE));
    }

    private static void map(PageTable table, long iova, long phys, PageSize size) {
        assertEquals(size.bytes(), table.map(new DmaAddr(iova), new PhysAddr(phys), size, 1, IommuProt.READ_WRITE));
    }

    private static String walk(PageTable table, long iova) {
        return table.walk(new DmaAddr(iova), Access.READ)
                .fold(to -> Long.toHexString(to.address().value()), fault -> fault.kind() + " " + fault.level());
    }

    @Test
    void mapAndUnmap_pageLargerThanAnyLevel_endsAtTheLastLevel() {
        IoPgtableConfig config = IoPgtableConfig.of(IoPgtableFormat.SIZES_4K, 30, 40);
        LpaeTable table = TableRam.made(LpaeTable.create(ram.memory, LpaeFormat.ARM_32_S1, config, FlushOps.NONE));
        PageSize gib = new PageSize(30);
        assertEquals(0, table.map(new DmaAddr(0), new PhysAddr(0), gib, 1, IommuProt.READ_WRITE));
        assertEquals(Errno.EINVAL, table.refusal().errno());
        map(table, 0, 0x50000000, PageSize.SMALL_4K);
        assertEquals(0, table.unmap(new DmaAddr(0), gib, 1));
        assertEquals("50000042", walk(table, 0x42));
        assertEquals(2, table.warnings());
    }

    @Test
    void unmap_ofAPartOfASection_losesWhereTheRestLed() {
        V7sTable table = v7s(V7S);
        map(table, 0x100000, 0x50000000, PageSize.SECTION_1M);
        assertEquals(4096, table.unmap(new DmaAddr(0x101000), PageSize.SMALL_4K, 1));
        assertEquals("translation 2", walk(table, 0x101000));
        assertEquals("2042", walk(table, 0x102042));
        assertEquals(DriverQuirk.Kind.SPLIT_LOSES_ADDRESS, table.quirks().get(0).kind());
    }

    @Test
    void unmap_ofAPartOfASupersection_reachesItsFirstMibOnly() {
        V7sTable table = v7s(V7S);
        map(table, 0x1000000, 0x50000000, PageSize.SUPERSECTION_16M);
        assertEquals(0, table.unmap(new DmaAddr(0x1200000), PageSize.SMALL_4K, 1));
        assertEquals("50200042", walk(table, 0x1200042));
        assertEquals(DriverQuirk.Kind.SPLIT_FINDS_ANOTHER, table.quirks().get(0).kind());
        assertEquals(1 << 20, table.unmap(new DmaAddr(0x1200000), PageSize.SECTION_1M, 1));
        assertEquals("translation 1", walk(table, 0x1200042));
        assertEquals("50300000", walk(table, 0x1300000));
    }

    @Test
    void map_withMediatekBits_reachesThirtyFive() {
        V7sTable table = v7s(IoPgtableConfig.of(IoPgtableFormat.V7S_SIZES, 34, 35)
                .withQuirks(EnumSet.of(Quirk.NO_PERMS, Quirk.MTK_EXT)));
        for (PageSize size : table.pageSizes()) {
            long iova = 0x300000000L + size.bytes() * 16;
            map(table, iova, 0x740000000L, size);
            assertEquals(Long.toHexString(0x740000000L + 42), walk(table, iova + 42));
            assertEquals(new PhysAddr(0x740000000L + 42), table.iovaToPhys(new DmaAddr(iova + 42)));
        }
        assertEquals(0, table.ttbrFlags());
        assertEquals(0, table.map(new DmaAddr(0), new PhysAddr(1L << 35), PageSize.SMALL_4K, 1, IommuProt.READ));
        assertEquals(Errno.ERANGE, table.refusal().errno());
    }

    @Test
    void map_forWhoDoesNotSnoop_cleansWordsAndMarksTables() {
        List<String> cleaned = new ArrayList<>();
        TableMemory memory = new TableMemory(ram.ram, ram.pages, ram.caches, GroundTruth.NONE, new TraceSink() {
            @Override
            public void tableFlushed(long phys, long bytes) {
                cleaned.add(Long.toHexString(phys & 0xFFF) + "+" + bytes);
            }
        });
        LpaeTable table =
                TableRam.made(LpaeTable.create(memory, LpaeFormat.ARM_64_S1, LPAE.withoutSnooping(), FlushOps.NONE));
        DmaAddr iova = new DmaAddr(0x40203000L);
        assertEquals(3 * 4096, table.map(iova, new PhysAddr(0), PageSize.SMALL_4K, 3, IommuProt.READ_WRITE));
        assertEquals(List.of("8+8", "8+8", "18+24"), cleaned);
        assertEquals(2, table.control().sh());
        assertEquals(0, table.control().irgn());
        List<Long> tables = new ArrayList<>();
        table.visit(new TableVisitor() {
            @Override
            public void table(int level, long index, long descriptor, PhysAddr at) {
                tables.add(descriptor & ~LongDescriptor.ADDRESS);
            }

            @Override
            public void leaf(int level, long index, long descriptor, PhysAddr at) {}
        });
        assertEquals(List.of(1L << 55 | 3, 1L << 55 | 3), tables);
        assertEquals(4096, table.unmap(iova, PageSize.SMALL_4K, 1));
        assertEquals("18+8", cleaned.get(3));
        assertEquals(4, cleaned.size());
    }

    @Test
    void map_inTheUpperHalf_takesItsAddressesOnly() {
        LpaeTable table = lpae(LPAE.withQuirks(Set.of(Quirk.TTBR1)));
        long start = -1L << 39;
        assertEquals(new AddrRange<>(new DmaAddr(start), 1L << 39), table.aperture());
        map(table, start + 0x5000, 0x7000, PageSize.SMALL_4K);
        assertEquals("7042", walk(table, start + 0x5042));
        assertEquals("translation 0", walk(table, 0x5042));
        assertEquals(0, table.map(new DmaAddr(0x5000), new PhysAddr(0), PageSize.SMALL_4K, 1, IommuProt.READ));
        assertEquals(Errno.ERANGE, table.refusal().errno());
        assertEquals(2, table.control().tg());
    }

    @Test
    void map_afterATableWentAway_doesNotUseIt() {
        LpaeTable table = lpae(LPAE);
        map(table, 0x5000, 0x7000, PageSize.SMALL_4K);
        map(table, 0, 0x200000, BLOCK_2M);
        assertEquals(0, table.map(new DmaAddr(0x6000), new PhysAddr(0), PageSize.SMALL_4K, 1, IommuProt.READ));
        assertEquals("206042", walk(table, 0x6042));
        assertEquals(4096, table.unmap(new DmaAddr(0x6000), PageSize.SMALL_4K, 1));
        assertEquals(1L << 30, table.map(new DmaAddr(0), new PhysAddr(0), new PageSize(30), 1, IommuProt.READ));
        assertEquals(1L << 30, table.unmap(new DmaAddr(0), new PageSize(30), 1));
        map(table, 0x6000, 0x9000, PageSize.SMALL_4K);
        assertEquals("9042", walk(table, 0x6042));
        assertEquals("translation 3", walk(table, 0x7042));
    }

    @Test
    void map_withoutMemoryForATable_failsWithEnomemAndUnmapCountsNothing() {
        LpaeTable table = lpae(LPAE);
        V7sTable shorts = v7s(V7S);
        map(table, 0x40000000L, 0, BLOCK_2M);
        map(shorts, 0x40000000L, 0, PageSize.SECTION_1M);
        while (!ram.memory.allocBlock(0).isFailed()) {
            assertTrue(ram.pages.freeBytes() >= 0);
        }
        for (PageTable each : List.of(table, shorts)) {
            DmaAddr iova = new DmaAddr(0x1000);
            assertEquals(0, each.map(iova, new PhysAddr(0), PageSize.SMALL_4K, 1, IommuProt.READ));
            assertEquals(Errno.ENOMEM, each.refusal().errno());
            assertEquals(0, each.unmap(new DmaAddr(0x40000000L), PageSize.SMALL_4K, 1));
            assertEquals("42", walk(each, 0x40000042L));
        }
        assertTrue(V7sTable.create(ram.memory, V7S, FlushOps.NONE).isFailed());
    }

    @ParameterizedTest
    @CsvSource({
        "ARM_64_S1, 4096, 49, 48, 0, ias without 64 KiB pages must be 1..48: 49",
        "ARM_64_S1, 4096, 39, 39, 0, 'oas must be 32, 36, 40, 42, 44, 48 or 52: 39'",
        "ARM_64_S1, 8192, 39, 40, 0, 'pageSizeBits must have 4, 16 or 64 KiB: 0x2000'",
        "ARM_64_S2, 4096, 39, 40, 1, 'quirks must be of []: [NS]'",
        "ARM_64_S1, 4096, 39, 40, 2, 'quirks must be of [NS, TTBR1, OUTER_WBWA]: [NO_PERMS]'",
        "ARM_32_S1, 4096, 33, 40, 0, ias must be 1..32: 33",
        "ARM_32_S1, 16384, 32, 40, 0, 'pageSizeBits must have 4, 16 or 64 KiB: 0x4000'"
    })
    void create_ofWhatNoWalkerHas_isAMistake(
            LpaeFormat format, long sizes, int ias, int oas, int quirks, String message) {
        IoPgtableConfig config = IoPgtableConfig.of(sizes, ias, oas).withQuirks(IoPgtableConfig.quirks(quirks));
        long free = ram.pages.freeBytes();
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LpaeTable.create(ram.memory, format, config, FlushOps.NONE))
                        .getMessage());
        assertEquals(free, ram.pages.freeBytes());
    }

    @Test
    void create_ofShortDescriptors_checksQuirksTogether() {
        assertThrows(IllegalArgumentException.class, () -> v7s(V7S.withQuirks(Set.of(Quirk.MTK_EXT))));
        assertThrows(IllegalArgumentException.class, () -> v7s(V7S.withQuirks(Set.of(Quirk.MTK_TTBR_EXT))));
        assertThrows(IllegalArgumentException.class, () -> v7s(V7S.withQuirks(Set.of(Quirk.TTBR1))));
        assertThrows(IllegalArgumentException.class, () -> v7s(IoPgtableConfig.of(4096, 33, 32)));
        assertThrows(IllegalArgumentException.class, () -> v7s(IoPgtableConfig.of(8192, 32, 32)));
        assertThrows(IllegalArgumentException.class, () -> IoPgtableConfig.quirks(4));
    }

    @Test
    void dump_ofALongTable_holdsEachTableOnce() {
        LpaeTable table = lpae(LPAE);
        map(table, 0x5000, 0x7000, PageSize.SMALL_4K);
        List<String> blocks = new ArrayList<>();
        table.visitBlocks((level, start, bytes) -> blocks.add(level + " " + bytes));
        assertEquals(List.of("1 4096", "2 4096", "3 4096"), blocks);
        assertEquals(3, table.dumpTables(ram.ram).text().lines().count() - 2);
    }
}
