package org.dmalab.engine.pagetable;

import java.util.function.Function;
import java.util.stream.Stream;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.jspecify.annotations.Nullable;

/**
 * A format on the ladder, and how its driver differs from the others.
 *
 * @param create an empty table
 * @param target where mapped pages lead, in no RAM of the table's
 * @param overlap how a page over a mapped one is refused; null if it is overwritten
 * @param partial what becomes of an unmap of a part of a page
 * @param vacant whether what is not mapped faults
 * @param unmap whether an unmap reports what it removed
 * @param offset whether {@code iova_to_phys} keeps the offset in the page
 */
record TableFormat(
        String name,
        Function<TableRam, PageTable> create,
        PhysAddr target,
        @Nullable Errno overlap,
        Partial partial,
        Vacant vacant,
        Unmap unmap,
        Offset offset) {

    enum Partial {
        /** The machine stops. */
        BUG,
        /** The driver warns and removes nothing. */
        WARNS,
        /** The whole page goes. */
        REMOVES_WHOLE,
        /** The slots asked for are cleared; in a block, the machine stops. */
        CLEARS_SLOTS,
        /** The rest of the page stays mapped. */
        SPLITS
    }

    enum Vacant {
        FAULTS,
        PASSES
    }

    enum Unmap {
        REPORTS,
        REPORTS_NOTHING
    }

    enum Offset {
        KEPT,
        LOST
    }

    private static final PhysAddr GIB = new PhysAddr(0x40000000L);

    static Stream<TableFormat> all() {
        return Stream.of(
                exynos("exynos v1-3, 3.14", Era.V3_14, SysmmuVersion.V1_TO_V3, GIB, Partial.BUG),
                exynos("exynos v1-3, 6.1", Era.V6_1, SysmmuVersion.V1_TO_V3, GIB, Partial.WARNS),
                exynos("exynos v5, 6.1", Era.V6_1, SysmmuVersion.V5, new PhysAddr(0x840000000L), Partial.WARNS),
                omap(Era.V3_14),
                omap(Era.V6_1),
                new TableFormat(
                        "msm, 3.14",
                        ram -> TableRam.made(MsmTable.create(ram.memory, Era.V3_14, FlushOps.NONE)),
                        GIB,
                        null,
                        Partial.CLEARS_SLOTS,
                        Vacant.FAULTS,
                        Unmap.REPORTS,
                        Offset.KEPT),
                tegra("tegra30, 3.14", Era.V3_14, 32, GIB, Vacant.PASSES, Offset.LOST),
                tegra("tegra30, 6.1", Era.V6_1, 32, GIB, Vacant.FAULTS, Offset.KEPT),
                tegra("tegra124, 6.1", Era.V6_1, 34, new PhysAddr(0x240000000L), Vacant.FAULTS, Offset.KEPT),
                gart(Era.V3_14, Unmap.REPORTS_NOTHING),
                gart(Era.V6_1, Unmap.REPORTS));
    }

    private static TableFormat exynos(String name, Era era, SysmmuVersion version, PhysAddr target, Partial partial) {
        return new TableFormat(
                name,
                ram -> TableRam.made(ExynosSysmmuTable.create(ram.memory, era, version, FlushOps.NONE)),
                target,
                Errno.EADDRINUSE,
                partial,
                Vacant.FAULTS,
                Unmap.REPORTS,
                Offset.KEPT);
    }

    private static TableFormat omap(Era era) {
        return new TableFormat(
                "omap, " + era,
                ram -> TableRam.made(OmapTable.create(ram.memory, era, FlushOps.NONE)),
                GIB,
                null,
                Partial.REMOVES_WHOLE,
                Vacant.FAULTS,
                Unmap.REPORTS,
                Offset.KEPT);
    }

    private static TableFormat tegra(String name, Era era, int bits, PhysAddr target, Vacant vacant, Offset offset) {
        return new TableFormat(
                name,
                ram -> TableRam.made(TegraSmmuTable.create(ram.memory, era, bits, pfn -> true, FlushOps.NONE)),
                target,
                null,
                Partial.SPLITS,
                vacant,
                Unmap.REPORTS,
                offset);
    }

    private static TableFormat gart(Era era, Unmap unmap) {
        return new TableFormat(
                "gart, " + era,
                ram -> new TegraGartTable(era, pfn -> true),
                GIB,
                null,
                Partial.SPLITS,
                Vacant.FAULTS,
                unmap,
                Offset.LOST);
    }

    /** What lets the device read and write: nothing to drivers of 3.14 that take other meanings from the bits. */
    IommuProt prot() {
        return name.equals("omap, " + Era.V3_14) ? IommuProt.NONE : IommuProt.READ_WRITE;
    }

    @Override
    public String toString() {
        return name;
    }
}
