package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the kernel's selftests of io-pgtable ask, asked of every format, each answering as its driver does. */
final class PageTableLadderTest {
    private static final long INSIDE = 42;
    private static final String NOTHING = "nothing";

    static Stream<TableFormat> formats() {
        return TableFormat.all();
    }

    /** One table, and where on it the rungs stand. */
    private static final class Ladder {
        final TableFormat format;
        final PageTable table;

        Ladder(TableFormat format) {
            this.format = format;
            this.table = format.create().apply(new TableRam());
        }

        PageSize smallest() {
            return table.pageSizes().get(0);
        }

        PageSize largest() {
            return table.pageSizes().get(table.pageSizes().size() - 1);
        }

        DmaAddr rung(int i) {
            return table.aperture().start().plus((i + 1) * Math.max(largest().bytes(), 1L << 22));
        }

        PhysAddr target(int i) {
            return format.target().plus(i * largest().bytes());
        }

        void map(DmaAddr iova, PhysAddr phys, PageSize size) {
            assertEquals(size.bytes(), table.map(iova, phys, size, 1, format.prot()), () -> size + " at " + iova);
        }

        String walk(DmaAddr iova, Access access) {
            return table.walk(iova, access).fold(mapped -> mapped.address().toString(), fault -> NOTHING);
        }

        /** A read, a write and the driver agree on where {@code iova} leads. */
        void leads(DmaAddr iova, PhysAddr phys) {
            assertEquals(phys.toString(), walk(iova, Access.READ));
            assertEquals(phys.toString(), walk(iova, Access.WRITE));
            boolean kept = format.offset() == TableFormat.Offset.KEPT;
            PhysAddr told = kept ? phys : new PhysAddr(smallest().alignDown(phys.value()));
            assertEquals(told, table.iovaToPhys(iova));
        }

        void isVacant(DmaAddr iova) {
            boolean passes = format.vacant() == TableFormat.Vacant.PASSES;
            String expected = passes ? new PhysAddr(iova.value()).toString() : NOTHING;
            assertEquals(expected, walk(iova, Access.READ));
            assertEquals(expected, walk(iova, Access.WRITE));
            PhysAddr told = new PhysAddr(passes ? smallest().alignDown(iova.value()) : 0);
            assertEquals(told, table.iovaToPhys(iova));
        }

