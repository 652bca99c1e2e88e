package org.dmalab.engine.arm;

import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.Area;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.cpu.VmallocFailure;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.GfpFlag;
import org.dmalab.engine.memory.PageArray;

/**
 * The memory of the arrays that list a buffer's pages ({@code struct page **}, 4 bytes each). An array of up to 1024
 * pages is {@code kzalloc}ed, here from a page of its own; a longer one is {@code vzalloc}ed and takes vmalloc space.
 */
final class PageArrayMemory {
    private static final int POINTER_BYTES = 4;
    private static final String CALLER = "__iommu_alloc_buffer";

    private final Platform platform;

    PageArrayMemory(Platform platform) {
        this.platform = platform;
    }

    /** Room for {@code count} page pointers, or ENOMEM. */
    Outcome<VirtAddr> alloc(long count) {
        KernelAddressSpace kernel = platform.kernel();
        long bytes = Math.multiplyExact(count, POINTER_BYTES);
        if (bytes <= PageSize.PAGE_BYTES) {
            return page(Gfp.KERNEL).then(page -> Outcome.done(kernel.linear(page)));
        }
        long window = kernel.vmallocWindow().bytes();
        if (bytes >= window) {
            return Outcome.failed(new VmallocFailure(
                    bytes, window - kernel.vmallocUsed(), kernel.vmallocLargestHole(), kernel.vmallocWindow()));
        }
        long[] pfns = new long[(int) PageSize.pages(bytes)];
        for (int i = 0; i < pfns.length; i++) {
            Outcome<PhysAddr> page = page(Gfp.KERNEL.with(GfpFlag.HIGHMEM));
            if (!(page instanceof Outcome.Done<PhysAddr> got)) {
                for (int j = 0; j < i; j++) {
                    platform.pages().free(PhysAddr.ofPfn(pfns[j]), 0);
                }
                return page.asFailed();
            }
            pfns[i] = got.value().pfn();
        }
        PageArray memory = PageArray.of(pfns);
        Outcome<VirtAddr> address = kernel.vmalloc(memory, PageSize.PAGE_BYTES, CALLER);
        if (address.isFailed()) {
            platform.freePages(memory);
        }
        return address;
    }

    /** Refuses an array, that of {@code buffer}, of whose memory somebody else gave a part back. */
    void requireWhole(VirtAddr array, DmaBuffer buffer) {
        String owner = "page array of " + buffer;
        KernelAddressSpace kernel = platform.kernel();
        if (kernel.isLinear(array)) {
            platform.requireInUse(PageArray.of(kernel.physOfLinear(array).pfn()), owner);
            return;
        }
        Area area = kernel.areaAt(array);
        if (area == null || area.pages().isEmpty()) {
            throw new IllegalArgumentException(
                    "vmalloc area was unmapped by somebody else [address=" + array + "]: " + owner);
        }
        platform.requireInUse(area.pages().get(), owner);
    }

    /** Gives back what {@link #alloc} returned. */
    void free(VirtAddr array) {
        Area area = platform.kernel().areaAt(array);
        if (area == null) {
            platform.pages().free(platform.kernel().physOfLinear(array), 0);
        } else {
            platform.kernel().vunmap(array);
            platform.freePages(area.pages().orElseThrow());
        }
    }

    private Outcome<PhysAddr> page(Gfp gfp) {
        Outcome<PhysAddr> page = platform.pages().alloc(0, gfp);
        if (page instanceof Outcome.Done<PhysAddr> got) {
            platform.zero(got.value(), PageSize.PAGE_BYTES);
        }
        return page;
    }
}
