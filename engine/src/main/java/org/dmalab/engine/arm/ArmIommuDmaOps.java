package org.dmalab.engine.arm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaMapOps;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.pagetable.Translation;

/**
 * The backend for devices behind an IOMMU ({@code iommu_ops} of {@code arch/arm/mm/dma-mapping.c}): scattered pages become
 * one range of DMA addresses. One instance serves the devices attached to one {@link DmaIommuMapping}.
 */
public final class ArmIommuDmaOps implements DmaMapOps {
    private static final String CALLER = "arm_iommu_alloc_attrs";

    private final Platform platform;
    private final DmaIommuMapping mapping;
    private final IommuPages pageSource;
    private final PageArrayMemory arrays;
    private final AtomicMemory atomic;
    /** Of each buffer, by DMA address: where its page array is. */
    private final Map<DmaAddr, VirtAddr> arrayOf = new HashMap<>();

    /**
     * The backend of the devices attached to {@code mapping}.
     *
     * @param atomic where those allocate who may not sleep
     */
    public ArmIommuDmaOps(Platform platform, DmaIommuMapping mapping, AtomicMemory atomic) {
        this.atomic = atomic;
        this.platform = platform;
        this.mapping = mapping;
        this.pageSource = new IommuPages(platform);
        this.arrays = new PageArrayMemory(platform);
    }

    /** The domain and addresses it serves from. */
    public DmaIommuMapping mapping() {
        return mapping;
    }

    @Override
    public Outcome<DmaBuffer> alloc(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs) {
        long freeBefore = platform.pages().freeBytes();
        long count = PageSize.pages(bytes);
        if (platform.isAtomic(gfp)) {
            return allocAtomic(device, bytes, attrs)
                    .fold(
                            Outcome::done,
                            reason -> Outcome.failed(new AllocationFailure(device, bytes, freeBefore, reason)));
        }
        return arrays.alloc(count)
                .then(array -> undoing(allocPages(device, (int) count, array, attrs), () -> arrays.free(array)))
                .fold(
                        Outcome::done,
                        reason -> Outcome.failed(new AllocationFailure(device, bytes, freeBefore, reason)));
    }

    /** {@code __iommu_alloc_atomic}: a part of the pool at its address there, whatever the attributes. */
    private Outcome<DmaBuffer> allocAtomic(BusMaster device, long bytes, DmaAttrs attrs) {
        if (bytes > PageSize.PAGE_BYTES) {
            return Outcome.failed(new BufferRefusal(
                    Errno.ENOMEM,
                    "DMA Lab: __iommu_alloc_atomic: more than a page",
                    "Linux 3.6 to 6.12 passes the address of one page pointer where an array is expected, and would map whatever"
                            + " stands behind it for the pages after the first: allocate a page at a time, or where the caller may"
                            + " sleep"));
        }
        return atomic.alloc(bytes)
                .then(memory -> undoing(mapPages(memory.pages()), () -> atomic.free(memory))
                        .then(iova -> Outcome.done(new DmaBuffer(
                                device,
                                iova,
                                memory.address(),
                                true,
                                memory.pages().bytes(),
                                attrs,
                                memory.pages()))));
    }

