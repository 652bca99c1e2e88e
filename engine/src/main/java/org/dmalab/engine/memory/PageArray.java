package org.dmalab.engine.memory;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/** The pages of a buffer in order ({@code struct page **}). */
public final class PageArray {
    private final long[] pfns;

    private PageArray(long[] pfns) {
        this.pfns = pfns;
    }

    /** The pages whose frame numbers are {@code pfns}, at least one. */
    public static PageArray of(long... pfns) {
        if (pfns.length == 0) {
            throw new IllegalArgumentException("page array must have at least 1 page");
        }
        return new PageArray(pfns.clone());
    }

    /** {@code count} pages from {@code first} on. */
    public static PageArray contiguous(PhysAddr first, int count) {
        long[] pfns = new long[count];
        for (int i = 0; i < count; i++) {
            pfns[i] = first.pfn() + i;
        }
        return of(pfns);
    }

    /** How many. */
    public int count() {
        return pfns.length;
    }

    /** How many bytes they hold. */
    public long bytes() {
        return (long) pfns.length << PageSize.PAGE_SHIFT;
    }

    /** Where page {@code index} begins. */
    public PhysAddr page(int index) {
        return PhysAddr.ofPfn(pfns[index]);
    }

    /** Where byte {@code offset} of the buffer is. */
    public PhysAddr at(long offset) {
        return page(Math.toIntExact(offset >>> PageSize.PAGE_SHIFT)).plus(offset & (PageSize.PAGE_BYTES - 1));
    }

    /** How many pages from {@code index} on follow one another in RAM. */
    public int run(int index) {
        int end = index + 1;
        while (end < pfns.length && pfns[end] == pfns[end - 1] + 1) {
            end++;
        }
        return end - index;
    }

    /** The frame numbers, a copy. */
    public long[] pfns() {
        return pfns.clone();
    }

    /** How many physically contiguous runs the pages form. */
    public int runs() {
        int runs = 0;
        for (int i = 0; i < pfns.length; i += run(i)) {
            runs++;
        }
        return runs;
    }

    /** {@code 2048 pages (8 MiB) in 2 runs from 0x6f000000}. */
    @Override
    public String toString() {
        return count() + (count() == 1 ? " page (" : " pages (") + Bytes.text(bytes()) + ") in " + runs()
                + (runs() == 1 ? " run from " : " runs from ") + page(0);
    }
}
