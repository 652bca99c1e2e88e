package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.FaultKind;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.Translation;
import org.dmalab.engine.pagetable.WalkMemo;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What IO-TLBs and walk caches still know, and what makes them forget. */
final class StaleTranslationTest {
    private static final long IOVA = 0x20000000L;
    private static final long PHYS = 0x60000000L;

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"V3_4", "V3_14", "V6_1"})
    void unmap_withoutASync_stillTranslates(Era era) {
        Translated machine = Translated.exynos(era, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, 0x2000);
        assertEquals(PHYS, machine.read(IOVA));
        IotlbGather gather = machine.unmap(IOVA, 0x2000);
        assertEquals(PHYS + 0x10, machine.read(IOVA + 0x10), "known");
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x1000), "never asked for before");
        assertEquals(1, machine.iommu.tlb().staleEntries().size());
        assertEquals(new AddrRange<>(new DmaAddr(IOVA), 0x2000), gather.owed().orElseThrow());

        gather.sync();
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x10));
        assertEquals(List.of(), machine.iommu.tlb().staleEntries());
        assertTrue(gather.owed().isEmpty());
    }

    @Test
    void remap_withoutASync_leadsToTheOldPage() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        List<String> stale = new ArrayList<>();
        machine.trace.add(new TraceSink() {
            @Override
            public void staleTranslation(BusMaster master, long iova, long phys) {
                stale.add(master + " " + Long.toHexString(iova) + " " + Long.toHexString(phys));
            }
        });
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(PHYS, machine.write(IOVA));
        IotlbGather gather = machine.unmap(IOVA, 0x1000);
        machine.map(IOVA, PHYS + 0x5000, 0x1000);
        machine.iommu.watchStale(true);
        assertEquals(PHYS + 8, machine.write(IOVA + 8));
        assertEquals(List.of("dev 20000008 60000008"), stale);
        gather.sync();
        assertEquals(PHYS + 0x5008, machine.write(IOVA + 8));
        assertEquals(PHYS + 0x5008, machine.write(IOVA + 8));
        assertEquals(1, stale.size());
    }

    @Test
    void sync_reachesEachIommuOfTheDomain() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        Iommu other = machine.another(IoTlbGeometry.EXYNOS_V2);
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(PHYS, machine.read(other, IOVA));
        IotlbGather gather = machine.unmap(IOVA, 0x1000);
        assertEquals(PHYS, machine.read(other, IOVA));
        gather.sync();
        assertEquals(Translated.STOPPED, machine.read(other, IOVA));
    }

    @Test
    void anEntryKeepsTheRightsOfItsWalk() {
        Translated machine = Translated.exynos(Era.V6_1, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA, PHYS, 0x1000, IommuProt.READ);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(Translated.STOPPED, machine.write(IOVA));
        assertEquals(FaultKind.PERMISSION, machine.iommu.unit().fault().kind());
        assertEquals(1, machine.hits(), "the walk for reading saw what is forbidden");
        IotlbGather gather = machine.unmap(IOVA, 0x1000);
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(Translated.STOPPED, machine.write(IOVA), "still forbidden");
        assertTrue(machine.iommu.tlb().entries().get(0).stale());
        gather.sync();
        assertEquals(PHYS, machine.write(IOVA));
    }

    @Test
    void unmapOfManySizes_invalidatesWhatDoesNotFitTheGatherAtOnce() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1);
        machine.map(IOVA + 0xF000, PHYS + 0xF000, 0x11000);
        assertEquals(PHYS + 0xF000, machine.read(IOVA + 0xF000));
        assertEquals(PHYS + 0x10000, machine.read(IOVA + 0x10000));
        IotlbGather gather = machine.unmap(IOVA + 0xF000, 0x11000);
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0xF000), "a page of 64 KiB came behind it");
        assertEquals(PHYS + 0x10000, machine.read(IOVA + 0x10000), "gathered");
        gather.sync();
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x10000));
    }

    @Test
    void unmapQueued_owesEverythingToTheQueue() {
        Translated machine = Translated.smmu(IoTlbGeometry.smmu(64, 4));
        machine.map(IOVA, PHYS, 0x3000);
        assertEquals(PHYS, machine.read(IOVA));
        IotlbGather gather = machine.domain.unmapQueued(new AddrRange<>(new DmaAddr(IOVA), 0x3000));
        assertTrue(gather.isQueued());
        assertTrue(gather.owed().isEmpty());
        assertEquals(PHYS, machine.read(IOVA));
        machine.domain.flushAll();
        assertEquals(Translated.STOPPED, machine.read(IOVA));
    }

    @Test
    void msm_flushesTheContextWithEachCall() {
        Translated machine = Translated.msm();
        machine.map(IOVA, PHYS, 0x1000);
        machine.map(IOVA + 0x100000, PHYS, 0x1000);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(PHYS, machine.read(IOVA + 0x100000));
        IotlbGather gather = machine.unmap(IOVA, 0x1000);
        assertEquals(0, machine.iommu.tlb().entries().size());
        assertTrue(gather.owed().isEmpty());
    }

    @Test
    void msm2022_flushesPageByPage() {
        IommuBench bench = new IommuBench(Era.V6_1);
        IommuDevice vfe = bench.device("vfe", bench.iommu("vfe", IommuModel.MSM_IOMMU), 1);
        assertEquals(1, IommuBench.done(bench.core.probe(List.of(vfe))).size());
        IommuDomain domain = bench.domain(vfe);
        assertEquals(0, IommuBench.done(domain.attach(vfe)).returned());
        for (long at : List.of(IOVA, IOVA + 0x100000)) {
            assertFalse(domain.map(new DmaAddr(at), new PhysAddr(PHYS), 0x1000).isFailed());
            assertEquals(new PhysAddr(PHYS), IommuBench.done(bench.access(vfe, at, false)));
        }
        domain.unmap(new AddrRange<>(new DmaAddr(IOVA), 0x1000)).sync();
        List<IoTlbEntry> left = vfe.fwspec().interfaces().get(0).iommu().tlb().entries();
        assertEquals(
                List.of(new DmaAddr(IOVA + 0x100000)),
                left.stream().map(IoTlbEntry::iova).toList());
    }

    @Test
    void gather_pageThatDoesNotTouchTheRange_invalidatesWhatWasGathered() {
        Translated machine = Translated.smmu(IoTlbGeometry.smmu(64, 4));
        List<String> told = new ArrayList<>();
        DomainFlush flush = new DomainFlush(machine.domain.id(), new TraceSink() {
            @Override
            public void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
                told.add(Long.toHexString(iova) + " " + Long.toHexString(bytes));
            }
        });
        flush.add(machine.iommu);
        IotlbGather gather = IotlbGather.of(flush, new DmaAddr(IOVA), false);
        gather.addPage(IOVA + 0x1000, 0x1000);
        gather.addPage(IOVA + 0x2000, 0x1000);
        gather.addPage(IOVA, 0x1000);
        assertEquals(List.of(), told, "they touch");
        gather.addPage(IOVA + 0x4000, 0x1000);
        assertEquals(List.of("20000000 3000"), told);
        gather.addPage(IOVA + 0x2000, 0x1000);
        assertEquals(List.of("20000000 3000", "20004000 1000"), told, "below, too");
        assertEquals(
                new AddrRange<>(new DmaAddr(IOVA + 0x2000), 0x1000),
                gather.owed().orElseThrow());
    }

    @Test
    void tegra_keepsEmptyPagesOfAGroupUntilMapFlushesThem() {
        Translated machine = Translated.tegra(Era.V6_1, IoTlbGeometry.TEGRA30);
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(4, machine.iommu.tlb().entries().size());
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x1000));
        assertEquals(1, machine.misses(), "the empty page came with its neighbour");
        assertEquals(FaultKind.TRANSLATION, machine.iommu.unit().fault().kind());
        machine.map(IOVA + 0x1000, PHYS + 0x1000, 0x1000);
        assertEquals(PHYS + 0x1000, machine.read(IOVA + 0x1000));
        assertEquals(2, machine.misses());
    }

    @Test
    void tegra_wordWrittenBehindTheDriversBack_isNotSeen() {
        Translated machine = Translated.tegra(Era.V6_1, IoTlbGeometry.TEGRA30);
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x3000));
        int word = (int) (PHYS >>> 12) + 3 | 3 << 30;
        machine.ram.ram.writeWord(
                machine.domain.translate(new DmaAddr(IOVA + 0x3000)).descriptorAddress(), word);
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x3000), "the group is held, empty as it was");
        machine.domain.flushAll();
        assertEquals(PHYS + 0x3000, machine.read(IOVA + 0x3000));
    }

    @Test
    void walkCache_isStaleUntilTheTableIsFlushed() {
        Translated machine = Translated.smmu(IoTlbGeometry.smmu(64, 4));
        machine.map(IOVA, PHYS, 0x2000);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(3, machine.iommu.unit().walks().held(), "levels 0, 1 and 2");
        machine.ram.ram.writeLong(new PhysAddr(lastTableWord(machine.domain)), 0);
        assertEquals(Translated.STOPPED, walked(machine.domain, IOVA + 0x1000), "in RAM the table is gone");
        assertEquals(PHYS + 0x1000, machine.read(IOVA + 0x1000), "its descriptor is kept");
        assertEquals(2, machine.iommu.tlb().staleEntries().size());
        assertEquals(513, machine.iommu.unit().invalidateTable(machine.domain.id(), IOVA, 0x200000));
        assertEquals(Translated.STOPPED, machine.read(IOVA + 0x1000));
    }

    @Test
    void walkCache_forgetsATableThatABlockReplaces() {
        Translated machine = Translated.smmu(IoTlbGeometry.smmu(64, 4));
        machine.map(IOVA, PHYS, 0x2000);
        assertEquals(PHYS, machine.read(IOVA));
        machine.unmap(IOVA, 0x2000).sync();
        assertEquals(3, machine.iommu.unit().walks().held(), "unmapping pages leaves tables as they are");
        machine.map(IOVA, PHYS + 0x200000, 0x200000);
        assertEquals(0, machine.iommu.unit().walks().held(), "every level that serves the address");
        assertEquals(PHYS + 0x201000, machine.read(IOVA + 0x1000));
    }

    @Test
    void walkCache_savesReadsOfRam() {
        Translated machine = Translated.smmu(IoTlbGeometry.smmu(64, 4));
        machine.map(IOVA, PHYS, 0x3000);
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(PHYS + 0x1000, machine.read(IOVA + 0x1000));
        assertEquals(PHYS, machine.read(IOVA));
        assertEquals(List.of(4, 1), machine.levelsRead);
    }

    @Test
    void sysmmu33_keepsAFirstLevelFaultThatLinux314WouldLeaveThere() {
        Translated machine = Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V3_3);
        assertEquals(Translated.STOPPED, machine.read(IOVA));
        machine.map(IOVA, PHYS, 0x1000);
        assertEquals(Translated.STOPPED, machine.read(IOVA), "the erratum that zero_lv2_table works around");

        Translated later = Translated.exynos(Era.V6_1, IoTlbGeometry.EXYNOS_V3_3);
        assertEquals(Translated.STOPPED, later.read(IOVA));
        later.map(IOVA, PHYS, 0x1000);
        assertEquals(PHYS, later.read(IOVA));
    }

    private static long walked(IommuDomain domain, long iova) {
        return domain.translate(new DmaAddr(iova))
                .<Long>fold(mapped -> mapped.address().value(), end -> Translated.STOPPED);
    }

    /** Where the descriptor of the last-level table of {@link #IOVA} stands. */
    private static long lastTableWord(IommuDomain domain) {
        AtomicLong last = new AtomicLong();
        Translation leaf = domain.table().walk(new DmaAddr(IOVA), Access.READ, new WalkMemo() {
            @Override
            public long recall(long descriptor) {
                return NOTHING;
            }

            @Override
            public void read(long descriptor, long word, Found found, long iova, int shift) {
                if (found == Found.TABLE) {
                    last.set(descriptor);
                }
            }
        });
        assertEquals(3, leaf.level());
        return last.get();
    }

    @Test
    void attach_needsADomainThatHearsItsTable() {
        Translated machine = Translated.omap(IoTlbGeometry.OMAP);
        IommuDomain deaf = new IommuDomain(9, machine.domain.table(), Era.V6_1, TraceSink.NONE);
        IommuDevice fresh = machine.unattached();
        assertThrows(IllegalArgumentException.class, () -> fresh.attach(deaf));
        assertThrows(IllegalArgumentException.class, () -> fresh.connect(deaf));
    }
}
