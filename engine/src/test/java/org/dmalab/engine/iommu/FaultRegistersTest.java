package org.dmalab.engine.iommu;

import static org.dmalab.engine.iommu.IommuBench.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.FaultReport.Aftermath;
import org.dmalab.engine.iommu.IommuFwspec.Interface;
import org.dmalab.engine.pagetable.IommuProt;
import org.junit.jupiter.api.Test;

/** What a fault leaves in the registers of each model, and what its driver makes of it. */
final class FaultRegistersTest {
    private static final long IOVA = 0x20001234L;
    private static final PhysAddr PHYS = new PhysAddr(0x18000000L);

    private IommuBench bench = new IommuBench(Era.V3_14);

    private IommuDevice attached(String name, Interface through) {
        IommuDevice device = bench.device(name, through);
        IommuDomain domain = bench.domain(device);
        if (bench.core.groups().isEmpty()) {
            device.connect(domain, each -> each.iommu().bankFor(domain));
        }
        return device;
    }

    private IommuDevice attached(String name, IommuModel model, Integer... ids) {
        return attached(name, new Interface("", bench.iommu("mmu", model), List.of(ids), 0));
    }

    private static IommuDomain domain(IommuDevice device) {
        return device.domain().orElseThrow();
    }

    private static IommuRegisters registers(IommuDevice device) {
        return device.fwspec().interfaces().get(0).iommu().registers();
    }

    private static void map(IommuDevice device, IommuProt prot) {
        assertFalse(domain(device)
                .map(new DmaAddr(IOVA & -4096), PHYS, 0x1000, prot)
                .isFailed());
    }

