package org.dmalab.engine.arm;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.pagetable.Translation;

/**
 * The backend for devices behind an IOMMU ({@code iommu_ops} of {@code arch/arm/mm/dma-mapping.c}): scattered pages become
 * one range of DMA addresses. One instance serves the devices attached to one {@link DmaIommuMapping}.
 */
public final class ArmIommuDmaOps implements DmaMapOps {
    private final Platform platform;
    private final DmaIommuMapping mapping;
    private final IommuBuffers buffers;

    /**
     * The backend of the devices attached to {@code mapping}.
     *
     * @param atomic where those allocate who may not sleep
     */
    public ArmIommuDmaOps(Platform platform, DmaIommuMapping mapping, AtomicMemory atomic) {
        this.platform = platform;
        this.mapping = mapping;
        this.buffers = new IommuBuffers(platform, mapping, atomic);
    }

    /** The domain and addresses it serves from. */
    public DmaIommuMapping mapping() {
        return mapping;
    }

    @Override
    public Outcome<DmaBuffer> alloc(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs) {
        return buffers.alloc(device, bytes, gfp, attrs);
    }

    @Override
    public Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        return buffers.free(buffer, attrs);
    }

    /** QUIRK of Linux 3.6 and 3.14: {@code firstPage} is not looked at, the mapping starts at the buffer's first page. */
    @Override
    public Outcome<UserMapping> mmap(
            BusMaster device,
            DmaBuffer buffer,
            UserAddressSpace process,
            Cpu cpu,
            long firstPage,
            long bytes,
            DmaAttrs attrs) {
        return buffers.mmap(buffer, process, cpu, bytes, attrs);
    }

    @Override
    public Outcome<SgTable> getSgtable(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        return buffers.getSgtable(buffer, attrs);
    }

    @Override
    public Outcome<CoherentPool> declareCoherentMemory(
            BusMaster device, PhysAddr base, DmaAddr deviceBase, long bytes, Set<CoherentPool.Flag> flags) {
        return Outcome.failed(
                new CoherentPool.NotDeclared(
                        Errno.EINVAL,
                        device
                                + " is behind an IOMMU: arm_iommu_alloc_attrs() never looks at a device's own memory, so that declaring it"
                                + " would change nothing; map the region through the IOMMU, or take the device out of its domain"));
    }

    @Override
    public Outcome<DmaAddr> mapPage(
            BusMaster device, PhysAddr phys, long bytes, DmaDirection direction, DmaAttrs attrs) {
        platform.requireRam(phys, bytes);
        if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
            platform.caches().toDevice(phys, bytes, direction);
        }
        long offset = phys.value() & (PageSize.PAGE_BYTES - 1);
        long length = PageSize.pageAlign(bytes + offset);
        return mapping.map(phys.plus(-offset), length).then(iova -> Outcome.done(iova.plus(offset)));
    }

    @Override
    public void unmapPage(BusMaster device, DmaMapping mapped, DmaAttrs attrs) {
        if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
            platform.caches().toCpu(mapped.phys(), mapped.bytes(), mapped.direction());
        }
        mapping.remove(pagesOf(mapped.dmaAddr(), mapped.bytes()));
    }

    private static AddrRange<DmaAddr> pagesOf(DmaAddr dma, long bytes) {
        long offset = dma.value() & (PageSize.PAGE_BYTES - 1);
        return new AddrRange<>(dma.plus(-offset), PageSize.pageAlign(bytes + offset));
    }

    /**
     * {@code __iommu_map_sg}: entries are joined into one range while each but the last ends on a page boundary, each but
     * the first begins on one, and the range stays within {@code maxSegSize}.
     */
    @Override
    public Outcome<SgMapping> mapSg(
            BusMaster device, SgTable table, long maxSegSize, DmaDirection direction, DmaAttrs attrs) {
        List<ScatterList> entries = platform.requireRam(table);
        List<AddrRange<DmaAddr>> segments = new ArrayList<>();
        int first = 0;
        long size = entries.get(0).offset() + entries.get(0).bytes();
        for (int i = 1; i <= entries.size(); i++) {
            if (i < entries.size() && joins(entries.get(i), size, maxSegSize)) {
                size += entries.get(i).bytes();
                continue;
            }
            Outcome<AddrRange<DmaAddr>> segment = mapChunk(entries.subList(first, i), size, direction, attrs);
            if (!(segment instanceof Outcome.Done<AddrRange<DmaAddr>> done)) {
                segments.forEach(range -> mapping.remove(pagesOf(range.start(), range.bytes())));
                return segment.asFailed();
            }
            segments.add(done.value());
            if (i < entries.size()) {
                first = i;
                size = entries.get(i).offset() + entries.get(i).bytes();
            }
        }
        return Outcome.done(new SgMapping(device, table, segments, direction));
    }

    private static boolean joins(ScatterList entry, long size, long maxSegSize) {
        return entry.offset() == 0 && PageSize.SMALL_4K.isAligned(size) && size + entry.bytes() <= maxSegSize;
    }

    /** {@code __map_sg_chunk}: one range of addresses for {@code entries}, which have {@code size} bytes from their page on. */
    private Outcome<AddrRange<DmaAddr>> mapChunk(
            List<ScatterList> entries, long size, DmaDirection direction, DmaAttrs attrs) {
        long length = PageSize.pageAlign(size);
        return mapping.alloc(length).then(iova -> {
            long done = 0;
            for (ScatterList entry : entries) {
                if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
                    platform.caches().toDevice(entry.start(), entry.bytes(), direction);
                }
                long pages = PageSize.pageAlign(entry.offset() + entry.bytes());
                Outcome<AddrRange<DmaAddr>> entered =
                        mapping.domain().map(iova.plus(done), entry.start().plus(-entry.offset()), pages);
                if (entered.isFailed()) {
                    if (done > 0) {
                        mapping.domain().unmap(new AddrRange<>(iova, done)).sync();
                    }
                    mapping.iovas().free(iova, length);
                    return entered.asFailed();
                }
                done += pages;
            }
            long offset = entries.get(0).offset();
            return Outcome.done(new AddrRange<>(iova.plus(offset), size - offset));
        });
    }

    /** {@code __iommu_unmap_sg}: entry by entry, the first of which carry the segments. */
    @Override
    public void unmapSg(BusMaster device, SgMapping mapped, int nents, DmaAttrs attrs) {
        List<ScatterList> entries = mapped.table().entries();
        for (int i = 0; i < nents; i++) {
            if (i < mapped.nents()) {
                AddrRange<DmaAddr> segment = mapped.segments().get(i);
                mapping.remove(pagesOf(segment.start(), segment.bytes()));
            }
            if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
                ScatterList entry = entries.get(i);
                platform.caches().toCpu(entry.start(), entry.bytes(), mapped.direction());
            }
        }
    }

    @Override
    public void syncSgForCpu(BusMaster device, SgMapping mapped) {
        platform.toCpu(mapped);
    }

    @Override
    public void syncSgForDevice(BusMaster device, SgMapping mapped) {
        platform.toDevice(mapped);
    }

    @Override
    public void syncForCpu(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        eachRun(dma, bytes, (phys, length) -> platform.caches().toCpu(phys, length, direction));
    }

    @Override
    public void syncForDevice(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        eachRun(dma, bytes, (phys, length) -> platform.caches().toDevice(phys, length, direction));
    }

    /** Maintenance of one physically contiguous piece. */
    private interface Maintenance {
        void apply(PhysAddr phys, long bytes);
    }

    /** Walks the table ({@code iommu_iova_to_phys}) and joins what is contiguous in RAM. */
    private void eachRun(DmaAddr dma, long bytes, Maintenance maintenance) {
        PhysAddr start = phys(dma);
        long run = 0;
        for (long done = 0; done < bytes; ) {
            DmaAddr at = dma.plus(done);
            PhysAddr phys = phys(at);
            if (!phys.equals(start.plus(run))) {
                maintenance.apply(start, run);
                start = phys;
                run = 0;
            }
            long piece = Math.min(bytes - done, PageSize.PAGE_BYTES - (at.value() & (PageSize.PAGE_BYTES - 1)));
            run += piece;
            done += piece;
        }
        maintenance.apply(start, run);
    }

    private PhysAddr phys(DmaAddr dma) {
        return mapping.domain().translate(dma).fold(Translation.Mapped::address, end -> {
            throw new IllegalArgumentException("nothing is mapped at " + dma + " to be synced");
        });
    }

    @Override
    public long granuleBytes() {
        return mapping.iovas().granuleBytes();
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return mapping.iovas().window();
    }

    @Override
    public String toString() {
        return "iommu_ops, " + mapping.domain();
    }
}
