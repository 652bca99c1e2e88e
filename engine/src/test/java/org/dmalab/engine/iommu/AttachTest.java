package org.dmalab.engine.iommu;

import static org.dmalab.engine.iommu.IommuBench.done;
import static org.dmalab.engine.iommu.IommuBench.errno;
import static org.dmalab.engine.iommu.IommuBench.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IommuFwspec.Interface;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What drivers answer to an attach, errno by errno, and what they leave behind. */
final class AttachTest {
    private static final long IOVA = 0x20000000L;
    private static final PhysAddr PHYS = new PhysAddr(0x18000000L);

    private static void map(IommuDomain domain) {
        map(domain, IOVA);
    }

    private static void map(IommuDomain domain, long iova) {
        assertFalse(domain.map(new DmaAddr(iova), PHYS, 0x1000, IommuProt.NONE).isFailed());
    }

    @Test
    void exynos2014_secondAttach_returns1ForTheSameTable_andEbusyForAnother() {
        IommuBench bench = new IommuBench(Era.V3_14);
        IommuDevice fimc = bench.device("fimc0", Interface.only(bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU)));
        IommuDomain first = bench.domain(fimc);
        assertEquals(0, done(first.attach(fimc)).returned());
        assertEquals(1, done(first.attach(fimc)).returned());
        IommuDomain second = bench.domain(fimc);
        assertEquals(Errno.EBUSY, errno(second.attach(fimc)));
        assertSame(first, fimc.domain().orElseThrow());
        assertEquals(List.of(fimc), first.devices());
    }

    @Test
    void exynos2022_attachToAnother_detachesFromTheFirst() {
        IommuBench bench = new IommuBench(Era.V6_1);
        IommuDevice fimc = bench.device("fimc0", Interface.only(bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU)));
        IommuGroup group = done(bench.core.probe(List.of(fimc))).get(0);
        IommuDomain byDefault = group.defaultDomain().orElseThrow();
        assertEquals(DomainType.DMA, byDefault.type());
        IommuDomain own = bench.domain(fimc);
        assertEquals(0, done(own.attach(fimc)).returned());
        assertEquals(List.of(), byDefault.devices());
        assertSame(own, group.domain().orElseThrow());
        assertSame(fimc, done(fimc.detach()));
        assertSame(byDefault, fimc.domain().orElseThrow());
    }

    @Test
    void exynos_withTwoPorts_translatesThroughBoth() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu left = bench.iommu("left", IommuModel.EXYNOS_SYSMMU);
        Iommu right = bench.iommu("right", IommuModel.EXYNOS_SYSMMU);
        IommuDevice mfc = bench.device(
                "mfc", new Interface("left", left, List.of(0), 0), new Interface("right", right, List.of(0), 0));
        IommuDomain domain = bench.domain(mfc);
        assertEquals(0, done(domain.attach(mfc)).returned());
        map(domain);
        for (Iommu each : List.of(left, right)) {
            assertEquals(PHYS, done(each.translate(mfc.master(), 0, new DmaAddr(IOVA), true)));
        }
        assertSame(mfc, done(domain.detach(mfc)));
        assertEquals(
                new PhysAddr(IOVA), done(right.translate(mfc.master(), 0, new DmaAddr(IOVA), true)), "off: passes");
        assertEquals(Errno.EINVAL, errno(mfc.detach()));
        assertThrows(IllegalArgumentException.class, () -> domain.detach(mfc));
    }

    @Test
    void omap_oneDeviceToADomain_andOneDomainToAnMmu() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu mmu = bench.iommu("mmu_dsp", IommuModel.OMAP_MMU);
        IommuDevice dsp = bench.device("dsp", Interface.only(mmu));
        IommuDevice ipu = bench.device("ipu", Interface.only(bench.iommu("mmu_ipu", IommuModel.OMAP_MMU)));
        IommuDomain domain = bench.domain(dsp);
        assertEquals(0, done(domain.attach(dsp)).returned());
        assertEquals(Errno.EBUSY, errno(domain.attach(ipu)));
        assertEquals(
                "iommu domain is already attached", reason(domain.attach(ipu)).message());
        assertEquals(Errno.EBUSY, errno(bench.domain(dsp).attach(dsp)));
        assertEquals(
                "omap-iommu mmu_dsp: mmu_dsp: already attached!",
                reason(bench.domain(dsp).attach(dsp)).message());
        assertTrue(ipu.domain().isEmpty());
        assertSame(domain, mmu.domain());
    }

    @Test
    void msm2014_contextsByPlatformData() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu iommu = bench.iommu("mdp0", IommuModel.MSM_IOMMU);
        IommuDevice vg1 = bench.device("mdp_vg1", new Interface("", iommu, List.of(0, 2), 0));
        IommuDevice rgb1 = bench.device("mdp_rgb1", new Interface("", iommu, List.of(1, 3), 1));
        IommuDevice none = bench.device("none", new Interface("", iommu, List.of(), 0));
        IommuDomain first = bench.domain(vg1);
        IommuDomain second = bench.domain(rgb1);
        assertEquals(0, done(first.attach(vg1)).returned());
        assertEquals(Errno.EBUSY, errno(first.attach(vg1)));
        assertEquals(Errno.EBUSY, errno(second.attach(vg1)));
        assertEquals(Errno.EINVAL, errno(first.attach(none)));
        assertEquals(0, done(second.attach(rgb1)).returned());
        map(first);
        assertEquals(PHYS, done(iommu.translate(vg1.master(), 2, new DmaAddr(IOVA), false)));
        assertTrue(iommu.translate(rgb1.master(), 3, new DmaAddr(IOVA), false).isFailed());

        assertSame(second, iommu.domain(), "who came last");
        assertSame(rgb1, done(rgb1.detach()));
        assertSame(first, iommu.domain(), "who is still there");
        assertSame(vg1, done(vg1.detach()));
        assertNull(iommu.domain());
    }

    @Test
    void connect_domainWhoseFlushesNobodyHears_changesNothing() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu iommu = bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU);
        IommuDevice fimc = bench.device("fimc0", Interface.only(iommu));
        IommuDomain deaf = new IommuDomain(9, bench.domain(fimc).table(), Era.V3_14, TraceSink.NONE);
        assertThrows(IllegalArgumentException.class, () -> fimc.connect(deaf));
        assertNull(iommu.domain());
        assertEquals(Map.of(), fimc.contexts());
        assertThrows(IllegalArgumentException.class, () -> fimc.connect(deaf), "a second time, too");
    }

    @Test
    void msm2022_takesAFreeBank_andFailsWithoutOne() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu iommu =
                bench.core.iommu("gfx3d", new PhysAddr(0x7C00000L), IommuModel.MSM_IOMMU, IoTlbGeometry.MSM_2022, 3);
        for (int i = 0; i < 3; i++) {
            IommuDevice user = bench.device("user" + i, iommu, i);
            assertEquals(1, done(bench.core.probe(List.of(user))).size());
            assertEquals(0, done(bench.domain(user).attach(user)).returned());
        }
        IommuDevice late = bench.device("late", iommu, 7);
        assertEquals(1, done(bench.core.probe(List.of(late))).size());
        assertEquals(Errno.ENODEV, errno(bench.domain(late).attach(late)));
        assertTrue(late.domain().isEmpty());
        IommuDomain held = bench.core.groups().get(0).domain().orElseThrow();
        IommuDevice first = held.devices().get(0);
        assertSame(first, done(first.detach()));
        assertEquals(0, done(bench.domain(late).attach(late)).returned());
    }

    @Test
    void tegra2014_failedAttach_switchesTranslationOff_andTheThirdIsEinval() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        IommuDevice gr3d = bench.device("gr3d", smmu, TegraSwgroup.NV.id(), TegraSwgroup.NV2.id());
        IommuDomain domain = bench.domain(gr3d);
        assertEquals(0, done(domain.attach(gr3d)).returned());
        map(domain);
        assertEquals(PHYS, done(bench.access(gr3d, IOVA, false)));
        assertEquals(1L << 31, smmu.registers().read(0x268));

        assertEquals(Errno.EBUSY, errno(domain.attach(gr3d)));
        assertEquals(0, smmu.registers().read(0x268));
        assertEquals(new PhysAddr(IOVA), done(bench.access(gr3d, IOVA, false)), "not translated any more");

        assertEquals("gr3d is already attached", reason(domain.attach(gr3d)).message());
        assertEquals(Errno.EINVAL, errno(domain.attach(gr3d)));
        assertSame(gr3d, done(gr3d.detach()));
        assertEquals(0, done(domain.attach(gr3d)).returned());
        assertEquals(PHYS, done(bench.access(gr3d, IOVA, false)));
    }

    @Test
    void tegra2014_hasFourAddressSpaces_andNoneForADeviceWithoutSwgroups() {
        IommuBench bench = new IommuBench(Era.V3_14);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        IommuDevice none = bench.device("none", smmu);
        for (int i = 0; i < 4; i++) {
            assertEquals(i, bench.domain(none).id());
        }
        long before = bench.ram.freePages();
        assertEquals(Errno.EAGAIN, errno(bench.core.allocDomain(none, DomainType.UNMANAGED)));
        IommuDevice dc = bench.device("dc", smmu, TegraSwgroup.DC.id());
        assertEquals(
                "no free AS",
                reason(bench.core.allocDomain(dc, DomainType.UNMANAGED)).message());
        assertEquals(before, bench.ram.freePages(), "nothing is left behind");
        IommuBench other = new IommuBench(Era.V3_14);
        IommuDevice lost = other.device("lost", other.iommu("smmu", IommuModel.TEGRA30_SMMU));
        assertEquals(Errno.EINVAL, errno(other.domain(lost).attach(lost)));
    }

    @Test
    void tegra2022_takesAnAsidAtAttach_andTheDisplayShares() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        IommuDevice dc = bench.device("dc", smmu, TegraSwgroup.DC.id());
        IommuDevice gr2d = bench.device("gr2d", smmu, TegraSwgroup.G2.id());
        List<IommuDevice> others = List.of(
                bench.device("vi", smmu, TegraSwgroup.VI.id()),
                bench.device("epp", smmu, TegraSwgroup.EPP.id()),
                bench.device("hda", smmu, TegraSwgroup.HDA.id()),
                bench.device("sata", smmu, TegraSwgroup.SATA.id()),
                bench.device("none", smmu));
        IommuGroup drm = done(bench.core.probe(List.of(dc, gr2d))).get(0);
        assertEquals(6, done(bench.core.probe(others)).size() + 1);
        assertEquals(List.of(dc, gr2d), drm.devices());
        assertEquals(Optional.empty(), drm.defaultDomain(), "the driver makes UNMANAGED domains only");
        assertEquals(Errno.EINVAL, errno(bench.domain(dc).attach(dc)), "two devices in the group");
        for (int i = 0; i < 4; i++) {
            assertEquals(0, done(bench.domain(dc).attach(others.get(i))).returned());
        }
        assertEquals((1L << 31) | 3, smmu.registers().read(TegraSwgroup.SATA.offset()));
        assertEquals(Errno.ENOSPC, errno(drm.attach(bench.domain(dc))));
        assertEquals(Errno.ENODEV, errno(bench.domain(dc).attach(others.get(4))));
        assertSame(others.get(0), done(others.get(0).detach()));
        assertEquals(0, smmu.registers().read(TegraSwgroup.VI.offset()), "its register is cleared");
        IommuDomain shared = bench.domain(dc);
        assertSame(drm, done(drm.attach(shared)));
        assertEquals(1L << 31, smmu.registers().read(TegraSwgroup.G2.offset()), "the ASID that vi gave back");
        assertEquals(List.of(dc, gr2d), shared.devices());
    }

    @Test
    void gart_hasOneSetOfEntries() {
        IommuBench old = new IommuBench(Era.V3_14);
        Iommu gart = old.iommu("gart", IommuModel.TEGRA20_GART);
        IommuDevice dc = old.device("dc", Interface.only(gart));
        IommuDevice gr2d = old.device("gr2d", Interface.only(gart));
        IommuDomain first = old.domain(dc);
        IommuDomain second = old.domain(gr2d);
        assertSame(first.table(), second.table());
        assertEquals(0, done(first.attach(dc)).returned());
        assertEquals(Errno.EINVAL, errno(second.attach(dc)));
        assertEquals("dc is already attached", reason(first.attach(dc)).message());
        assertEquals(0, done(second.attach(gr2d)).returned());
        assertSame(second, gart.domain());
        assertSame(dc, done(dc.detach()));
        map(second, 0x58000000L);
        assertEquals(PHYS, done(old.access(gr2d, 0x58000000L, false)), "who came later stays");

        IommuBench later = new IommuBench(Era.V6_1);
        Iommu active = later.iommu("gart", IommuModel.TEGRA20_GART);
        IommuDevice one = later.device("dc", Interface.only(active));
        IommuDevice two = later.device("gr2d", Interface.only(active));
        assertEquals(2, done(later.core.probe(List.of(one, two))).size());
        IommuDomain shared = later.domain(one);
        assertEquals(0, done(shared.attach(one)).returned());
        assertEquals(Errno.EBUSY, errno(later.domain(two).attach(two)));
        assertEquals(0, done(shared.attach(two)).returned());
        assertSame(one, done(one.detach()));
        assertSame(shared, active.domain());
        assertSame(two, done(two.detach()));
        assertEquals(0, active.registers().read(0x24));
    }

    @Test
    void armSmmu_domainLivesOnOneInstance_inOneOfEightBanks() {
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.PASSTHROUGH);
        Iommu one = bench.iommu("smmu0", IommuModel.ARM_SMMU_V2);
        IommuDevice here = bench.device("here", one, 1);
        IommuDevice there = bench.device("there", bench.iommu("smmu1", IommuModel.ARM_SMMU_V2), 1);
        assertEquals(2, done(bench.core.probe(List.of(here, there))).size());
        assertEquals(DomainType.IDENTITY, here.domain().orElseThrow().type());
        assertEquals(new PhysAddr(IOVA), done(bench.access(here, IOVA, true)));
        IommuDomain domain = bench.domain(here);
        assertEquals(0, done(domain.attach(here)).returned());
        assertEquals(Errno.EINVAL, errno(domain.attach(there)));
        assertEquals(DomainType.IDENTITY, there.domain().orElseThrow().type(), "put back");
        for (int i = 1; i < 8; i++) {
            IommuDevice next = bench.device("next" + i, one, 1 + i);
            assertEquals(1, done(bench.core.probe(List.of(next))).size());
            assertEquals(0, done(bench.domain(next).attach(next)).returned());
        }
        IommuDevice late = bench.device("late", one, 99);
        assertEquals(1, done(bench.core.probe(List.of(late))).size());
        assertEquals(Errno.ENOSPC, errno(bench.domain(late).attach(late)));
    }

    @Test
    void smmuV3_domainBelongsToOneInstance() {
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.LAZY);
        IommuDevice here = bench.device("here", bench.iommu("smmu0", IommuModel.ARM_SMMU_V3), 8);
        IommuDevice there = bench.device("there", bench.iommu("smmu1", IommuModel.ARM_SMMU_V3), 8);
        assertEquals(2, done(bench.core.probe(List.of(here, there))).size());
        assertEquals(DomainType.DMA_FQ, here.domain().orElseThrow().type());
        IommuDomain domain = bench.domain(here);
        assertEquals(0, done(domain.attach(here)).returned());
        assertEquals(Errno.ENXIO, errno(domain.attach(there)));
        assertEquals(
                "cannot attach to SMMU smmu0 (upstream of smmu1)",
                reason(domain.attach(there)).message());
    }

    @Test
    void core2022_noGroup_ownDomain_andUnwinding() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu mmu = bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU);
        IommuDevice fimc = bench.device("fimc0", Interface.only(mmu));
        IommuDomain domain = bench.domain(fimc);
        assertEquals(Errno.ENODEV, errno(domain.attach(fimc)));
        IommuGroup group = done(bench.core.probe(List.of(fimc))).get(0);
        assertEquals(0, done(domain.attach(fimc)).returned());
        assertEquals(Errno.EBUSY, errno(bench.domain(fimc).attach(fimc)));
        assertEquals(Errno.EBUSY, errno(group.attach(domain)), "even to the domain it has");
        assertEquals(Errno.ENODEV, errno(bench.device("direct").attach(domain)));
        assertEquals(Errno.ENODEV, errno(bench.core.allocDomain(bench.device("direct2"), DomainType.DMA)));
        IommuDevice dsp = bench.device("dsp", Interface.only(bench.iommu("mmu", IommuModel.OMAP_MMU)));
        assertThrows(IllegalArgumentException.class, () -> dsp.attach(domain));
        IommuGroup other = done(bench.core.probe(List.of(dsp))).get(0);
        assertThrows(IllegalArgumentException.class, () -> other.attach(domain));
        assertTrue(dsp.domain().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void groupOfWhichTheSecondFails_isPutBackFrom2022On(boolean modern) {
        IommuBench bench = new IommuBench(modern ? Era.V6_1 : Era.V3_14);
        IommuDevice dsp = bench.device("dsp", Interface.only(bench.iommu("mmu_dsp", IommuModel.OMAP_MMU)));
        IommuDevice ipu = bench.device("ipu", Interface.only(bench.iommu("mmu_ipu", IommuModel.OMAP_MMU)));
        IommuGroup group = bench.core.group(List.of(dsp, ipu));
        assertThrows(IllegalArgumentException.class, () -> bench.core.group(List.of(ipu)));
        IommuDevice direct = bench.device("dss");
        assertThrows(IllegalArgumentException.class, () -> bench.core.group(List.of(direct)));
        IommuDomain domain = bench.domain(dsp);
        assertEquals(Errno.EBUSY, errno(group.attach(domain)));
        assertEquals(modern ? List.of() : List.of(dsp), domain.devices());
        IommuDomain fresh = bench.domain(ipu);
        String text = reason(group.attach(modern ? fresh : domain)).explain();
        assertTrue(text.endsWith(modern ? "The whole group is back on no domain" : "Nothing has changed"), text);
    }

    @Test
    void domainTypes_areThoseOfTheDriver() {
        IommuBench old = new IommuBench(Era.V3_14);
        IommuDevice fimc = old.device("fimc0", Interface.only(old.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU)));
        assertEquals(Errno.ENOMEM, errno(old.core.allocDomain(fimc, DomainType.IDENTITY)));
        assertThrows(IllegalArgumentException.class, () -> old.core.probe(List.of(fimc)));
        assertThrows(IllegalArgumentException.class, () -> old.iommu("smmu", IommuModel.ARM_SMMU_V3));
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.PASSTHROUGH);
        IommuDevice camera = bench.device("fimc0", Interface.only(bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU)));
        IommuGroup group = done(bench.core.probe(List.of(camera))).get(0);
        assertEquals(DomainType.DMA, group.defaultDomain().orElseThrow().type(), "falls back to DMA");
        IommuDevice nic = bench.device("nic", bench.iommu("smmu", IommuModel.ARM_SMMU_V3), 3);
        IommuDomain identity = done(bench.core.allocDomain(nic, DomainType.IDENTITY));
        assertEquals(Errno.EINVAL, errno(identity.map(new DmaAddr(IOVA), PHYS, 0x1000)));
        IotlbGather gather = identity.unmap(new AddrRange<>(new DmaAddr(IOVA), 0x1000));
        assertEquals(0, gather.unmappedBytes());
        assertEquals(Errno.EINVAL, gather.refusal().orElseThrow().errno());
    }

    @Test
    void probe_devicesThatCannotBe_changesNothing() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu mmu = bench.iommu("sysmmu", IommuModel.EXYNOS_SYSMMU);
        IommuDevice probed = bench.device("fimc0", Interface.only(mmu));
        IommuDevice fresh = bench.device("fimc1", Interface.only(mmu));
        assertEquals(1, done(bench.core.probe(List.of(probed))).size());
        assertThrows(IllegalArgumentException.class, () -> bench.core.probe(List.of(fresh, probed)));
        assertThrows(IllegalArgumentException.class, () -> bench.core.probe(List.of(fresh, fresh)));
        assertThrows(IllegalArgumentException.class, () -> bench.core.group(List.of(fresh, fresh)));
        assertThrows(IllegalArgumentException.class, () -> bench.core.group(List.of()));
        assertTrue(fresh.group().isEmpty());
        assertEquals(1, bench.core.groups().size());
        assertEquals(
                List.of(fresh), done(bench.core.probe(List.of(fresh))).get(0).devices());
    }

    @Test
    void probe_devicesOfOneName_haveAGroupEach() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.ARM_SMMU_V3);
        List<IommuDevice> cards = List.of(bench.device("eth", smmu, 8), bench.device("eth", smmu, 16));
        assertEquals(2, done(bench.core.probe(cards)).size());
    }

    @Test
    void probe_directMappingThatTheTableRefuses_leavesNoGroup() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.ARM_SMMU_V3);
        ReservedRegion beyond = new ReservedRegion(
                new AddrRange<>(new DmaAddr(1L << 48), 0x1000), IommuProt.READ_WRITE, ReservedRegion.Type.DIRECT);
        IommuDevice nic = bench.reserving("nic", List.of(beyond), new Interface("", smmu, List.of(8), 0));
        for (int time = 0; time < 2; time++) {
            assertEquals(Errno.ERANGE, errno(bench.core.probe(List.of(nic))), "and it can be tried again");
            assertTrue(nic.group().isEmpty());
            assertEquals(List.of(), bench.core.groups());
        }
    }

    @Test
    void tegra_swgroupThatIsNone_isRefusedBeforeAnythingIsAttached() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        assertThrows(IllegalArgumentException.class, () -> bench.device("lost", smmu, TegraSwgroup.DC.id(), 99));
        assertEquals(0, smmu.registers().read(TegraSwgroup.DC.offset()));
        assertEquals(4, smmu.freeBanks());
    }

    @Test
    void msm_hasTwoBanks_threeForTheGfx3d() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu iommu = bench.iommu("vfe", IommuModel.MSM_IOMMU);
        assertEquals(2, iommu.freeBanks());
        assertThrows(IllegalArgumentException.class, () -> new Interface("", iommu, List.of(0), 2));
        assertThrows(IllegalArgumentException.class, () -> new Interface("", iommu, List.of(0), -1));
        PhysAddr base = new PhysAddr(0x7C00000L);
        for (int banks : List.of(0, 4)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> bench.core.iommu("gfx3d", base, IommuModel.MSM_IOMMU, IoTlbGeometry.MSM_2022, banks));
        }
    }

    @Test
    void msm2022_twoInterfacesAndOneFreeBank_isRefused() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu iommu = bench.iommu("vfe", IommuModel.MSM_IOMMU);
        IommuDevice one = bench.device("imgwr", iommu, 2);
        IommuDevice two = bench.device(
                "both", new Interface("a", iommu, List.of(0), 0), new Interface("b", iommu, List.of(1), 1));
        assertEquals(2, done(bench.core.probe(List.of(one, two))).size());
        assertEquals(0, done(bench.domain(one).attach(one)).returned());
        assertEquals(Errno.ENODEV, errno(bench.domain(two).attach(two)));
        assertEquals(1, iommu.freeBanks());
        assertSame(one, done(one.detach()));
        assertEquals(0, done(bench.domain(two).attach(two)).returned());
        assertEquals(0, iommu.freeBanks());
    }

    @Test
    void armSmmu_identity_leavesBanksAndTheIoTlbAlone() {
        IommuBench bench = new IommuBench(Era.V6_1, DefaultTranslation.PASSTHROUGH);
        Iommu smmu = bench.iommu("smmu", IommuModel.ARM_SMMU_V2);
        IommuDevice mapped = bench.device("mapped", smmu, 1);
        assertEquals(1, done(bench.core.probe(List.of(mapped))).size());
        IommuDomain domain = bench.domain(mapped);
        assertEquals(0, done(domain.attach(mapped)).returned());
        long ttbr = smmu.registers().read(0x10020);
        assertEquals(domain.tableRoot().value(), ttbr);
        assertEquals(1, smmu.registers().read(0x10000), "SCTLR.M");

        IommuDevice direct = bench.device("direct", smmu, 2);
        assertEquals(1, done(bench.core.probe(List.of(direct))).size());
        assertEquals(ttbr, smmu.registers().read(0x10020), "bank 0 is the domain's");
        assertEquals(new PhysAddr(IOVA), done(bench.access(direct, IOVA, true)));
        assertEquals(List.of(), smmu.tlb().entries());
        assertEquals(List.of(), smmu.tlb().statistics());

        assertSame(mapped, done(mapped.detach()));
        assertEquals(0, smmu.registers().read(0x10000), "bank 0 is off, though a stream passes");
    }

    @Test
    void armSmmu_ofAnotherInstance_namesTheDomainsFirst() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu one = bench.iommu("smmu0", IommuModel.ARM_SMMU_V2);
        Iommu two = bench.iommu("smmu1", IommuModel.ARM_SMMU_V2);
        IommuDevice here = bench.device("here", one, 1);
        IommuDevice there = bench.device("there", two, 1);
        assertEquals(2, done(bench.core.probe(List.of(here, there))).size());
        IommuDomain domain = bench.domain(here);
        assertEquals(0, done(domain.attach(here)).returned());
        assertEquals(
                "cannot attach to SMMU smmu0 whilst already attached to domain on SMMU smmu1",
                reason(domain.attach(there)).message());
    }

    @Test
    void smmu_deviceWithTwoInstances_canComeBackToItsDomain() {
        for (IommuModel model : List.of(IommuModel.ARM_SMMU_V2, IommuModel.ARM_SMMU_V3)) {
            IommuBench bench = new IommuBench(Era.V6_1);
            IommuDevice gpu = bench.device(
                    "gpu",
                    new Interface("left", bench.iommu("smmu0", model), List.of(1), 0),
                    new Interface("right", bench.iommu("smmu1", model), List.of(2), 0));
            assertEquals(1, done(bench.core.probe(List.of(gpu))).size());
            IommuDomain domain = bench.domain(gpu);
            for (int time = 0; time < 2; time++) {
                assertEquals(0, done(domain.attach(gpu)).returned());
                assertSame(gpu, done(domain.detach(gpu)));
            }
        }
    }

    @Test
    void core2022_detachOfOneDeviceOfAGroup_isRefused() {
        IommuBench bench = new IommuBench(Era.V6_1);
        Iommu smmu = bench.iommu("smmu", IommuModel.TEGRA30_SMMU);
        IommuDevice dc = bench.device("dc", smmu, TegraSwgroup.DC.id());
        IommuDevice gr2d = bench.device("gr2d", smmu, TegraSwgroup.G2.id());
        IommuGroup drm = done(bench.core.probe(List.of(dc, gr2d))).get(0);
        IommuDomain domain = bench.domain(dc);
        assertSame(drm, done(drm.attach(domain)));
        assertEquals(Errno.EINVAL, errno(dc.detach()));
        assertEquals(List.of(dc, gr2d), domain.devices(), "both stay");
        drm.detach();
        assertEquals(List.of(), domain.devices());
        assertTrue(drm.domain().isEmpty());
    }
}
