package org.dmalab.engine.iommu;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.pagetable.TableRam;
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

    private final IommuCore core;
    private final IommuModel model;
    private final IommuDevice behind;

    private Translated(Era era, IommuModel model, IoTlbGeometry geometry) {
        this.era = era;
        this.model = model;
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
        core = new IommuCore(new IommuCore.Platform(
                era,
                DefaultTranslation.STRICT,
                ram.memory,
                ram.ram,
                pfn -> true,
                new FaultLog(() -> 0, MappingHistory.NONE),
                trace));
        iommu = core.iommu("mmu", new PhysAddr(0x11A20000L), model, geometry);
        behind = behind(iommu);
        domain = TableRam.made(core.allocDomain(behind, DomainType.UNMANAGED));
        behind.connect(domain);
    }

    private IommuDevice behind(Iommu instance) {
        IommuFwspec.Interface only = new IommuFwspec.Interface("", instance, List.of(id()), 0);
        return core.device(device, new IommuFwspec(List.of(only)), List.of());
    }

    static Translated exynos(Era era, IoTlbGeometry geometry) {
        return new Translated(era, IommuModel.EXYNOS_SYSMMU, geometry);
    }

    static Translated omap(IoTlbGeometry geometry) {
        return new Translated(Era.V6_1, IommuModel.OMAP_MMU, geometry);
    }

    static Translated msm() {
        return new Translated(Era.V3_14, IommuModel.MSM_IOMMU, IoTlbGeometry.MSM);
    }

    static Translated tegra(Era era, IoTlbGeometry geometry) {
        return new Translated(era, IommuModel.TEGRA30_SMMU, geometry);
    }

    static Translated smmu(IoTlbGeometry geometry) {
        return new Translated(Era.V6_1, IommuModel.ARM_SMMU_V3, geometry);
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
        return read(iommu, iova);
    }

    long write(long iova) {
        return write(device, iova);
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

    long write(BusMaster master, long iova) {
        return iommu.translateOrFault(master, id(), iova, true);
    }

    /** A second domain, to which nothing is attached. */
    IommuDomain anotherDomain() {
        return TableRam.made(core.allocDomain(behind, DomainType.UNMANAGED));
    }

    Outcome<Attachment> attach(IommuDomain other) {
        return behind.attach(other);
    }

    void detach() {
        behind.disconnect();
    }

    long read(Iommu instance, long iova) {
        return instance.translateOrFault(device, id(), iova, false);
    }

    private int id() {
        return model.equals(IommuModel.TEGRA30_SMMU) ? TegraSwgroup.DC.id() : 0;
    }

    /** A device behind another IOMMU, which no domain was connected to. */
    IommuDevice unattached() {
        return behind(core.iommu("mmu2", new PhysAddr(0x11A30000L), model));
    }

    /** A second IOMMU behind the same domain. */
    Iommu another(IoTlbGeometry geometry) {
        Iommu other = core.iommu("mmu2", new PhysAddr(0x11A30000L), model, geometry);
        behind(other).connect(domain);
        return other;
    }
}
