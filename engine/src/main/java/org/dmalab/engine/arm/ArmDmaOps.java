package org.dmalab.engine.arm;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.memory.ZoneKind;

/**
 * The backend for a non-coherent device that sees physical addresses ({@code arm_dma_ops}). Buffers are contiguous, from
 * lowmem, and remapped in the vmalloc area, as a kernel without CMA does it; their cacheable linear addresses stay.
 * NO_KERNEL_MAPPING has no effect here: up to Linux 3.14 it had one only behind an IOMMU.
 */
public final class ArmDmaOps implements DmaMapOps {
    private static final String CALLER = "arm_dma_alloc";

    private final Platform platform;

    /** The backend of {@code platform}. */
    public ArmDmaOps(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Outcome<DmaBuffer> alloc(BusMaster device, long bytes, DmaAttrs attrs) {
        long freeBefore = platform.pages().freeBytes();
        Outcome<DmaBuffer> buffer = platform.pages()
                .alloc(PageSize.order(bytes), ZoneKind.NORMAL, MigrateType.UNMOVABLE)
                .then(block -> {
                    PageArray pages = takePages(block, bytes);
                    platform.clear(block, pages.bytes());
                    Outcome<VirtAddr> mapped = kernelAddress(pages, attrs);
                    if (mapped.isFailed()) {
                        platform.freePages(pages);
                    }
                    return mapped.then(address -> Outcome.done(new DmaBuffer(
                            device, new DmaAddr(block.value()), address, true, pages.bytes(), attrs, pages)));
                });
        return buffer.fold(
                Outcome::done, reason -> Outcome.failed(new AllocationFailure(device, bytes, freeBefore, reason)));
    }

    /** Splits the block and gives back what lies beyond the buffer ({@code __dma_alloc_buffer}). */
    private PageArray takePages(PhysAddr block, long bytes) {
        int count = Math.toIntExact(PageSize.pages(bytes));
        platform.freeTail(block, PageSize.order(bytes), count);
        return PageArray.contiguous(block, count);
    }

    private Outcome<VirtAddr> kernelAddress(PageArray pages, DmaAttrs attrs) {
        MemoryType type = platform.policy().type(attrs, platform.coherent());
        if (type == MemoryType.WRITE_BACK) {
            return Outcome.done(platform.kernel().linear(pages.page(0)));
        }
        return platform.kernel().remapDma(new AddrRange<>(pages.page(0), pages.bytes()), type, CALLER);
    }

    @Override
    public Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        if (!platform.kernel().isLinear(buffer.cpuAddr())) {
            platform.kernel().vunmap(buffer.cpuAddr());
        }
        platform.freePages(buffer.pages());
        return Outcome.done(buffer);
    }

    @Override
    public Outcome<UserMapping> mmap(
            BusMaster device,
            DmaBuffer buffer,
            UserAddressSpace process,
            Cpu cpu,
            long firstPage,
            long bytes,
            DmaAttrs attrs) {
        long pages = PageSize.pages(bytes);
        int count = buffer.pages().count();
        if (firstPage >= count || pages > count - firstPage) {
            return Outcome.failed(new BufferRefusal(
                    Errno.ENXIO,
                    "dma_mmap: " + Errno.ENXIO.text(),
                    "asked to map " + pages + " pages from page " + firstPage + " of a buffer of " + count
                            + " pages: the range must lie inside the buffer"));
        }
        MemoryType type = platform.policy().type(attrs, platform.coherent());
        return process.map(buffer.pages(), (int) firstPage, (int) pages, type, "arm_dma_mmap")
                .then(range -> Outcome.done(new UserMapping(process, range, type, cpu)));
    }

    @Override
    public Outcome<SgTable> getSgtable(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        return Outcome.done(SgTable.fromPages(buffer.pages().pfns(), 0, buffer.bytes()));
    }

    @Override
    public Outcome<DmaAddr> mapPage(
            BusMaster device, PhysAddr phys, long bytes, DmaDirection direction, DmaAttrs attrs) {
        platform.requireRam(phys, bytes);
        if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
            platform.caches().toDevice(phys, bytes, direction);
        }
        return Outcome.done(new DmaAddr(phys.value()));
    }

    @Override
    public void unmapPage(BusMaster device, DmaMapping mapping, DmaAttrs attrs) {
        if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
            platform.caches().toCpu(mapping.phys(), mapping.bytes(), mapping.direction());
        }
    }

    @Override
    public Outcome<SgMapping> mapSg(
            BusMaster device, SgTable table, long maxSegSize, DmaDirection direction, DmaAttrs attrs) {
        List<AddrRange<DmaAddr>> segments = new ArrayList<>();
        for (ScatterList entry : platform.requireRam(table)) {
            if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
                platform.caches().toDevice(entry.start(), entry.bytes(), direction);
            }
            segments.add(new AddrRange<>(new DmaAddr(entry.start().value()), entry.bytes()));
        }
        return Outcome.done(new SgMapping(device, table, segments, direction));
    }

    @Override
    public void unmapSg(BusMaster device, SgMapping mapping, DmaAttrs attrs) {
        if (!attrs.has(DmaAttribute.SKIP_CPU_SYNC)) {
            syncSgForCpu(device, mapping);
        }
    }

    @Override
    public void syncSgForCpu(BusMaster device, SgMapping mapping) {
        platform.toCpu(mapping);
    }

    @Override
    public void syncSgForDevice(BusMaster device, SgMapping mapping) {
        platform.toDevice(mapping);
    }

    @Override
    public void syncForCpu(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        platform.caches().toCpu(new PhysAddr(dma.value()), bytes, direction);
    }

    @Override
    public void syncForDevice(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        platform.caches().toDevice(new PhysAddr(dma.value()), bytes, direction);
    }

    /** A byte: addresses are not handed out. */
    @Override
    public long granuleBytes() {
        return 1;
    }

    /** The first bank of RAM: bus addresses are physical ones. */
    @Override
    public AddrRange<DmaAddr> window() {
        AddrRange<PhysAddr> bank = platform.ram().banks().get(0);
        return new AddrRange<>(new DmaAddr(bank.start().value()), bank.bytes());
    }

    @Override
    public String toString() {
        return "arm_dma_ops";
    }
}
