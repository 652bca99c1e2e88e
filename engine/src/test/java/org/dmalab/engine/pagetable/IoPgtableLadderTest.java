package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the selftests of Linux 6.1's io-pgtables ask, in their order, of each geometry they ask it of. */
final class IoPgtableLadderTest {
    private static final IommuProt PROT =
            IommuProt.READ_WRITE.and(IommuProt.NOEXEC).and(IommuProt.CACHE);
    private static final long INSIDE = 42;

    static Stream<IoPgtableFormat> formats() {
        return IoPgtableFormat.ladder();
    }

    /** The table and the callbacks it owes, whose sizes must be pages of the table. */
    private static final class Ladder implements FlushOps {
        final PageTable table;
        final List<PageSize> sizes;
        final long stride;
        long callbacks;

        Ladder(IoPgtableFormat format) {
            table = format.create().apply(new TableRam(), this);
            sizes = table.pageSizes();
            stride = format.isShort() ? Bytes.mib(16) : Bytes.gib(1);
        }

        @Override
        public void flushAll() {
            callbacks++;
        }

        @Override
        public void flushWalk(DmaAddr iova, long bytes) {
            told(iova, bytes);
        }

        @Override
        public void addPage(DmaAddr iova, long bytes) {
            told(iova, bytes);
        }

        private void told(DmaAddr iova, long bytes) {
            callbacks++;
            assertTrue(sizes.stream().anyMatch(size -> size.bytes() == bytes), () -> bytes + " bytes at " + iova);
            assertTrue(table.aperture().contains(iova), iova::toString);
        }

        PageSize smallest() {
            return sizes.get(0);
        }

        void map(long iova, long phys, PageSize size) {
            assertEquals(size.bytes(), table.map(new DmaAddr(iova), new PhysAddr(phys), size, 1, PROT));
        }

        void refuses(long iova, long phys, PageSize size) {
            assertEquals(0, table.map(new DmaAddr(iova), new PhysAddr(phys), size, 1, PROT));
            assertEquals(Errno.EEXIST, table.refusal().errno());
        }

        void unmap(long iova, PageSize size) {
            assertEquals(size.bytes(), table.unmap(new DmaAddr(iova), size, 1));
        }

        void leads(long iova, long phys) {
            DmaAddr from = new DmaAddr(iova);
            assertEquals(new PhysAddr(phys), table.iovaToPhys(from));
            for (Access access : List.of(Access.READ, Access.WRITE, Access.PRIVILEGED_READ, Access.PRIVILEGED_WRITE)) {
                assertEquals(
                        phys,
                        table.walk(from, access).<Long>fold(to -> to.address().value(), fault -> -1L));
            }
            assertEquals(
                    "permission", table.walk(from, Access.EXECUTE).fold(to -> "executes", fault -> fault.kind() + ""));
        }

        void isVacant(long iova) {
            assertEquals(new PhysAddr(0), table.iovaToPhys(new DmaAddr(iova)));
            assertEquals(
                    "translation",
                    table.walk(new DmaAddr(iova), Access.READ).fold(to -> "mapped", fault -> fault.kind() + ""));
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void selftest_ofTheKernel_passes(IoPgtableFormat format) {
        Ladder ladder = new Ladder(format);
        ladder.isVacant(INSIDE);
        ladder.isVacant(Bytes.gib(1) + INSIDE);
        ladder.isVacant(Bytes.gib(2) + INSIDE);

        long iova = 0;
        for (PageSize size : ladder.sizes) {
            ladder.map(iova, iova, size);
            ladder.refuses(iova, iova + size.bytes(), size);
            ladder.leads(iova + INSIDE, iova + INSIDE);
            iova += ladder.stride;
        }

        long part = ladder.smallest().bytes();
        for (int i = 1; i < (format.isShort() ? ladder.sizes.size() : 2); i++) {
            long hole = i * ladder.stride + part;
            ladder.unmap(hole, ladder.smallest());
            ladder.isVacant(hole + INSIDE);
            ladder.map(hole, part, ladder.smallest());
            ladder.leads(hole + INSIDE, part + INSIDE);
        }

        iova = 0;
        for (PageSize size : ladder.sizes) {
            ladder.unmap(iova, size);
            ladder.isVacant(iova + INSIDE);
            ladder.map(iova, iova, size);
            ladder.leads(iova + INSIDE, iova + INSIDE);
            iova += ladder.stride;
        }
        // One for each hole and each page; but of v7s each of 16 slots, a table for the first, and each split of 16.
        assertEquals(format.isShort() ? 3 + 2 + 1 + 16 + 1 + 16 : 1 + ladder.sizes.size(), ladder.callbacks);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_ofTheLastPagesOfTheSpace_endsThere(IoPgtableFormat format) {
        for (PageSize size : new Ladder(format).sizes) {
            Ladder ladder = new Ladder(format);
            long last = ladder.table.aperture().last();
            long iova = last - size.bytes() + 1;
            ladder.map(iova, size.bytes(), size);
            ladder.leads(last, 2 * size.bytes() - 1);
            ladder.isVacant(0);
            ladder.unmap(iova, size);
            ladder.isVacant(last);
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_outOfRange_isRefusedAndUnmapFindsNothing(IoPgtableFormat format) {
        Ladder ladder = new Ladder(format);
        PageSize size = ladder.smallest();
        long beyond = ladder.table.aperture().last() + 1;
        for (long[] pair : new long[][] {{beyond, 0}, {0, 1L << format.config().oas()}, {-size.bytes(), 0}}) {
            assertEquals(0, ladder.table.map(new DmaAddr(pair[0]), new PhysAddr(pair[1]), size, 1, PROT));
            assertEquals(Errno.ERANGE, ladder.table.refusal().errno());
        }
        assertEquals(0, ladder.table.unmap(new DmaAddr(beyond), size, 1));
        assertEquals(0, ladder.table.map(new DmaAddr(0), new PhysAddr(0), size, 1, IommuProt.CACHE));
        assertEquals(Errno.EINVAL, ladder.table.refusal().errno());
        // A run of which only the end is out of range is entered up to there.
        long near = beyond - 2 * size.bytes();
        assertEquals(2 * size.bytes(), ladder.table.map(new DmaAddr(near), new PhysAddr(0), size, 2, PROT));
        if (!format.isShort()) {
            assertEquals(2 * size.bytes(), ladder.table.unmap(new DmaAddr(near), size, 3));
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void map_overATable_takesItsPlaceUnlessAPageIsInTheWay(IoPgtableFormat format) {
        Ladder ladder = new Ladder(format);
        PageSize small = ladder.smallest();
        PageSize block = format.isShort() ? PageSize.SECTION_1M : ladder.sizes.get(1);
        ladder.map(small.bytes(), 0, small);
        ladder.map(0, block.bytes(), block);
        assertEquals(1, ladder.callbacks);
        ladder.leads(small.bytes() + INSIDE, block.bytes() + small.bytes() + INSIDE);
        ladder.refuses(small.bytes(), 0, small);
    }
}
