package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A million random maps and unmaps of every format, four seeds of a quarter each, against a flat model of its driver. */
final class PageTableRandomTest {
    private static final int STEPS = 250_000;
    private static final long[] SEEDS = {0x50c1, 0x50c2, 0x50c3, 0x50c4};
    private static final long MIB = 1L << 20;
    private static final long WINDOW = 48L << 20;
    private static final int COMPARED_EVERY = 10_000;

    static Stream<TableFormat> formats() {
        return TableFormat.all();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void operations_random_agreeWithTheFlatModel(TableFormat format) {
        for (long seed : SEEDS) {
            Machine machine = new Machine(format);
            RandomOperations.run(PageTableRandomTest.class, seed, STEPS, machine::step);
            machine.compareAll();
        }
    }

    private static FlatTable model(String format) {
        return switch (format.substring(0, 4)) {
            case "exyn" -> new FlatTable.Exynos(format.contains("6.1"));
            case "omap" -> new FlatTable.Omap(format.contains("3.14"));
            case "msm," -> new FlatTable.Msm();
            case "tegr" -> new FlatTable.PagesOnly("4096", format.contains("3.14") ? "4096" : "0");
            case "gart" ->
                format.contains("3.14") ? new FlatTable.PagesOnly("0", "0") : new FlatTable.PagesOnly("4096", "4096");
            default -> throw new AssertionError("no model of " + format);
        };
    }

    private static final class Machine {
        private final TableFormat format;
        private final PageTable table;
        private final FlatTable flat;
        private final long base;
        private final long window;
        private final boolean checksProt;
        private int steps;

        Machine(TableFormat format) {
            this.format = format;
            this.table = format.create().apply(new TableRam());
            this.flat = model(format.name());
            long start = table.aperture().start().value();
            this.base = start == 0 ? 0x1F000000L : start;
            this.window = Math.min(WINDOW, table.aperture().bytes());
            this.checksProt = format.name().matches("(exynos|tegra).*6\\.1");
        }

        void step(SplittableRandom random, Consumer<String> log) {
            List<PageSize> sizes = table.pageSizes();
            // Small pages often, the largest rarely.
            PageSize size =
                    sizes.get(Math.min(sizes.size(), Integer.numberOfTrailingZeros(random.nextInt() | 1 << 8) + 1) - 1);
            long iova = base + size.alignDown(offset(random));
            int prot = random.nextInt(4);
            if (random.nextInt(100) < 55) {
                long phys = format.target().value() + size.alignDown(random.nextLong(256L << 20));
                log.accept("map [iova=" + Long.toHexString(iova) + "] [phys=" + Long.toHexString(phys) + "] [size="
                        + size + "] [prot=" + prot + "]");
                if (flat.foretells(iova, size.shift())) {
                    assertEquals(flat.map(iova, phys, size.shift(), prot), map(iova, phys, size, prot));
                }
            } else {
                log.accept("unmap [iova=" + Long.toHexString(iova) + "] [size=" + size + "]");
                assertEquals(flat.unmap(iova, size.shift()), unmap(iova, size));
            }
            compare(iova, random.nextBoolean());
            compare(iova + size.bytes() - 1, random.nextBoolean());
            compare(base + random.nextLong(window), random.nextBoolean());
            if (++steps % COMPARED_EVERY == 0) {
                compareAll();
            }
        }

        /** Mostly anywhere in the dense part; else at the start of a MiB, where tables empty and go again. */
        private long offset(SplittableRandom random) {
            long dense = (window * 2 / 3) & -MIB;
            return random.nextInt(4) > 0 ? random.nextLong(dense) : dense + (random.nextLong(window - dense) & -MIB);
        }

        private String map(long iova, long phys, PageSize size, int prot) {
            long entered = table.map(new DmaAddr(iova), new PhysAddr(phys), size, 1, new IommuProt(prot));
            return entered == 0 ? table.refusal().errno().name() : Long.toString(entered);
        }

        private String unmap(long iova, PageSize size) {
            try {
                return Long.toString(table.unmap(new DmaAddr(iova), size, 1));
            } catch (KernelBug bug) {
                return FlatTable.BUG;
            }
        }

        /** What the hardware makes of an access, and what the driver says. */
        private void compare(long iova, boolean write) {
            FlatTable.Entry entry = flat.at(iova);
            long expected = flat.lookup(iova);
            long told = expected < 0 ? 0 : expected;
            if (entry == null && format.vacant() == TableFormat.Vacant.PASSES) {
                expected = iova;
                told = iova;
            } else if (entry != null && checksProt && !allows(entry.prot(), write)) {
                expected = -1;
            }
            long walked = table.walk(new DmaAddr(iova), write ? Access.WRITE : Access.READ)
                    .fold(mapped -> mapped.address().value(), fault -> -1L);
            assertEquals(
                    Long.toHexString(expected), Long.toHexString(walked), () -> "walk of " + Long.toHexString(iova));
            if (format.offset() == TableFormat.Offset.LOST) {
                told &= -PageSize.PAGE_BYTES;
            }
            assertEquals(
                    told, table.iovaToPhys(new DmaAddr(iova)).value(), () -> "driver on " + Long.toHexString(iova));
        }

        private boolean allows(int prot, boolean write) {
            // System MMUs before version 5 know no write-only.
            boolean writeOnlyReads = format.name().startsWith("exynos v1");
            return write ? (prot & 2) != 0 : (prot & 1) != 0 || (writeOnlyReads && prot == 2);
        }

        /** Every entry the table shows, and no other, is in the model. */
        void compareAll() {
            TreeMap<Long, Integer> shown = new TreeMap<>();
            boolean oneLevel = format.name().startsWith("gart");
            table.visit(new TableVisitor() {
                @Override
                public void table(int level, long index, long descriptor, PhysAddr at) {}

                @Override
                public void leaf(int level, long index, long descriptor, PhysAddr at) {
                    shown.put(level == 1 && !oneLevel ? index * FlatTable.PAGES_OF_MIB : index, level);
                }
            });
            TreeMap<Long, Integer> expected = new TreeMap<>();
            flat.pages.forEach((page, entry) -> expected.put(page, oneLevel ? 1 : 2));
            flat.blocks.forEach((page, entry) -> expected.put(page, 1));
            assertEquals(expected, shown, "entries of the table");
        }
    }
}
