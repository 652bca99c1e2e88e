package org.dmalab.engine.arm;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.GfpFlag;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.ZoneKind;

/** One block of the page allocator, mapped in the vmalloc area ({@code __alloc_remap_buffer}). */
final class RemappedMemory implements CoherentMemory {
    private static final String CALLER = "arm_dma_alloc";

    private final Platform platform;
    private final CoherentMapping way;

    RemappedMemory(Platform platform, CoherentMapping way) {
        this.platform = platform;
        this.way = way;
    }

    @Override
    public Outcome<Allocation> alloc(BusMaster device, long bytes, Gfp gfp, MemoryType type) {
        int order = PageSize.order(bytes);
        return block(order, gfp).then(block -> {
            int count = Math.toIntExact(PageSize.pages(bytes));
            platform.freeTail(block, order, count);
            PageArray pages = PageArray.contiguous(block, count);
            platform.clear(block, pages.bytes());
            Outcome<VirtAddr> mapped = platform.kernel().remapDma(pages, type, CALLER);
            if (mapped.isFailed()) {
                platform.freePages(pages);
            } else if (way == CoherentMapping.UNMAP_LINEAR) {
                platform.kernel().splitSections(linear(pages));
                done(platform.kernel().unmapLinear(linear(pages)));
            }
            return mapped.then(address -> Outcome.done(new Allocation(pages, address)));
        });
    }

    private Outcome<PhysAddr> block(int order, Gfp gfp) {
        if (way != CoherentMapping.HIGHMEM) {
            return platform.pages().alloc(order, gfp);
        }
        return platform.pages().alloc(order, gfp.with(GfpFlag.HIGHMEM)).then(block -> {
            if (platform.pages().zoneOf(block).kind() == ZoneKind.HIGHMEM) {
                return Outcome.done(block);
            }
            platform.pages().free(block, order);
            return Outcome.failed(new NoHighmem(order));
        });
    }

    @Override
    public void free(Allocation allocation) {
        platform.kernel().vunmap(allocation.address());
        if (way == CoherentMapping.UNMAP_LINEAR) {
            done(platform.kernel().restoreLinear(linear(allocation.pages())));
        }
        platform.freePages(allocation.pages());
    }

    /** The sections were split before, so nothing refuses. */
    private static void done(Outcome<Long> changed) {
        assert !changed.isFailed() : changed;
    }

    private static AddrRange<PhysAddr> linear(PageArray pages) {
        return new AddrRange<>(pages.page(0), pages.bytes());
    }
}
