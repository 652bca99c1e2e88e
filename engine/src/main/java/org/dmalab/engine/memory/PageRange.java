package org.dmalab.engine.memory;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * Page frames in a row.
 *
 * @param startPfn the first
 * @param pages how many, at least 1
 */
public record PageRange(long startPfn, long pages) {
    public PageRange {
        if (startPfn < 0 || pages < 1 || startPfn > (Long.MAX_VALUE >> PageSize.PAGE_SHIFT) - pages) {
            throw new IllegalArgumentException("page range must have at least 1 page of the address space [start pfn="
                    + Addresses.hex(startPfn) + "] [pages=" + pages + "]");
        }
    }

    /** The whole pages of {@code range}, which is page-aligned. */
    public static PageRange of(AddrRange<PhysAddr> range) {
        if (((range.start().value() | range.bytes()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException("range must be page-aligned: " + range);
        }
        return new PageRange(range.start().pfn(), range.bytes() >>> PageSize.PAGE_SHIFT);
    }

    /** The page frame behind the last. */
    public long endPfn() {
        return startPfn + pages;
    }

    /** {@code 1 page}, {@code 512 pages}. */
    static String count(long pages) {
        return pages == 1 ? "1 page" : pages + " pages";
    }

    static void checkAscending(List<PageRange> ranges) {
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("zone must have at least 1 page: no ranges");
        }
        for (int i = 1; i < ranges.size(); i++) {
            if (ranges.get(i).startPfn() < ranges.get(i - 1).endPfn()) {
                throw new IllegalArgumentException(
                        "page ranges must ascend and not overlap: " + ranges.get(i - 1) + ", " + ranges.get(i));
            }
        }
    }
}
