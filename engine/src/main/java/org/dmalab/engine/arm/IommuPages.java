package org.dmalab.engine.arm;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.GfpFlag;
import org.dmalab.engine.memory.PageArray;

/** Where the pages of an IOMMU buffer come from: large blocks first, smaller ones when there are none left. */
final class IommuPages {
    private final Platform platform;

    IommuPages(Platform platform) {
        this.platform = platform;
    }

    /** {@code count} cleared pages, split so that each can be freed alone; ENOMEM gives everything back. */
    Outcome<PageArray> alloc(int count) {
        long[] pfns = new long[count];
        for (int done = 0; done < count; ) {
            int order = floorOrder(count - done);
            Outcome<PhysAddr> block = platform.pages().alloc(order, gfp());
            while (block.isFailed() && order > 0) {
                order--;
                block = platform.pages().alloc(order, gfp());
            }
            if (!(block instanceof Outcome.Done<PhysAddr> got)) {
                freeFirst(pfns, done);
                return block.asFailed();
            }
            platform.clear(got.value(), PageSize.PAGE_BYTES << order);
            for (int i = 0; i < 1 << order; i++) {
                pfns[done++] = got.value().pfn() + i;
            }
        }
        return Outcome.done(PageArray.of(pfns));
    }

    /** {@code __fls}: the largest order whose block is not longer than {@code pages}. */
    private static int floorOrder(int pages) {
        return 31 - Integer.numberOfLeadingZeros(pages);
    }

    /** {@code __GFP_HIGHMEM} since Linux 3.14: the kernel needs no linear address for these pages. */
    private Gfp gfp() {
        return platform.era().atLeast(Era.V3_14) ? Gfp.KERNEL.with(GfpFlag.HIGHMEM) : Gfp.KERNEL;
    }

    private void freeFirst(long[] pfns, int count) {
        for (int i = 0; i < count; i++) {
            platform.pages().free(PhysAddr.ofPfn(pfns[i]), 0);
        }
    }
}
