package org.dmalab.engine.arm;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;

/** Where the pages of a coherent buffer and its uncached CPU address come from; one for each {@link CoherentMapping}. */
interface CoherentMemory {
    /**
     * Cleared, contiguous pages that the CPU sees as one memory type.
     *
     * @param address where it sees them
     */
    record Allocation(PageArray pages, VirtAddr address) {}

    /**
     * {@code bytes} for {@code device}, rounded up to pages; a failure leaves everything as it was.
     *
     * @param gfp how pages may be got; CMA takes no notice of it
     */
    Outcome<Allocation> alloc(BusMaster device, long bytes, Gfp gfp, MemoryType type);

    /** Gives back what {@link #alloc} returned. */
    void free(Allocation allocation);

    /** The memory of {@code platform}'s way. */
    static CoherentMemory of(Platform platform) {
        return switch (platform.coherentMapping()) {
            case CONSISTENT_REGION -> new ConsistentMemory(platform);
            case VMALLOC, UNMAP_LINEAR, HIGHMEM -> new RemappedMemory(platform, platform.coherentMapping());
            case CMA_REMAP -> new CmaMemory(platform);
        };
    }
}
