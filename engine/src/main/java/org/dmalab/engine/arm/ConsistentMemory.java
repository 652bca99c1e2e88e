package org.dmalab.engine.arm;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.ConsistentRegion;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;

/** One block of the page allocator, mapped in the consistent region of Linux 3.4 ({@code __dma_alloc_remap}). */
final class ConsistentMemory implements CoherentMemory {
    private static final String CALLER = "__dma_alloc";

    private final Platform platform;

    ConsistentMemory(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Outcome<Allocation> alloc(BusMaster device, long bytes, Gfp gfp, MemoryType type) {
        int order = PageSize.order(bytes);
        return platform.pages().alloc(order, gfp).then(block -> {
            int count = Math.toIntExact(PageSize.pages(bytes));
            platform.freeTail(block, order, count);
            PageArray pages = PageArray.contiguous(block, count);
            platform.clear(block, pages.bytes());
            Outcome<VirtAddr> mapped = region().alloc(pages, type, CALLER);
            if (mapped.isFailed()) {
                platform.freePages(pages);
            }
            return mapped.then(address -> Outcome.done(new Allocation(pages, address)));
        });
    }

    @Override
    public void free(Allocation allocation) {
        Outcome<ConsistentRegion.Freed> freed =
                region().free(allocation.address(), allocation.pages().bytes());
        assert !freed.isFailed() : freed;
        platform.freePages(allocation.pages());
    }

    private ConsistentRegion region() {
        return platform.kernel()
                .consistentRegion()
                .orElseThrow(() -> new AssertionError("a machine of this kind is built with a consistent region"));
    }
}
