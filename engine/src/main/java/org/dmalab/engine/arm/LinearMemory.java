package org.dmalab.engine.arm;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;

/**
 * One block of lowmem at its linear, cached address ({@code __alloc_simple_buffer}): for devices that see the caches, and
 * for buffers whose driver syncs explicitly.
 */
final class LinearMemory implements CoherentMemory {
    private final Platform platform;

    LinearMemory(Platform platform) {
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
            return Outcome.done(new Allocation(pages, platform.kernel().linear(block)));
        });
    }

    @Override
    public void free(Allocation allocation) {
        platform.freePages(allocation.pages());
    }
}
