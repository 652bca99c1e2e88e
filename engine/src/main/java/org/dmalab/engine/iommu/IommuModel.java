package org.dmalab.engine.iommu;

import static org.dmalab.engine.iommu.DomainType.DMA;
import static org.dmalab.engine.iommu.DomainType.DMA_FQ;
import static org.dmalab.engine.iommu.DomainType.IDENTITY;
import static org.dmalab.engine.iommu.DomainType.UNMANAGED;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.IoPgtableConfig;
import org.dmalab.engine.pagetable.LpaeFormat;
import org.dmalab.engine.pagetable.LpaeTable;
import org.dmalab.engine.pagetable.MsmTable;
import org.dmalab.engine.pagetable.OmapTable;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.SysmmuVersion;
import org.dmalab.engine.pagetable.TableMemory;
import org.dmalab.engine.pagetable.TegraGartTable;
import org.dmalab.engine.pagetable.TegraSmmuTable;
import org.dmalab.engine.pagetable.V7sTable;

/** A kind of IOMMU with its driver: the tables it walks, whom it attaches to what, and how it tells of faults. */
public final class IommuModel {
    private static final long SHORT_SIZES =
            bits(List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M, PageSize.SUPERSECTION_16M));
    private static final long LPAE_SIZES = 1L << 12 | 1L << 21 | 1L << 30;
    private static final int SMMU_BITS = 48;
    /** An implementation chooses: assumed. */
    private static final int SMMU_ENTRIES = 64;

    private static final int SMMU_WAYS = 4;

    /** Samsung's System MMU of versions 1 to 3, one to a device's interface. */
    public static final IommuModel EXYNOS_SYSMMU = new IommuModel(
            "System MMU",
            IoTlbGeometry.EXYNOS_V1,
            1,
            (memory, era, pfnValid, flush) -> any(ExynosSysmmuTable.create(memory, era, SysmmuVersion.V1_TO_V3, flush)),
            ExynosAttach::new,
            ExynosFaults::new,
            Set.of(UNMANAGED, DMA),
            Era.V3_4);

    /** Samsung's System MMU of version 5, known to Linux 6.1. */
    public static final IommuModel EXYNOS_SYSMMU_V5 = new IommuModel(
            "System MMU v5",
            IoTlbGeometry.EXYNOS_V5,
            1,
            (memory, era, pfnValid, flush) -> any(ExynosSysmmuTable.create(memory, era, SysmmuVersion.V5, flush)),
            ExynosAttach::new,
            ExynosV5Faults::new,
            Set.of(UNMANAGED, DMA),
            Era.V6_1);

    /** TI's MMU of OMAP2 to 4. */
    public static final IommuModel OMAP_MMU = new IommuModel(
            "OMAP MMU",
            IoTlbGeometry.OMAP,
            1,
            (memory, era, pfnValid, flush) -> any(OmapTable.create(memory, era, flush)),
            era -> new OmapAttach(),
            OmapFaults::new,
            Set.of(UNMANAGED),
            Era.V3_4);

    /** Qualcomm's IOMMU of MSM8660 to APQ8064. */
    public static final IommuModel MSM_IOMMU = new IommuModel(
            "MSM IOMMU",
            IoTlbGeometry.MSM,
            2,
            IommuModel::msmTable,
            MsmAttach::new,
            MsmFaults::new,
            Set.of(UNMANAGED),
            Era.V3_4);

    /** The SMMU of Tegra30 and 114: four address spaces. */
    public static final IommuModel TEGRA30_SMMU = new IommuModel(
            "Tegra30 SMMU",
            IoTlbGeometry.TEGRA30,
            4,
            (memory, era, pfnValid, flush) -> any(TegraSmmuTable.create(memory, era, 32, pfnValid, flush)),
            era -> era.atLeast(Era.V6_1) ? new TegraSmmuAttach() : new TegraSmmuLegacyAttach(),
            TegraSmmuFaults::new,
            Set.of(UNMANAGED),
            Era.V3_4);

    /** The GART of Tegra20: one set of entries for all devices. */
    public static final IommuModel TEGRA20_GART = new IommuModel(
            "Tegra20 GART",
            IoTlbGeometry.NONE,
            1,
            (memory, era, pfnValid, flush) -> Outcome.done(new TegraGartTable(era, pfnValid)),
            GartAttach::new,
            GartFaults::new,
            Set.of(UNMANAGED),
            Era.V3_4);

    /** ARM's SMMU of version 2 with eight context banks, stage 1, 48 bits. */
    public static final IommuModel ARM_SMMU_V2 = new IommuModel(
            "SMMUv2",
            IoTlbGeometry.smmu(SMMU_ENTRIES, SMMU_WAYS),
            ArmSmmuFaults.BANKS,
            IommuModel::lpaeTable,
            era -> new ArmSmmuAttach(),
            ArmSmmuFaults::new,
            Set.of(UNMANAGED, DMA, DMA_FQ, IDENTITY),
            Era.V6_1);

    /** ARM's SMMU of version 3, stage 1, 48 bits. */
    public static final IommuModel ARM_SMMU_V3 = new IommuModel(
            "SMMUv3",
            IoTlbGeometry.smmu(SMMU_ENTRIES, SMMU_WAYS),
            1,
            IommuModel::lpaeTable,
            era -> new SmmuV3Attach(),
            SmmuV3Faults::new,
            Set.of(UNMANAGED, DMA, DMA_FQ, IDENTITY),
            Era.V6_1);

    private final String name;
    private final IoTlbGeometry geometry;
    private final int banks;
    private final TableFormat tables;
    private final Function<Era, AttachRule> attach;
    private final FaultRegisters.Factory faults;
    private final Set<DomainType> types;
    private final Era since;

    private IommuModel(
            String name,
            IoTlbGeometry geometry,
            int banks,
            TableFormat tables,
            Function<Era, AttachRule> attach,
            FaultRegisters.Factory faults,
            Set<DomainType> types,
            Era since) {
        this.name = name;
        this.geometry = geometry;
        this.banks = banks;
        this.tables = tables;
        this.attach = attach;
        this.faults = faults;
        this.types = types;
        this.since = since;
    }

    private static Outcome<PageTable> any(Outcome<? extends PageTable> table) {
        return table.then(Outcome::done);
    }

    private static Outcome<PageTable> msmTable(TableMemory memory, Era era, LongPredicate pfnValid, FlushOps flush) {
        return era.atLeast(Era.V6_1)
                ? any(V7sTable.create(
                        memory, IoPgtableConfig.of(SHORT_SIZES, 32, 32).withoutSnooping(), flush))
                : any(MsmTable.create(memory, era, flush));
    }

    private static Outcome<PageTable> lpaeTable(TableMemory memory, Era era, LongPredicate pfnValid, FlushOps flush) {
        return any(LpaeTable.create(
                memory, LpaeFormat.ARM_64_S1, IoPgtableConfig.of(LPAE_SIZES, SMMU_BITS, SMMU_BITS), flush));
    }

    private static long bits(List<PageSize> sizes) {
        return sizes.stream().mapToLong(PageSize::bytes).sum();
    }

    /** What it keeps of the tables it walks, unless its driver of {@code era} invalidates otherwise. */
    IoTlbGeometry geometry(Era era) {
        return equals(MSM_IOMMU) && era.atLeast(Era.V6_1) ? IoTlbGeometry.MSM_2022 : geometry;
    }

    /** How many contexts an instance has unless its node says otherwise: banks, or Tegra's address spaces. */
    int banks() {
        return banks;
    }

    /** How many an instance can have: Qualcomm's for the gfx3d has one more. */
    int mostBanks() {
        return equals(MSM_IOMMU) ? MsmFaults.BANKS : banks;
    }

    /** How many bits of an address it takes from a device: the SMMUs' 48, 32 of all others. */
    int inputBits() {
        return equals(ARM_SMMU_V2) || equals(ARM_SMMU_V3) ? SMMU_BITS : Integer.SIZE;
    }

    TableFormat tables() {
        return tables;
    }

    AttachRule rule(Era era) {
        if (!era.atLeast(since)) {
            throw new IllegalArgumentException("the driver of " + name + " is modelled from " + since + " on: " + era);
        }
        return attach.apply(era);
    }

    FaultRegisters.Factory faults() {
        return faults;
    }

    /** Whether the driver of {@code era} makes domains of {@code type}; Linux 3.14 knows no types. */
    public boolean supports(Era era, DomainType type) {
        return era.atLeast(Era.V6_1) ? types.contains(type) : type == UNMANAGED;
    }

    @Override
    public String toString() {
        return name;
    }
}
