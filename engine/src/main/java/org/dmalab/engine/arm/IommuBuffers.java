package org.dmalab.engine.arm;

import java.util.HashMap;
import java.util.Map;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Cpu;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.UserMapping;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.SgTable;

/**
 * The coherent buffers behind one IOMMU ({@code arm_iommu_alloc_attrs} and its companions): of each the array of its
 * pages, the pages, their DMA addresses, and the kernel address or the cookie in its place.
 */
final class IommuBuffers {
    private static final String CALLER = "arm_iommu_alloc_attrs";

    private final Platform platform;
    private final DmaIommuMapping mapping;
    private final IommuPages pageSource;
    private final PageArrayMemory arrays;
    private final AtomicMemory atomic;
    /** Of each buffer, by DMA address: where its page array is. */
    private final Map<DmaAddr, VirtAddr> arrayOf = new HashMap<>();

    /**
     * No buffers yet.
     *
     * @param atomic where those allocate who may not sleep
     */
    IommuBuffers(Platform platform, DmaIommuMapping mapping, AtomicMemory atomic) {
        this.platform = platform;
        this.mapping = mapping;
        this.pageSource = new IommuPages(platform);
        this.arrays = new PageArrayMemory(platform);
        this.atomic = atomic;
    }

    /** {@code arm_iommu_alloc_attrs}: {@code bytes}, rounded up to pages. */
    Outcome<DmaBuffer> alloc(BusMaster device, long bytes, Gfp gfp, DmaAttrs attrs) {
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
                .then(memory -> undoing(mapping.map(memory.pages()), () -> atomic.free(memory))
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
        atomic.requireAllocated(buffer.pages());
        mapping.requireRemovable(new AddrRange<>(buffer.dmaAddr(), buffer.bytes()));
        mapping.remove(new AddrRange<>(buffer.dmaAddr(), buffer.bytes()));
        // QUIRK of Linux 3.6: the linear address is looked for in the pool, which lies elsewhere; the memory is lost.
        if (platform.era().atLeast(Era.V3_14)) {
            atomic.free(new CoherentMemory.Allocation(buffer.pages(), buffer.cpuAddr()));
        }
    }

    private Outcome<DmaBuffer> allocPages(BusMaster device, int count, VirtAddr array, DmaAttrs attrs) {
        return pageSource
                .alloc(count)
                .then(pages -> undoing(allocIova(device, pages, array, attrs), () -> platform.freePages(pages)));
    }

    private Outcome<DmaBuffer> allocIova(BusMaster device, PageArray pages, VirtAddr array, DmaAttrs attrs) {
        return mapping.map(pages).then(iova -> {
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

    /** {@code arm_iommu_free_attrs}: a failure leaves the buffer as it is. */
    Outcome<DmaBuffer> free(DmaBuffer buffer, DmaAttrs attrs) {
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
        mapping.requireRemovable(new AddrRange<>(buffer.dmaAddr(), buffer.bytes()));
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

    /** {@code arm_iommu_mmap_attrs}: shows {@code bytes} from the buffer's first page on. */
    Outcome<UserMapping> mmap(DmaBuffer buffer, UserAddressSpace process, Cpu cpu, long bytes, DmaAttrs attrs) {
        return recognise(buffer, attrs, "mmap").then(known -> {
            // QUIRK of Linux 3.6 and 3.14: the length is not looked at, so a longer mapping would show whatever stands
            // behind the page array.
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

    /** {@code arm_iommu_get_sgtable}: the buffer's pages as a scatter list. */
    Outcome<SgTable> getSgtable(DmaBuffer buffer, DmaAttrs attrs) {
        return recognise(buffer, attrs, "getSgtable")
                .then(known -> Outcome.done(SgTable.fromPages(buffer.pages().pfns(), 0, buffer.bytes())));
    }
}
