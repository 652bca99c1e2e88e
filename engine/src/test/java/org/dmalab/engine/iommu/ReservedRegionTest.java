package org.dmalab.engine.iommu;

import static org.dmalab.engine.iommu.IommuBench.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuFwspec.Interface;
import org.dmalab.engine.pagetable.IommuProt;
import org.junit.jupiter.api.Test;

/** Addresses that are not free for mappings. */
final class ReservedRegionTest {
    private static ReservedRegion region(ReservedRegion.Type type, long start, long bytes) {
        return new ReservedRegion(new AddrRange<>(new DmaAddr(start), bytes), IommuProt.READ_WRITE, type);
    }

    @Test
    void merged_sortsByStart_andJoinsWhatTouchesOfOneType() {
        assertEquals(
                List.of(
                        region(ReservedRegion.Type.RESERVED, 0x0, 0x800),
                        region(ReservedRegion.Type.DIRECT, 0x1000, 0x4000),
                        region(ReservedRegion.Type.RESERVED, 0x2000, 0x1000),
                        region(ReservedRegion.Type.DIRECT, 0x6000, 0x1000)),
                ReservedRegion.merged(List.of(
                        region(ReservedRegion.Type.DIRECT, 0x6000, 0x1000),
                        region(ReservedRegion.Type.DIRECT, 0x3000, 0x2000),
                        region(ReservedRegion.Type.RESERVED, 0x2000, 0x1000),
                        region(ReservedRegion.Type.DIRECT, 0x1000, 0x2000),
                        region(ReservedRegion.Type.DIRECT, 0x1000, 0x1000),
                        region(ReservedRegion.Type.RESERVED, 0x0, 0x800))));
    }

    @Test
    void probe_mapsDirectRegions_whereNothingIsMapped_beforeTheAttach() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Interface through = Interface.only(bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU));
        IommuDevice display = bench.reserving(
                "fimd0",
                List.of(
                        region(ReservedRegion.Type.DIRECT, 0x18000800L, 0x2000),
                        region(ReservedRegion.Type.DIRECT_RELAXABLE, 0x18002000L, 0x2000),
                        region(ReservedRegion.Type.RESERVED, 0x1A000000L, 0x1000)),
                through);
        IommuGroup group = done(bench.core.probe(List.of(display))).get(0);
        for (long at = 0x18000000L; at < 0x18004000L; at += 0x1000) {
            assertEquals(new PhysAddr(at), done(bench.access(display, at, true)));
        }
        assertTrue(bench.access(display, 0x18004000L, false).isFailed());
        assertTrue(bench.access(display, 0x1A000000L, false).isFailed(), "reserved is not mapped");
        assertEquals(3, group.addressesLeftOut().size());
    }

    @Test
    void smmus_publishAWindowForMessages_thatAllocatorsMayUse() {
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.LAZY);
        IommuDevice nic = bench.device("nic", bench.iommu("smmu", IommuModel.ARM_SMMU_V3), 5);
        IommuGroup group = done(bench.core.probe(List.of(nic))).get(0);
        assertEquals(List.of(ReservedRegion.ARM_SW_MSI), group.reservedRegions());
        assertEquals(
                "SW_MSI [0x08000000-0x080fffff] WRITE|NOEXEC|MMIO",
                group.reservedRegions().get(0).toString());
        assertEquals(List.of(), group.addressesLeftOut());
        assertFalse(group.toString().isEmpty());
    }

    @Test
    void groups_haveTheSmallestFreeNumber_andTheDisplayOfTegra30Shares() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        List<IommuDevice> devices = List.of(
                bench.device("vi", smmu, TegraSwgroup.VI.id()),
                bench.device("dc", smmu, TegraSwgroup.DC.id()),
                bench.device("hda", smmu, TegraSwgroup.HDA.id()),
                bench.device("gr3d", smmu, TegraSwgroup.NV.id(), TegraSwgroup.NV2.id()),
                bench.device("usb"));
        assertEquals(
                List.of("group 0: vi", "group 1: dc, gr3d", "group 2: hda"),
                done(bench.core.probe(devices)).stream()
                        .map(IommuGroup::toString)
                        .toList());
    }
}