    /** {@code __iommu_free_atomic}. */
    private void freeAtomic(DmaBuffer buffer) {
        mapping.remove(new AddrRange<>(buffer.dmaAddr(), buffer.bytes()));
        // QUIRK of Linux 3.6: the linear address is looked for in the pool, which lies elsewhere; the memory is lost.
        if (platform.era().atLeast(Era.V3_14)) {
            atomic.free(new CoherentMemory.Allocation(buffer.pages(), buffer.cpuAddr()));
        }
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

    private Outcome<DmaBuffer> allocPages(BusMaster device, int count, VirtAddr array, DmaAttrs attrs) {
        return pageSource
                .alloc(count)
                .then(pages -> undoing(allocIova(device, pages, array, attrs), () -> platform.freePages(pages)));
    }

    private Outcome<DmaBuffer> allocIova(BusMaster device, PageArray pages, VirtAddr array, DmaAttrs attrs) {
        return mapPages(pages).then(iova -> {
            AddrRange<DmaAddr> range = new AddrRange<>(iova, pages.bytes());
            return undoing(kernelAddress(pages, array, attrs), () -> mapping.remove(range))
                    .then(address -> {
                        arrayOf.put(iova, array);
                        return Outcome.done(new DmaBuffer(
                                device,
                                iova,
                                address,
                                !attrs.has(DmaAttribute.NO_KERNEL_MAPPING),
                                pages.bytes(),
                                attrs,
                                pages));
                    });
        });
    }

    /** One range of addresses for all pages, entered run by run ({@code __iommu_create_mapping}). */
    private Outcome<DmaAddr> mapPages(PageArray pages) {
        return mapping.alloc(pages.bytes()).then(iova -> {
            for (int i = 0; i < pages.count(); ) {
                int run = pages.run(i);
                long done = (long) i << PageSize.PAGE_SHIFT;
                Outcome<AddrRange<DmaAddr>> entered =
                        mapping.domain().map(iova.plus(done), pages.page(i), (long) run << PageSize.PAGE_SHIFT);
                if (entered.isFailed()) {
                    if (done > 0) {
                        mapping.domain().unmap(new AddrRange<>(iova, done)).sync();
                    }
                    mapping.iovas().free(iova, pages.bytes());
                    return entered.asFailed();
                }
                i += run;
            }
            return Outcome.done(iova);
        });
    }

    private Outcome<VirtAddr> kernelAddress(PageArray pages, VirtAddr array, DmaAttrs attrs) {
        if (attrs.has(DmaAttribute.NO_KERNEL_MAPPING)) {
            platform.kernel().addCookie(new AddrRange<>(array, PageSize.pageAlign(4L * pages.count())));
            return Outcome.done(array);
        }
        return platform.kernel().remapDma(pages, type(attrs), CALLER);
    }

    private MemoryType type(DmaAttrs attrs) {
        return platform.policy().type(attrs, platform.coherent());
    }

    /** Runs {@code undo} if {@code outcome} is a failure. */
    private static <T> Outcome<T> undoing(Outcome<T> outcome, Runnable undo) {
        if (outcome.isFailed()) {
            undo.run();
        }
        return outcome;
    }

    @Override
    public Outcome<DmaBuffer> free(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        if (atomic.contains(buffer.pages().page(0))) {
            freeAtomic(buffer);
            return Outcome.done(buffer);
        }
        Outcome<DmaBuffer> known = recognise(buffer, attrs, "free");
        if (known.isFailed()) {
            return known;
        }
        VirtAddr array = arrayOf.get(buffer.dmaAddr());
        if (array == null) {
            throw new AssertionError("no page array was kept for " + buffer);
        }
        platform.requireWhole(buffer);
        arrays.requireWhole(array, buffer);
        arrayOf.remove(buffer.dmaAddr());
        if (buffer.hasKernelMapping()) {
            platform.kernel().vunmap(buffer.cpuAddr());
        } else {
            platform.kernel().removeCookie(array);
        }
        mapping.remove(new AddrRange<>(buffer.dmaAddr(), buffer.bytes()));
        platform.freePages(buffer.pages());
        arrays.free(array);
        return known;
    }

    /**
     * {@code __iommu_get_pages}: with NO_KERNEL_MAPPING the CPU address is taken for the page array, without it for an
     * address in vmalloc whose area has one; the wrong one of the two finds nothing, or garbage.
     */
    private Outcome<DmaBuffer> recognise(DmaBuffer buffer, DmaAttrs attrs, String call) {
        boolean asCookie = attrs.has(DmaAttribute.NO_KERNEL_MAPPING);
        if (atomic.contains(buffer.pages().page(0))) {
            return Outcome.done(buffer);
        }
        if (asCookie == buffer.has(DmaAttribute.NO_KERNEL_MAPPING)) {
            return Outcome.done(buffer);
        }
        String message = call.equals("free")
                ? "trying to free invalid coherent area: " + buffer.cpuAddr()
                : "dma_" + call + ": " + Errno.ENXIO.text();
        String why = asCookie
                ? call
                        + " was given NO_KERNEL_MAPPING for a buffer allocated without it: the kernel would take the buffer's first"
                        + " bytes at " + buffer.cpuAddr() + " for page pointers and crash; drop the attribute"
                : call
                        + " was not given NO_KERNEL_MAPPING, with which the buffer was allocated: the kernel looks for a mapping at"
                        + " the cookie " + buffer.cpuAddr()
                        + " and finds none; pass the attribute to mmap, getSgtable and free as well";
        return Outcome.failed(new BufferRefusal(Errno.ENXIO, message, why));
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
        return recognise(buffer, attrs, "mmap").then(known -> {
            // QUIRK of Linux 3.6 and 3.14: the first page asked for is not looked at, mapping starts at the buffer's
            // first;
            // nor is the length, so a longer mapping would show whatever stands behind the page array.
            long pages = PageSize.pages(bytes);
            int count = buffer.pages().count();
            if (pages > count) {
                return Outcome.failed(new BufferRefusal(
                        Errno.ENXIO,
                        "dma_mmap: " + Errno.ENXIO.text(),
                        "asked to map " + pages + " pages of a buffer of " + count
                                + ": Linux 3.14 would not notice and insert what stands behind the buffer's page array; ask for no"
                                + " more than the buffer has"));
            }
            return process.map(buffer.pages(), 0, (int) pages, type(attrs), "arm_iommu_mmap_attrs")
                    .then(range -> Outcome.done(new UserMapping(process, range, type(attrs), cpu)));
        });
    }

    @Override
    public Outcome<SgTable> getSgtable(BusMaster device, DmaBuffer buffer, DmaAttrs attrs) {
        return recognise(buffer, attrs, "getSgtable")
                .then(known -> Outcome.done(SgTable.fromPages(buffer.pages().pfns(), 0, buffer.bytes())));
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
        return mapping.alloc(length)
                .then(iova -> undoing(
                                mapping.domain().map(iova, phys.plus(-offset), length),
                                () -> mapping.iovas().free(iova, length))
                        .then(range -> Outcome.done(iova.plus(offset))));
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

    /** {@code __iommu_unmap_sg}: entry by entry, the first {@code nents} of which carry the segments. */
    @Override
    public void unmapSg(BusMaster device, SgMapping mapped, DmaAttrs attrs) {
        List<ScatterList> entries = mapped.table().entries();
        for (int i = 0; i < entries.size(); i++) {
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