        void unmap(DmaAddr iova, PageSize size) {
            long reported = format.unmap() == TableFormat.Unmap.REPORTS ? size.bytes() : 0;
            assertEquals(reported, table.unmap(iova, size, 1), () -> size + " at " + iova);
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void walk_ofAnEmptyTable_findsNothing(TableFormat format) {
        Ladder ladder = new Ladder(format);
        for (long far = INSIDE;
                far < ladder.table.aperture().bytes();
                far = far < 1 << 30 ? far * 31 : far + (1 << 30)) {
            ladder.isVacant(ladder.table.aperture().start().plus(far));
        }
        ladder.isVacant(new DmaAddr(ladder.table.aperture().last()));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofEveryPageSize_translatesAllOfThePage(TableFormat format) {
        Ladder ladder = new Ladder(format);
        for (int i = 0; i < ladder.table.pageSizes().size(); i++) {
            PageSize size = ladder.table.pageSizes().get(i);
            ladder.map(ladder.rung(i), ladder.target(i), size);
            ladder.leads(ladder.rung(i).plus(INSIDE), ladder.target(i).plus(INSIDE));
            ladder.leads(ladder.rung(i).plus(size.bytes() - 1), ladder.target(i).plus(size.bytes() - 1));
            ladder.isVacant(ladder.rung(i).plus(size.bytes()));
            ladder.isVacant(ladder.rung(i).plus(-1));
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofAMappedPage_isRefusedOrOverwritesIt(TableFormat format) {
        Ladder ladder = new Ladder(format);
        for (int i = 0; i < ladder.table.pageSizes().size(); i++) {
            PageSize size = ladder.table.pageSizes().get(i);
            PhysAddr other = ladder.target(i).plus(ladder.largest().bytes());
            ladder.map(ladder.rung(i), ladder.target(i), size);
            long entered = ladder.table.map(ladder.rung(i), other, size, 1, format.prot());
            if (format.overlap() == null) {
                assertEquals(size.bytes(), entered);
                ladder.leads(ladder.rung(i).plus(INSIDE), other.plus(INSIDE));
                assertEquals(
                        DriverQuirk.Kind.OVERWRITTEN,
                        ladder.table.quirks().get(0).kind());
            } else {
                assertEquals(0, entered);
                assertEquals(format.overlap(), ladder.table.refusal().errno());
                ladder.leads(ladder.rung(i).plus(INSIDE), ladder.target(i).plus(INSIDE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void unmap_ofAPage_leavesItVacantAndItCanBeMappedAgain(TableFormat format) {
        Ladder ladder = new Ladder(format);
        for (int i = 0; i < ladder.table.pageSizes().size(); i++) {
            PageSize size = ladder.table.pageSizes().get(i);
            for (int round = 0; round < 3; round++) {
                ladder.map(ladder.rung(i), ladder.target(i + round), size);
                ladder.leads(
                        ladder.rung(i).plus(INSIDE), ladder.target(i + round).plus(INSIDE));
                ladder.unmap(ladder.rung(i), size);
                ladder.isVacant(ladder.rung(i).plus(INSIDE));
                ladder.isVacant(ladder.rung(i).plus(size.bytes() - 1));
            }
        }
        assertEquals(0, ladder.table.warnings());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void unmap_ofAPartOfAPage_doesWhatTheDriverDoes(TableFormat format) {
        Ladder ladder = new Ladder(format);
        PageSize part = ladder.smallest();
        for (int i = 1; i < ladder.table.pageSizes().size(); i++) {
            PageSize size = ladder.table.pageSizes().get(i);
            DmaAddr iova = ladder.rung(i);
            DmaAddr second = iova.plus(part.bytes());
            ladder.map(iova, ladder.target(i), size);
            switch (format.partial()) {
                case BUG -> {
                    assertThrows(KernelBug.class, () -> ladder.table.unmap(second, part, 1));
                    ladder.leads(second, ladder.target(i).plus(part.bytes()));
                }
                case WARNS -> {
                    assertEquals(0, ladder.table.unmap(second, part, 1));
                    assertEquals(i, ladder.table.warnings());
                    ladder.leads(second, ladder.target(i).plus(part.bytes()));
                }
                case REMOVES_WHOLE -> {
                    assertEquals(size.bytes(), ladder.table.unmap(second, part, 1));
                    ladder.isVacant(iova);
                    ladder.isVacant(iova.plus(size.bytes() - 1));
                }
                case CLEARS_SLOTS -> {
                    if (size.equals(PageSize.LARGE_64K)) {
                        assertEquals(part.bytes(), ladder.table.unmap(second, part, 1));
                        ladder.isVacant(second);
                    } else {
                        assertThrows(KernelBug.class, () -> ladder.table.unmap(second, part, 1));
                    }
                    ladder.leads(iova, ladder.target(i));
                    ladder.leads(iova.plus(2 * part.bytes()), ladder.target(i).plus(2 * part.bytes()));
                }
                case SPLITS -> {
                    assertEquals(part.bytes(), ladder.table.unmap(second, part, 1));
                    ladder.isVacant(second);
                    ladder.leads(iova, ladder.target(i));
                    ladder.leads(iova.plus(2 * part.bytes()), ladder.target(i).plus(2 * part.bytes()));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofTheLastPagesOfTheSpace_endsThere(TableFormat format) {
        for (PageSize size : format.create().apply(new TableRam()).pageSizes()) {
            Ladder ladder = new Ladder(format);
            DmaAddr last = new DmaAddr(ladder.table.aperture().last());
            DmaAddr iova = last.plus(1 - size.bytes());
            ladder.map(iova, ladder.target(0), size);
            ladder.leads(last, ladder.target(0).plus(size.bytes() - 1));
            ladder.isVacant(ladder.table.aperture().start());
            ladder.unmap(iova, size);
            ladder.isVacant(last);
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofARun_entersEachPageAndUnmapRemovesThem(TableFormat format) {
        Ladder ladder = new Ladder(format);
        PageSize size = ladder.smallest();
        int count = 700;
        assertEquals(
                count * size.bytes(), ladder.table.map(ladder.rung(0), ladder.target(0), size, count, format.prot()));
        for (int i = 0; i < count; i++) {
            ladder.leads(ladder.rung(0).plus(i * size.bytes()), ladder.target(0).plus(i * size.bytes()));
        }
        ladder.isVacant(ladder.rung(0).plus(count * size.bytes()));
        if (format.unmap() == TableFormat.Unmap.REPORTS) {
            assertEquals(count * size.bytes(), ladder.table.unmap(ladder.rung(0), size, count));
            for (int i = 0; i < count; i++) {
                ladder.isVacant(ladder.rung(0).plus(i * size.bytes()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofWhatNoPageFits_isTheCallersMistake(TableFormat format) {
        Ladder ladder = new Ladder(format);
        PageSize size = ladder.largest();
        DmaAddr iova = ladder.rung(0);
        PhysAddr phys = ladder.target(0);
        IommuProt prot = format.prot();
        assertMistake("iova must", () -> ladder.table.map(iova.plus(1), phys, size, 1, prot));
        assertMistake("phys must", () -> ladder.table.map(iova, phys.plus(1), size, 1, prot));
        assertMistake("count must", () -> ladder.table.map(iova, phys, size, 0, prot));
        assertMistake("page size must", () -> ladder.table.map(iova, phys, new PageSize(13), 1, prot));
        assertMistake("iova must", () -> ladder.table.unmap(iova.plus(1), size, 1));
        assertMistake("count must", () -> ladder.table.unmap(iova, size, -1));
        assertMistake("page size must", () -> ladder.table.unmap(iova, new PageSize(30), 1));
        ladder.isVacant(iova);
    }

    private static void assertMistake(String start, Executable call) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, call).getMessage());
        assertEquals(start, message.substring(0, Math.min(start.length(), message.length())), message);
    }
}
