package org.dmalab.engine.iommu;

import java.util.List;
import org.dmalab.engine.base.PageSize;
import org.jspecify.annotations.Nullable;

/**
 * Into which pages the core cuts a range ({@code iommu_pgsize}): the largest that is not longer than what is left and divides
 * its addresses; and, from Linux 6.1 on, how many of them one call enters.
 */
final class PageSizing {
    private final PageSize[] sizes;
    private final boolean counts;

    /**
     * For a table that knows {@code sizes}, smallest first.
     *
     * @param counts whether a call may enter many pages ({@code map_pages}); 1 otherwise
     */
    PageSizing(List<PageSize> sizes, boolean counts) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("sizes must have at least 1 page size: []");
        }
        this.sizes = sizes.toArray(new PageSize[0]);
        this.counts = counts;
    }

    PageSize smallest() {
        return sizes[0];
    }

    /**
     * The page to take next.
     *
     * @param addresses input and physical address, one or'ed with the other; the input alone for an unmap
     * @param bytes what is left, at least {@link #smallest}
     */
    PageSize size(long addresses, long bytes) {
        int i = sizes.length - 1;
        while (i > 0 && (Long.compareUnsigned(sizes[i].bytes(), bytes) > 0 || !sizes[i].isAligned(addresses))) {
            i--;
        }
        return sizes[i];
    }

    /**
     * How many pages of {@code size} to take in one call: up to where a larger page fits whole, or to the end.
     *
     * @param differing input and physical address, one xor'ed with the other; 0 for an unmap
     */
    int count(PageSize size, long iova, long differing, long bytes) {
        if (!counts) {
            return 1;
        }
        long run = bytes;
        PageSize next = larger(size);
        if (next != null && next.isAligned(differing)) {
            long toNext = next.bytes() - (iova & next.bytes() - 1);
            long end = toNext + next.bytes();
            if (Long.compareUnsigned(end, toNext) > 0 && Long.compareUnsigned(end, bytes) <= 0) {
                run = toNext;
            }
        }
        return (int) Math.min(run >>> size.shift(), Integer.MAX_VALUE);
    }

    private @Nullable PageSize larger(PageSize size) {
        for (PageSize each : sizes) {
            if (each.shift() > size.shift()) {
                return each;
            }
        }
        return null;
    }
}
