package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dump's image is walked by walkers of its own, which know neither the engine's tables nor its RAM. */
final class TableDumpTest {
    private static final long BASE = 0x1F000000L;
    private static final long WINDOW = 512L << 20;

    /** The segments of an ELF file, read by the offsets of its specification. */
    private static final class Image {
        final long entry;
        private final TreeMap<Long, ByteBuffer> segments = new TreeMap<>();

        Image(byte[] file) {
            ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            assertEquals(0x464C457F, elf.getInt(0));
            assertEquals(2, elf.get(4), "64 bits");
            entry = elf.getLong(0x18);
            int at = (int) elf.getLong(0x20);
            for (int i = 0; i < elf.getShort(0x38); i++, at += elf.getShort(0x36)) {
                assertEquals(1, elf.getInt(at), "PT_LOAD");
                ByteBuffer segment = elf.slice((int) elf.getLong(at + 8), (int) elf.getLong(at + 0x20));
                segments.put(elf.getLong(at + 0x18), segment.order(ByteOrder.LITTLE_ENDIAN));
            }
        }

        int word(long address) {
            Map.Entry<Long, ByteBuffer> segment = segments.floorEntry(address);
            if (segment == null
                    || address - segment.getKey() >= segment.getValue().limit()) {
                return 0;
            }
            return segment.getValue().getInt((int) (address - segment.getKey()));
        }

        /** Short descriptors, addresses shifted left by {@code shift}; -1 for a fault. */
        long walkShort(long iova, int shift) {
            int first = word(entry + (iova >>> 20) * 4);
            if ((first & 3) == 2) {
                int bits = (first & (1 << 18)) != 0 && shift == 0 ? 24 : 20;
                return base(first, shift, bits) | (iova & ((1L << bits) - 1));
            }
            if ((first & 3) != 1) {
                return -1;
            }
            int second = word(base(first, shift, 10) + ((iova >>> 12) & 255) * 4);
            int bits = (second & 2) != 0 ? 12 : 16;
            return (second & 3) == 0 ? -1 : base(second, shift, bits) | (iova & ((1L << bits) - 1));
        }

        private static long base(int word, int shift, int bits) {
            return ((word & 0xFFFFFFFFL) << shift) & -(1L << bits);
        }

        long walkTegra(long iova) {
            int directory = word(entry + (iova >>> 22) * 4);
            if ((directory & (1 << 28)) == 0) {
                return directory >= 0 ? -1 : ((directory & 0xFFFFFL) << 12) | (iova & 0x3FFFFF);
            }
            int page = word(((directory & 0xFFFFFL) << 12) + ((iova >>> 12) & 1023) * 4);
            return page >= 0 ? -1 : ((page & 0xFFFFFL) << 12) | (iova & 0xFFF);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exynos v1-3, 3.14",
                "exynos v5, 6.1",
                "omap, Linux 6.1",
                "msm, 3.14",
                "tegra30, 3.14",
                "tegra30, 6.1"
            })
    void image_walkedByOthers_translatesAsTheTableDoes(String name) {
        TableFormat format = TableFormat.all()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        TableRam ram = new TableRam();
        PageTable table = format.create().apply(ram);
        SplittableRandom random = new SplittableRandom(0xd09);
        List<Long> mapped = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            PageSize size =
                    table.pageSizes().get(random.nextInt(table.pageSizes().size()));
            DmaAddr iova = new DmaAddr(BASE + size.alignDown(random.nextLong(WINDOW)));
            PhysAddr phys = format.target().plus(size.alignDown(random.nextLong(WINDOW)));
            if (table.map(iova, phys, size, 1, format.prot()) > 0) {
                mapped.add(iova.value());
            }
        }
        Image image = new Image(table.dumpTables(ram.ram).image());
        assertEquals(table.root().value(), image.entry);
        int found = 0;
        for (int i = 0; i < 20_000; i++) {
            long iova = random.nextBoolean()
                    ? BASE + random.nextLong(WINDOW)
                    : mapped.get(random.nextInt(mapped.size())) + random.nextInt(4096);
            long expected = table.walk(new DmaAddr(iova), Access.READ)
                    .fold(hit -> hit.address().value(), fault -> -1L);
            long walked = name.startsWith("tegra")
                    ? image.walkTegra(iova)
                    : image.walkShort(iova, name.startsWith("exynos v5") ? 4 : 0);
            assertEquals(expected, walked, () -> Long.toHexString(iova));
            found += expected < 0 ? 0 : 1;
        }
        assertTrue(found > 100 && (found < 19_900 || name.equals("tegra30, 3.14")), "walks that translate: " + found);
    }

    @Test
    void text_ofATable_namesLevelIndexDescriptorAndPlace() {
        TableRam ram = new TableRam();
        OmapTable table = TableRam.made(OmapTable.create(ram.memory, Era.V6_1, FlushOps.NONE));
        PhysAddr phys = new PhysAddr(0x40001000L);
        assertEquals(4096, table.map(new DmaAddr(0x1F003000L), phys, PageSize.SMALL_4K, 1, IommuProt.NONE));
        TableDump dump = table.dumpTables(ram.ram);
        String[] lines = dump.text().split("\n", -1);
        assertEquals("# table at " + table.root() + ", pages of 4 KiB, 64 KiB, 1 MiB, 16 MiB", lines[0]);
        assertEquals("# level index descriptor where kind", lines[1]);
        int link = ram.ram.readWord(table.root().plus(0x1F0 * 4));
        assertEquals("1 1f0 0x" + Integer.toHexString(link) + " " + table.root().plus(0x1F0 * 4) + " table", lines[2]);
        PhysAddr second = new PhysAddr((link & 0xFFFFFC00L) + 3 * 4);
        assertEquals("2 1f003 0x40001002 " + second + " page", lines[3]);
        assertEquals(5, lines.length);
        assertEquals(dump.image().length, table.dumpTables(ram.ram).image().length);
    }

    @Test
    void image_ofTheGart_holdsItsRegistersInOrder() {
        TegraGartTable gart = new TegraGartTable(Era.V6_1, pfn -> true);
        PhysAddr phys = new PhysAddr(0x12345000L);
        assertEquals(4096, gart.map(new DmaAddr(0x58003000L), phys, PageSize.SMALL_4K, 1, IommuProt.NONE));
        Image image = new Image(gart.dumpTables(new TableRam().ram).image());
        assertEquals(0x92345000, image.word(3 * 4));
        assertEquals(0, image.word(2 * 4));
    }
}
