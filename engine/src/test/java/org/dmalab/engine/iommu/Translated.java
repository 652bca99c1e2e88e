package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.ExynosSysmmuTable;
import org.dmalab.engine.pagetable.FlushOps;
import org.dmalab.engine.pagetable.IoPgtableConfig;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.LpaeFormat;
import org.dmalab.engine.pagetable.LpaeTable;
import org.dmalab.engine.pagetable.MsmTable;
import org.dmalab.engine.pagetable.OmapTable;
import org.dmalab.engine.pagetable.PageTable;
import org.dmalab.engine.pagetable.SysmmuVersion;
import org.dmalab.engine.pagetable.TableRam;
import org.dmalab.engine.pagetable.TegraSmmuTable;
import org.dmalab.engine.trace.TraceSink;
import org.dmalab.engine.trace.Tracepoints;

/** One IOMMU, one domain it is attached to, and a device that uses it. */
final class Translated {
    static final long STOPPED = -1;

    final TableRam ram = new TableRam();
    final Tracepoints trace = new Tracepoints();
    final List<Integer> levelsRead = new ArrayList<>();
    int commands;
    final BusMaster device = new BusMaster(0, "dev");
    final Era era;
    final IommuDomain domain;
    final Iommu iommu;

    private Translated(
            Era era, IoTlbGeometry geometry, Function<TableRam, Function<FlushOps, Outcome<PageTable>>> table) {
        this.era = era;
        trace.add(new TraceSink() {
            @Override
            public void tableWalked(BusMaster master, long iova, int levels) {
                levelsRead.add(levels);
            }

            @Override
            public void iotlbInvalidated(int domain, long iova, long bytes, int written) {
                commands += written;
            }
        });
        domain = TableRam.made(IommuDomain.create(3, era, trace, table.apply(ram)));
        iommu = new Iommu("mmu", new PhysAddr(0x11A20000L), geometry, trace);
        if (iommu.attach(domain).isFailed()) {
            throw new AssertionError("nothing was attached before");
        }
    }

    private static Outcome<PageTable> any(Outcome<? extends PageTable> table) {
        return table.then(made -> Outcome.done(made));
    }

    static Translated exynos(Era era, IoTlbGeometry geometry) {
        return new Translated(
                era,
                geometry,
                ram -> flush -> any(ExynosSysmmuTable.create(ram.memory, era, SysmmuVersion.V1_TO_V3, flush)));
    }

    static Translated omap(IoTlbGeometry geometry) {
        return new Translated(Era.V6_1, geometry, ram -> flush -> any(OmapTable.create(ram.memory, Era.V6_1, flush)));
    }

    static Translated msm() {
        return new Translated(
                Era.V3_14, IoTlbGeometry.MSM, ram -> flush -> any(MsmTable.create(ram.memory, Era.V3_14, flush)));
    }

    static Translated tegra(Era era, IoTlbGeometry geometry) {
        return new Translated(
                era, geometry, ram -> flush -> any(TegraSmmuTable.create(ram.memory, era, 32, pfn -> true, flush)));
    }

    static Translated smmu(IoTlbGeometry geometry) {
        IoPgtableConfig config = IoPgtableConfig.of(0x40201000, 48, 48);
        return new Translated(
                Era.V6_1,
                geometry,
                ram -> flush -> any(LpaeTable.create(ram.memory, LpaeFormat.ARM_64_S1, config, flush)));
    }

    void map(long iova, long phys, long bytes) {
        map(iova, phys, bytes, IommuProt.READ_WRITE);
    }

    void map(long iova, long phys, long bytes, IommuProt prot) {
        AddrRange<DmaAddr> mapped = TableRam.made(domain.map(new DmaAddr(iova), new PhysAddr(phys), bytes, prot));
        if (mapped.bytes() != bytes) {
            throw new AssertionError("mapped " + mapped);
        }
    }

    IotlbGather unmap(long iova, long bytes) {
        return domain.unmap(new AddrRange<>(new DmaAddr(iova), bytes));
    }

    long read(long iova) {
        return iommu.translateOrFault(device, iova, false);
    }

    long write(long iova) {
        return iommu.translateOrFault(device, iova, true);
    }

    long hits() {
        return iommu.tlb().statistics().stream()
                .mapToLong(IoTlbStatistics::hits)
                .sum();
    }

    long misses() {
        return iommu.tlb().statistics().stream()
                .mapToLong(IoTlbStatistics::misses)
                .sum();
    }

    /** A second IOMMU behind the same domain. */
    Iommu another(IoTlbGeometry geometry) {
        Iommu other = new Iommu("mmu2", new PhysAddr(0x11A30000L), geometry, TraceSink.NONE);
        if (other.attach(domain).isFailed()) {
            throw new AssertionError("nothing was attached before");
        }
        return other;
    }
}
