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
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;

/**
 * The backend for a device that sees physical addresses: {@code arm_dma_ops}, or {@code arm_coherent_dma_ops} if its node
 * says {@code dma-coherent}, which leaves the caches alone and hands out cached memory. Buffers are contiguous;
 * {@link CoherentMapping} says where they come from. NO_KERNEL_MAPPING has no effect here: up to Linux 3.14 it had one only
 * behind an IOMMU.
 */
public final class ArmDmaOps implements DmaMapOps {
    private final Platform platform;
    private final boolean coherent;
    private final CoherentMemory uncached;
    private final CoherentMemory cached;

    /**
     * The backend of {@code platform}.
     *
     * @param coherent whether the device tree claims that the device sees the caches; the wire decides whether it does
     */
    public ArmDmaOps(Platform platform, boolean coherent) {
        this.platform = platform;
        this.coherent = coherent;
        this.uncached = CoherentMemory.of(platform);
        this.cached = new LinearMemory(platform);
    }

    @Override
    public Outcome<DmaBuffer> alloc(BusMaster device, long bytes, DmaAttrs attrs) {
        long freeBefore = platform.pages().freeBytes();
        return memory(attrs)
                .alloc(device, bytes, type(attrs))
                .fold(
                        got -> Outcome.done(new DmaBuffer(
                                device,
                                new DmaAddr(got.pages().page(0).value()),
                                got.address(),
                                true,
                                got.pages().bytes(),
                                attrs,
                                got.pages())),
                        reason -> Outcome.failed(new AllocationFailure(device, bytes, freeBefore, reason)));
    }

    private MemoryType type(DmaAttrs attrs) {
        return coherent ? MemoryType.WRITE_BACK : platform.policy().type(attrs, platform.coherent());
    }

    private CoherentMemory memory(DmaAttrs attrs) {
        return type(attrs) == MemoryType.WRITE_BACK ? cached : uncached;
    }

    @Override
    public Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        platform.requireWhole(buffer);
        memory(buffer.attrs()).free(new CoherentMemory.Allocation(buffer.pages(), buffer.cpuAddr()));
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
        MemoryType type = type(attrs);
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
        if (maintains(attrs)) {
            platform.caches().toDevice(phys, bytes, direction);
        }
        return Outcome.done(new DmaAddr(phys.value()));
    }

    @Override
    public void unmapPage(BusMaster device, DmaMapping mapping, DmaAttrs attrs) {
        if (maintains(attrs)) {
            platform.caches().toCpu(mapping.phys(), mapping.bytes(), mapping.direction());
        }
    }

    @Override
    public Outcome<SgMapping> mapSg(
            BusMaster device, SgTable table, long maxSegSize, DmaDirection direction, DmaAttrs attrs) {
        List<AddrRange<DmaAddr>> segments = new ArrayList<>();
        for (ScatterList entry : platform.requireRam(table)) {
            if (maintains(attrs)) {
                platform.caches().toDevice(entry.start(), entry.bytes(), direction);
            }
            segments.add(new AddrRange<>(new DmaAddr(entry.start().value()), entry.bytes()));
        }
        return Outcome.done(new SgMapping(device, table, segments, direction));
    }

    private boolean maintains(DmaAttrs attrs) {
        return !coherent && !attrs.has(DmaAttribute.SKIP_CPU_SYNC);
    }

    @Override
    public void unmapSg(BusMaster device, SgMapping mapping, DmaAttrs attrs) {
        if (maintains(attrs)) {
            syncSgForCpu(device, mapping);
        }
    }

    @Override
    public void syncSgForCpu(BusMaster device, SgMapping mapping) {
        if (!coherent) {
            platform.toCpu(mapping);
        }
    }

    @Override
    public void syncSgForDevice(BusMaster device, SgMapping mapping) {
        if (!coherent) {
            platform.toDevice(mapping);
        }
    }

    @Override
    public void syncForCpu(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        if (!coherent) {
            platform.caches().toCpu(new PhysAddr(dma.value()), bytes, direction);
        }
    }

    @Override
    public void syncForDevice(BusMaster device, DmaAddr dma, long bytes, DmaDirection direction) {
        if (!coherent) {
            platform.caches().toDevice(new PhysAddr(dma.value()), bytes, direction);
        }
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
        return coherent ? "arm_coherent_dma_ops" : "arm_dma_ops";
    }
}
