package org.dmalab.engine.arm;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;

/** Pages of the CMA area whose linear mapping becomes the uncached one ({@code __alloc_from_contiguous}). */
final class CmaMemory implements CoherentMemory {
    private static final String CALLER = "__alloc_from_contiguous";

    private final Platform platform;
    private final CmaArea area;

    CmaMemory(Platform platform) {
        this.platform = platform;
        this.area = platform.cma()
                .orElseThrow(() -> new IllegalArgumentException(
                        "CMA_REMAP needs a CMA area: build the machine with .cma(mib(64)) or so"));
    }

    @Override
    public Outcome<Allocation> alloc(BusMaster device, long bytes, Gfp gfp, MemoryType type) {
        int count = Math.toIntExact(PageSize.pages(bytes));
        return area.dmaAllocFromContiguous(count, PageSize.order(bytes), device.name())
                .then(first -> {
                    PageArray pages = PageArray.contiguous(first, count);
                    platform.clear(first, pages.bytes());
                    Outcome<VirtAddr> address = address(pages, type);
                    if (address.isFailed()) {
                        release(pages);
                    }
                    return address.then(at -> Outcome.done(new Allocation(pages, at)));
                });
    }

    private Outcome<VirtAddr> address(PageArray pages, MemoryType type) {
        if (!platform.isLowmem(pages.page(0))) {
            return platform.kernel().remapDma(pages, type, CALLER);
        }
        return platform.kernel()
                .remapLinear(range(pages), type)
                .then(changed -> Outcome.done(platform.kernel().linear(pages.page(0))));
    }

    @Override
    public void free(Allocation allocation) {
        requireAllocated(allocation.pages());
        if (platform.kernel().isLinear(allocation.address())) {
            Outcome<Long> restored = platform.kernel().restoreLinear(range(allocation.pages()));
            assert !restored.isFailed() : restored;
        } else {
            platform.kernel().vunmap(allocation.address());
        }
        release(allocation.pages());
    }

    /** A page that the area has no longer may be lent to somebody by now. */
    private void requireAllocated(PageArray pages) {
        for (int i = 0; i < pages.count(); i++) {
            if (!area.isAllocated(pages.page(i))) {
                throw new IllegalArgumentException("page was released to CMA area \"" + area.name() + "\""
                        + " by somebody else [page=" + pages.page(i) + "]: " + pages);
            }
        }
    }

    private void release(PageArray pages) {
        boolean released = area.release(pages.page(0), pages.count());
        assert released : "the pages came from this area";
    }

    private static AddrRange<PhysAddr> range(PageArray pages) {
        return new AddrRange<>(pages.page(0), pages.bytes());
    }
}
