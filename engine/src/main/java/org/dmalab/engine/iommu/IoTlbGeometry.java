package org.dmalab.engine.iommu;

import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.cache.Replacement;

/**
 * What an IOMMU keeps of its tables.
 *
 * @param name of the hardware
 * @param entries how many lines its IO-TLB has; 0 for none
 * @param ways how many lines of a set an address may stand in: {@code entries} if that is all of them
 * @param pagesPerLine 1 if a line is one page of any size; 4 if it is four pages of 4 KiB, empty ones included
 * @param replacement which line makes room: LRU, or the lines in turn
 * @param lockable whether lines can be loaded that no other replaces
 * @param tagged whether a line belongs to one address space, so that several can stand side by side
 * @param invalidation what its driver writes to make it forget
 * @param tableWords how many descriptors above the last level it keeps, a power of two; 0 for none
 * @param keepsFaults whether it keeps those that lead nowhere, too
 * @param source where the figures are from, or what is assumed
 */
public record IoTlbGeometry(
        String name,
        int entries,
        int ways,
        int pagesPerLine,
        Replacement replacement,
        boolean lockable,
        boolean tagged,
        InvalidationRule invalidation,
        int tableWords,
        boolean keepsFaults,
        String source) {
    private static final int TEGRA_GROUP = 4;

    /** Every access reads the table: Tegra20's GART, whose table is registers. */
    public static final IoTlbGeometry NONE = new IoTlbGeometry(
            "none",
            0,
            0,
            1,
            Replacement.LRU,
            false,
            false,
            InvalidationRule.NOTHING,
            0,
            false,
            "tegra-gart.c has nothing to flush");

    /** System MMU 1, Exynos 4. */
    public static final IoTlbGeometry EXYNOS_V1 =
            exynos("System MMU 1", 32, 32, InvalidationRule.EXYNOS_ENTRY, "assumed: no public source has the size");

    /** System MMU 2: a large page may stand in 16 sets at once, a section in all. */
    public static final IoTlbGeometry EXYNOS_V2 = exynos(
            "System MMU 2",
            512,
            8,
            InvalidationRule.EXYNOS_V2_SETS,
            "exynos-iommu.c: 8 ways, 64 sets, indexed by the page of 4 KiB; LRU by MMU_CFG");

    /** System MMU 3 up to 3.2. */
    public static final IoTlbGeometry EXYNOS_V3 =
            exynos("System MMU 3", 32, 32, InvalidationRule.EXYNOS_ENTRY, "assumed: its size is in a register");

    /** System MMU 3.3 with {@code CFG_FLPDCACHE}: first-level words are kept, those that lead nowhere too. */
    public static final IoTlbGeometry EXYNOS_V3_3 = EXYNOS_V3.withTableWords(16, true);

    /** System MMU 5. */
    public static final IoTlbGeometry EXYNOS_V5 =
            exynos("System MMU 5", 32, 32, InvalidationRule.EXYNOS_ENTRY, "assumed: no public source has the size");

    /** OMAP3's camera MMU. */
    public static final IoTlbGeometry OMAP3_ISP = omap("OMAP3 ISP MMU", 8);
    /** The MMUs of OMAP's DSPs and Cortex-M3s. */
    public static final IoTlbGeometry OMAP = omap("OMAP MMU", 32);

    /** MSM8660's and 8960's IOMMUs as the driver of Linux 3.14 flushes them; each context bank is an address space. */
    public static final IoTlbGeometry MSM = msm(InvalidationRule.MSM_CONTEXT);
    /** The same as the driver of Linux 6.1 flushes them: page by page. */
    public static final IoTlbGeometry MSM_2022 = msm(InvalidationRule.MSM_PAGE);

    /** Tegra30's SMMU. */
    public static final IoTlbGeometry TEGRA30 = tegra("Tegra30 SMMU", 16, Replacement.LRU);
    /** Tegra114's SMMU. */
    public static final IoTlbGeometry TEGRA114 = tegra("Tegra114 SMMU", 32, Replacement.LRU);
    /** Tegra124's SMMU. */
    public static final IoTlbGeometry TEGRA124 = tegra("Tegra124 SMMU", 32, Replacement.ROUND_ROBIN);

    public IoTlbGeometry {
        if (entries < 0 || (entries > 0 && (ways <= 0 || entries % ways != 0 || !isPowerOfTwo(entries / ways)))) {
            throw new IllegalArgumentException(
                    "entries must be a power of two times the ways, or 0: " + entries + " entries, " + ways + " ways");
        }
        if (pagesPerLine != 1 && pagesPerLine != TEGRA_GROUP) {
            throw new IllegalArgumentException("pagesPerLine must be 1 or 4: " + pagesPerLine);
        }
        if (replacement != Replacement.LRU && replacement != Replacement.ROUND_ROBIN) {
            throw new IllegalArgumentException("replacement must be LRU or ROUND_ROBIN: " + replacement);
        }
        if (lockable && ways != entries) {
            throw new IllegalArgumentException("lockable lines must be fully associative: " + ways + " ways");
        }
        if (tableWords != 0 && !isPowerOfTwo(tableWords)) {
            throw new IllegalArgumentException("tableWords must be a power of two, or 0: " + tableWords);
        }
    }

    private static boolean isPowerOfTwo(int number) {
        return Integer.bitCount(number) == 1 && number > 0;
    }

    private static IoTlbGeometry exynos(String name, int entries, int ways, InvalidationRule rule, String source) {
        return new IoTlbGeometry(name, entries, ways, 1, Replacement.LRU, false, false, rule, 0, false, source);
    }

    private static IoTlbGeometry omap(String name, int entries) {
        return new IoTlbGeometry(
                name,
                entries,
                entries,
                1,
                Replacement.ROUND_ROBIN,
                true,
                false,
                InvalidationRule.OMAP_PAGE,
                0,
                false,
                "omap-iommu.c, ti,#tlb-entries; LOCK.base and LOCK.victim");
    }

    private static IoTlbGeometry msm(InvalidationRule rule) {
        return new IoTlbGeometry(
                "MSM IOMMU",
                64,
                64,
                1,
                Replacement.LRU,
                false,
                true,
                rule,
                0,
                false,
                "assumed: IDR.TLBSIZE tells drivers, no public source has it");
    }

    private static IoTlbGeometry tegra(String name, int lines, Replacement replacement) {
        return new IoTlbGeometry(
                name,
                lines,
                lines,
                TEGRA_GROUP,
                replacement,
                false,
                true,
                InvalidationRule.TEGRA_GROUP,
                64,
                false,
                "tegra-smmu.c: lines, and groups of VA[31:14]; full associativity"
                        + (replacement == Replacement.LRU ? " and LRU" : "") + " assumed");
    }

    /**
     * An ARM SMMU as its integrator configured it, with a walk cache of 64 descriptors; a TLBI for each page.
     *
     * @param entries a power of two times {@code ways}
     */
    public static IoTlbGeometry smmu(int entries, int ways) {
        return new IoTlbGeometry(
                "SMMU",
                entries,
                ways,
                1,
                Replacement.LRU,
                false,
                true,
                InvalidationRule.SMMU_PAGE,
                64,
                false,
                "as configured; LRU and the walk cache assumed");
    }

    /** An SMMUv3 with range invalidation, as {@link #smmu}. */
    public static IoTlbGeometry smmuWithRanges(int entries, int ways) {
        IoTlbGeometry plain = smmu(entries, ways);
        return new IoTlbGeometry(
                plain.name,
                entries,
                ways,
                1,
                plain.replacement,
                false,
                true,
                InvalidationRule.SMMU_RANGE,
                plain.tableWords,
                false,
                plain.source);
    }

    /** The same with another cache of descriptors above the last level. */
    public IoTlbGeometry withTableWords(int words, boolean faults) {
        return new IoTlbGeometry(
                name, entries, ways, pagesPerLine, replacement, lockable, tagged, invalidation, words, faults, source);
    }

    /** How many sets the lines form. */
    int sets() {
        return entries == 0 ? 1 : entries / ways;
    }

    /** The smallest span of a line: which set an address belongs to changes from one to the next. */
    int lineShift() {
        return PageSize.PAGE_SHIFT + Integer.numberOfTrailingZeros(pagesPerLine);
    }

    /** {@code OMAP MMU: 32 entries, fully associative}. */
    @Override
    public String toString() {
        if (entries == 0) {
            return name;
        }
        return name + ": " + entries + (pagesPerLine == 1 ? " entries, " : " lines of " + pagesPerLine + " pages, ")
                + (ways == entries ? "fully associative" : sets() + " sets of " + ways + " ways");
    }
}
