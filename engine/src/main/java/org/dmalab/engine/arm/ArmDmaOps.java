package org.dmalab.engine.arm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
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
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;

/**
 * The backend for a device that sees physical addresses: {@code arm_dma_ops}, or {@code arm_coherent_dma_ops} if its node
 * says {@code dma-coherent}, which leaves the caches alone and hands out cached memory. The second table came with Linux
 * 3.7; before it, such a device is treated like any other. Buffers are contiguous; those of a device with memory of its own
 * come from there first, those of a caller who may not sleep from the atomic pool, and {@link CoherentMapping} says where the
 * others come from. NO_KERNEL_MAPPING has no effect here: up to Linux 3.14 it had one only
 * behind an IOMMU.
 */
public final class ArmDmaOps implements DmaMapOps {
    private final Platform platform;
    /** What the device tree says; {@link #coherent} is what this kernel makes of it. */
    private final boolean claimed;

    private final boolean coherent;
    private final CoherentMemory uncached;
    private final CoherentMemory cached;
    private final AtomicMemory atomic;
    /** The memory of each device that has some of its own. */
    private final Map<BusMaster, DeviceMemory> own = new HashMap<>();

    /**
     * The backend of {@code platform}.
     *
     * @param claimed whether the device tree claims that the device sees the caches; the wire decides whether it does
     * @param atomic where those allocate who may not sleep
     */
    public ArmDmaOps(Platform platform, boolean claimed, AtomicMemory atomic) {
        this.platform = platform;
        this.claimed = claimed;
        this.coherent = claimed && platform.era().atLeast(Era.V3_14);
        this.atomic = atomic;
        this.uncached = CoherentMemory.of(platform);
        this.cached = new LinearMemory(platform);
    }

    /** Whether it leaves the caches alone ({@code arm_coherent_dma_ops}). */
    public boolean isCoherent() {
        return coherent;
    }

    @Override
    public Outcome<DmaBuffer> alloc(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs) {
        long freeBefore = platform.pages().freeBytes();
        DeviceMemory region = own.get(device);
        Outcome<CoherentMemory.Allocation> got =
                region == null ? ordinary(device, bytes, gfp, attrs) : region.alloc(bytes);
        if (region != null && DeviceMemory.fallsThrough(got)) {
            got = ordinary(device, bytes, gfp, attrs);
        }
        return got.fold(
                memory -> Outcome.done(new DmaBuffer(
                        device,
                        dmaAddr(device, memory.pages().page(0)),
                        memory.address(),
                        true,
                        memory.pages().bytes(),
                        attrs,
                        memory.pages())),
                reason -> Outcome.failed(new AllocationFailure(device, bytes, freeBefore, reason)));
    }

    /** {@code __dma_alloc}: a coherent device gets linear pages, one who may not sleep a part of the pool. */
    private Outcome<CoherentMemory.Allocation> ordinary(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs) {
        return type(attrs) != MemoryType.WRITE_BACK && platform.isAtomic(gfp)
                ? atomic.alloc(bytes)
                : memory(attrs).alloc(device, bytes, gfp, type(attrs));
    }

    private DmaAddr dmaAddr(BusMaster device, PhysAddr phys) {
        DeviceMemory region = own.get(device);
        return region != null && region.contains(phys) ? region.deviceAddress(phys) : new DmaAddr(phys.value());
    }

    @Override
    public Outcome<CoherentPool> declareCoherentMemory(
            BusMaster device, PhysAddr base, DmaAddr deviceBase, long bytes, Set<CoherentPool.Flag> flags) {
        return DeviceMemory.declare(platform, Optional.ofNullable(own.get(device)), base, deviceBase, bytes, flags)
                .then(region -> {
                    own.put(device, region);
                    return Outcome.done(region.pool());
                });
    }

    private MemoryType type(DmaAttrs attrs) {
        return coherent ? MemoryType.WRITE_BACK : platform.policy().type(attrs, platform.coherent());
    }

    private CoherentMemory memory(DmaAttrs attrs) {
        return type(attrs) == MemoryType.WRITE_BACK ? cached : uncached;
    }

    @Override
    public Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        CoherentMemory.Allocation memory = new CoherentMemory.Allocation(buffer.pages(), buffer.cpuAddr());
        PhysAddr first = buffer.pages().page(0);
        DeviceMemory region = own.get(device);
        if (region != null && region.contains(first)) {
            region.free(memory);
        } else if (atomic.contains(first)) {
            atomic.free(memory);
        } else {
            platform.requireWhole(buffer);
            memory(buffer.attrs()).free(memory);
        }
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
        DeviceMemory region = own.get(device);
        if (region != null) {
            Outcome<Boolean> fromRegion = region.pool().mmap(buffer.pages().page(0), buffer.bytes(), firstPage, pages);
            if (fromRegion.isFailed()) {
                return fromRegion.asFailed();
            }
        }
        if (firstPage >= count || pages > count - firstPage) {
            return Outcome.failed(new BufferRefusal(
                    Errno.ENXIO,
                    "dma_mmap: " + Errno.ENXIO.text(),
                    "asked to map " + pages + " pages from page " + firstPage + " of a buffer of " + count
                            + " pages: the range must lie inside the buffer"));
        }
        // arm_dma_mmap, __get_dma_pgprot (Linux 3.6 to 3.14): both tables share it, so that a process sees the buffer
        // of a coherent device uncached too, beside the kernel's cached address.
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
    public void unmapSg(BusMaster device, SgMapping mapping, int nents, DmaAttrs attrs) {
        if (maintains(attrs)) {
            platform.toCpu(mapping, nents);
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
        if (coherent) {
            return "arm_coherent_dma_ops";
        }
        return claimed
                ? "arm_dma_ops, dma-coherent is ignored: " + platform.era()
                        + " has no arm_coherent_dma_ops, which came with 3.7"
                : "arm_dma_ops";
    }
}