    @Test
    void exynos2014_pageFault_isABugUnlessHandled() {
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU, 0);
        IommuRegisters registers = registers(fimc);
        assertEquals(5, registers.read(0x00));
        assertEquals(domain(fimc).tableRoot().value(), registers.read(0x14));
        IommuFault fault = bench.fault(fimc, IOVA, true);
        assertEquals(1, registers.read(0x18));
        assertEquals(1, registers.read(0x08), "blocked");
        assertEquals(IOVA, registers.read(0x24));
        assertEquals(Aftermath.BUG, fault.report().aftermath());
        assertEquals(
                List.of(
                        "PAGE FAULT occurred at 0x20001234(Page table base: "
                                + Addresses.hex(domain(fimc).tableRoot().value()) + ")",
                        "\tLv1 entry: 0x0",
                        "Generating Kernel OOPS... because it is unrecoverable."),
                fault.report().kernelLog());
        FaultLog.Row row = bench.faults.rows().get(0);
        assertEquals(
                "fimc0 0x20001234 write translation, level 1",
                String.join(" ", row.device(), row.iova().toString(), row.access(), row.fault()));
        assertEquals("BUG", row.aftermath());
        registers.write(0x1C, 1);
        assertEquals(0, registers.read(0x18), "ones clear");
        registers.write(0x00, 5);
        assertEquals(0, registers.read(0x08));
        map(fimc, IommuProt.READ);
        assertEquals(2, bench.fault(fimc, IOVA + 0x1000, false).level());
        assertEquals(
                "\t Lv2 entry: 0x0",
                bench.faults.entries().get(1).fault().report().kernelLog().get(2));
    }

    @Test
    void exynos2014_handler_isGivenTheBitNumber_andDecides() {
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU, 0);
        List<String> asked = new ArrayList<>();
        domain(fimc).setFaultHandler((domain, device, iova, flags) -> {
            asked.add(device + " " + iova + " " + flags + " " + registers(fimc).read(0x18));
            return asked.size() == 1 ? 0 : asked.size() == 2 ? -22 : FaultHandler.NOT_HANDLED;
        });
        assertEquals(Aftermath.HANDLED, bench.fault(fimc, IOVA, true).report().aftermath());
        assertEquals(0, registers(fimc).read(0x18));
        assertEquals(0, registers(fimc).read(0x08));
        IommuFault pending = bench.fault(fimc, IOVA, true);
        assertEquals(Aftermath.PENDING, pending.report().aftermath());
        assertEquals(List.of("PAGE FAULT is not handled."), pending.report().kernelLog());
        assertEquals(1, registers(fimc).read(0x18));
        assertEquals(Aftermath.BUG, bench.fault(fimc, IOVA, true).report().aftermath());
        assertEquals("fimc0 0x20001234 0 1", asked.get(0), "a write, and yet 0: the number of the bit");
    }

    @Test
    void exynos2022_protectionFault_tellsReadFromWrite() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU, 0);
        map(fimc, IommuProt.READ);
        List<Integer> flags = new ArrayList<>();
        domain(fimc).setFaultHandler((domain, device, iova, given) -> {
            flags.add(given);
            return FaultHandler.NOT_HANDLED;
        });
        IommuFault fault = bench.fault(fimc, IOVA, true);
        assertEquals(1 << 7, registers(fimc).read(0x18));
        assertEquals(IOVA, registers(fimc).read(0x28));
        assertEquals(
                List.of("exynos-sysmmu mmu: fimc0: [WRITE] ACCESS PROTECTION FAULT occurred at 0x20001234"),
                fault.report().kernelLog());
        assertEquals(
                List.of("exynos-sysmmu mmu: fimc0: [READ] PAGE FAULT occurred at 0x30000000"),
                bench.fault(fimc, 0x30000000L, true).report().kernelLog(),
                "a page fault counts as a read");
        assertEquals(List.of(1, 0), flags);
    }

    @Test
    void exynosV5_hasBitsForReadsAndWrites() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU_V5, 0);
        assertEquals(domain(fimc).tableRoot().pfn(), registers(fimc).read(0x0C));
        IommuFault fault = bench.fault(fimc, IOVA, true);
        assertEquals(1 << 17, registers(fimc).read(0x60));
        assertEquals(IOVA, registers(fimc).read(0x80));
        assertEquals(
                List.of("exynos-sysmmu mmu: fimc0: [WRITE] PAGE FAULT occurred at 0x20001234"),
                fault.report().kernelLog());
        registers(fimc).write(0x64, 1 << 17);
        map(fimc, IommuProt.WRITE);
        assertEquals(Aftermath.BUG, bench.fault(fimc, IOVA, false).report().aftermath());
        assertEquals(1 << 3, registers(fimc).read(0x60));
        assertEquals(IOVA, registers(fimc).read(0x70));
    }

    @Test
    void omap2014_unhandledFault_switchesTheMmuOff() {
        IommuDevice dsp = attached("dsp", IommuModel.OMAP_MMU, 0);
        assertEquals(0b110, registers(dsp).read(0x44));
        IommuFault fault = bench.fault(dsp, IOVA, false);
        assertEquals(IOVA, registers(dsp).read(0x48));
        assertEquals(0, registers(dsp).read(0x18), "acknowledged");
        assertTrue(fault.report().registers().contains("IRQSTATUS [0x18] = 0x00000002"));
        String pgd = Addresses.hex(domain(dsp).tableRoot().value() + (IOVA >>> 20) * 4);
        assertEquals(
                List.of("omap-iommu mmu: mmu: errs:0x00000002 da:0x20001234 pgd:" + pgd + " *pgd:px00000000"),
                fault.report().kernelLog());
        assertEquals(Aftermath.DISABLED, fault.report().aftermath());
        assertEquals(0, registers(dsp).read(0x44));
        assertEquals(new PhysAddr(IOVA), done(bench.access(dsp, IOVA, false)), "and what follows is not translated");
    }

    @Test
    void omap2022_unhandledFault_masksTheInterrupts() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice dsp = attached("dsp", IommuModel.OMAP_MMU, 0);
        map(dsp, IommuProt.NONE);
        domain(dsp).setFaultHandler((domain, device, iova, flags) -> flags == 0 && iova.value() == 0 ? 0 : -22);
        assertEquals(Aftermath.HANDLED, bench.fault(dsp, 0, true).report().aftermath());
        IommuFault fault = bench.fault(dsp, IOVA + 0x1000, true);
        assertTrue(
                fault.report().kernelLog().get(0).contains(" pte:0x"),
                fault.report().toString());
        assertEquals(0, registers(dsp).read(0x1C));
        IommuFault untold = bench.fault(dsp, 0x30000000L, true);
        assertEquals(Aftermath.MASKED, untold.report().aftermath());
        assertEquals(List.of(), untold.report().kernelLog());
        assertEquals(1 << 1, registers(dsp).read(0x18), "pending, and nobody looks");
    }

    @Test
    void msm2014_printsAndAsksNobody() {
        Iommu iommu = bench.iommu("mdp0", IommuModel.MSM_IOMMU);
        IommuDevice rgb = bench.device("mdp_rgb1", new Interface("", iommu, List.of(1), 1));
        IommuDomain domain = bench.domain(rgb);
        assertEquals(0, done(domain.attach(rgb)).returned());
        domain.setFaultHandler((of, device, iova, flags) -> {
            throw new AssertionError("msm_iommu asks no handler");
        });
        map(rgb, IommuProt.NONE);
        IommuFault fault = bench.fault(rgb, IOVA + 0x1000, false);
        assertEquals(IOVA + 0x1000, iommu.registers().read(0x1028));
        assertEquals(1 << 16, iommu.registers().read(0x1020), "0x4000000f leaves the second-level bit");
        assertEquals(Aftermath.STALLED, fault.report().aftermath());
        List<String> log = fault.report().kernelLog();
        assertEquals("msm_iommu: Unexpected IOMMU page fault!", log.get(0));
        assertEquals("msm_iommu: base = 7000f000", log.get(1));
        assertEquals("msm_iommu: Fault occurred in context 1.", log.get(2));
        assertEquals("msm_iommu: FAR    = 20002234    PAR    = 00000000", log.get(4));
        assertEquals("msm_iommu: FSR    = 40010002 [TF SL SS ]", log.get(5));
        assertEquals("msm_iommu: PRRR   = ff0a81a8    NMRR   = 40e040e0", log.get(9));
    }

    @Test
    void msm2022_hasTheMemoryClassesOfIoPgtable() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice rgb = attached("mdp_rgb1", IommuModel.MSM_IOMMU, 1);
        assertEquals(0x800B8204L, registers(rgb).read(0x034));
        assertEquals(0x40004000L, registers(rgb).read(0x038));
        assertEquals(0b111, registers(rgb).read(0x000), "SCTLR: M, TRE, AFE");
    }

    @Test
    void tegra30_printsTheMemoryControllersLine() {
        IommuDevice dc = attached("dc", IommuModel.TEGRA30_SMMU, TegraSwgroup.DC.id());
        assertEquals(new PhysAddr(IOVA), done(bench.access(dc, IOVA, true)), "vacant is identity in Linux 3.14");
        bench = new IommuBench(Era.V6_1);
        IommuDevice later = attached("dc", IommuModel.TEGRA30_SMMU, TegraSwgroup.DC.id());
        map(later, IommuProt.READ);
        IommuFault fault = bench.fault(later, IOVA, true);
        long readOnly = (6L << 28) | (0b101L << 25) | (1 << 16) | 1;
        assertEquals(readOnly, registers(later).read(0x08));
        assertEquals(IOVA, registers(later).read(0x0C));
        assertEquals(0, registers(later).read(0x00), "acknowledged");
        assertTrue(fault.report().registers().contains("INTSTATUS [0x0] = 0x00000400"));
        assertEquals(
                List.of("tegra-mc 7000f000.memory-controller: dc: write @0x20001234: Page fault"
                        + " (SMMU translation error [R--])"),
                fault.report().kernelLog());
        assertTrue(bench.fault(later, 0x30000000L, false)
                .report()
                .kernelLog()
                .get(0)
                .endsWith("error [--S])"));
    }

    @Test
    void tegra30of2014_hasItsOwnWords() {
        IommuDevice dc = attached("dc", IommuModel.TEGRA30_SMMU, TegraSwgroup.DC.id());
        PhysAddr directory = domain(dc).tableRoot();
        bench.ram.ram.writeWord(directory.plus((IOVA >>> 22) * 4), 0);
        IommuFault fault = bench.fault(dc, IOVA, false);
        assertEquals(
                List.of("MC_SMMU_ERR (0x60000001) 0x20001234 dc (non-secure read INVALID_SMMU_PAGE -----)"),
                fault.report().kernelLog());
    }

    @Test
    void gart_faultsInsideItsApertureOnly() {
        for (Era era : List.of(Era.V3_14, Era.V6_1)) {
            bench = new IommuBench(era);
            IommuDevice dc = attached("dc", IommuModel.TEGRA20_GART, 0);
            assertEquals(new PhysAddr(IOVA), done(bench.access(dc, IOVA, true)));
            IommuFault fault = bench.fault(dc, 0x58001000L, true);
            assertEquals(1, registers(dc).read(0x30));
            assertEquals(0x58001000L, registers(dc).read(0x34));
            assertTrue(fault.report().registers().contains("INTSTATUS [0x0] = 0x00000080"));
            assertEquals(
                    era == Era.V3_14
                            ? "MC_GART_ERR (0x00000001) 0x58001000 dc (write )"
                            : "tegra-mc 7000f000.memory-controller: dc: write @0x58001000: GART page fault ()",
                    fault.report().kernelLog().get(0));
        }
    }

    @Test
    void armSmmu_contextFault() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice nic = attached("nic", IommuModel.ARM_SMMU_V2, 0x21);
        map(nic, IommuProt.READ);
        IommuFault fault = bench.fault(nic, IOVA, true);
        assertEquals(
                List.of(
                        "arm-smmu mmu: Unhandled context fault: fsr=0x8, iova=0x20001234, fsynr=0x13, cbfrsynra=0x21, cb=0"),
                fault.report().kernelLog());
        assertEquals(IOVA, registers(nic).read(0x10060));
        assertEquals(0, registers(nic).read(0x10058), "written back, and clear");
        assertEquals(0x21, registers(nic).read(0x1400));
        domain(nic).setFaultHandler((domain, device, iova, flags) -> flags == FaultRegisters.WRITE ? 0 : -5);
        IommuFault handled = bench.fault(nic, 0x30000000L, true);
        assertEquals(Aftermath.HANDLED, handled.report().aftermath());
        IommuFault refused = bench.fault(nic, 0x30000000L, false);
        assertEquals(Aftermath.TERMINATED, refused.report().aftermath());
        assertEquals(List.of(), refused.report().kernelLog(), "the handler said something else than ENOSYS");
    }

    @Test
    void smmuV3_eventRecord() {
        bench = new IommuBench(Era.V6_1);
        IommuDevice nic = attached("nic", IommuModel.ARM_SMMU_V3, 0x108);
        assertEquals(
                List.of(
                        "arm-smmu-v3 mmu: event 0x10 received:",
                        "arm-smmu-v3 mmu: \t0x0000010800000010",
                        "arm-smmu-v3 mmu: \t0x0000020800000000",
                        "arm-smmu-v3 mmu: \t0x0000000020001234",
                        "arm-smmu-v3 mmu: \t0x0000000000000000"),
                bench.fault(nic, IOVA, false).report().kernelLog());
        map(nic, IommuProt.READ);
        assertEquals(
                "arm-smmu-v3 mmu: event 0x13 received:",
                bench.fault(nic, IOVA, true).report().kernelLog().get(0));
        assertEquals(2, registers(nic).read(0x100A8));
        assertEquals(2, registers(nic).read(0x100AC));
    }

    @Test
    void registers_thatAreNotModelled_areNamedWithThoseThatAre() {
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU, 0);
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class, () -> registers(fimc).read(0x34))
                .getMessage());
        assertTrue(message.startsWith("no register is modelled at offset 0x34; there are CTRL [0x0], "), message);
        registers(fimc).write(0x00, 7);
        assertEquals(1, registers(fimc).read(0x08), "block");
        registers(fimc).write(0x00, 0);
        assertEquals(new PhysAddr(IOVA), done(bench.access(fimc, IOVA, false)), "disabled");
    }

    @Test
    void log_keepsFaultsInOrder_andCounts() {
        IommuDevice fimc = attached("fimc0", IommuModel.EXYNOS_SYSMMU, 0);
        assertEquals("no IOMMU fault since boot", bench.faults.toString());
        for (int i = 0; i < 1030; i++) {
            assertEquals(1, bench.fault(fimc, IOVA + 4096L * i, false).level());
        }
        assertEquals(1030, bench.faults.count());
        assertEquals(1024, bench.faults.entries().size());
        assertEquals(
                new DmaAddr(IOVA + 4096L * 6),
                bench.faults.entries().get(0).fault().iova());
        assertTrue(
                bench.faults.toString().startsWith("1030 IOMMU faults, the last at 1.50 µs fimc0: "),
                bench.faults.toString());
    }
}
