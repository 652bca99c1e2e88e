package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;

/**
 * A buffer as the pieces it lies in, in the order of its bytes ({@code struct sg_table}).
 *
 * @param entries the pieces, at least one
 */
public record SgTable(List<ScatterList> entries) {
    public SgTable {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            // lib/scatterlist.c: sg_alloc_table of 0 entries is -EINVAL.
            throw new IllegalArgumentException("scatter table must have at least 1 entry");
        }
    }

    /**
     * {@code sg_alloc_table_from_pages}: the pages in order, neighbours in memory merged into one entry of any length.
     *
     * @param pfns the page frames, at least one
     * @param offset where the buffer begins in the first page, 0..4095
     * @param bytes the buffer's length; ends in the last page
     */
    public static SgTable fromPages(long[] pfns, long offset, long bytes) {
        return merge(pfns, offset, bytes, Long.MAX_VALUE);
    }

    /**
     * {@code sg_alloc_table_from_pages_segment} (Linux 4.15 and later): the same with no entry longer than
     * {@code maxSegment}, which is rounded down to whole pages.
     *
     * @param maxSegment the longest entry a device takes, at least 4096 bytes
     */
    public static SgTable fromPages(long[] pfns, long offset, long bytes, long maxSegment) {
        if (maxSegment < PageSize.PAGE_BYTES) {
            throw new IllegalArgumentException("segment limit must be at least one page of 4096 bytes: " + maxSegment);
        }
        return merge(pfns, offset, bytes, maxSegment >>> PageSize.PAGE_SHIFT);
    }

    private static SgTable merge(long[] pfns, long offset, long bytes, long maxPages) {
        checkBuffer(pfns.length, offset, bytes);
        List<ScatterList> entries = new ArrayList<>();
        long left = bytes;
        long skip = offset;
        for (int first = 0; first < pfns.length; ) {
            int end = first + 1;
            while (end < pfns.length && end - first < maxPages && pfns[end] == pfns[end - 1] + 1) {
                end++;
            }
            long room = ((long) (end - first) << PageSize.PAGE_SHIFT) - skip;
            long length = Math.min(left, room);
            entries.add(new ScatterList(PhysAddr.ofPfn(pfns[first]), skip, length));
            left -= length;
            skip = 0;
            first = end;
        }
        return new SgTable(entries);
    }

    private static void checkBuffer(int pages, long offset, long bytes) {
        if (pages == 0) {
            throw new IllegalArgumentException("scatter table must have at least 1 page");
        }
        if (offset < 0 || offset >= PageSize.PAGE_BYTES) {
            throw new IllegalArgumentException("offset must be 0..4095: " + offset);
        }
        long most = ((long) pages << PageSize.PAGE_SHIFT) - offset;
        long least = Math.max(1, most - PageSize.PAGE_BYTES + 1);
        if (bytes < least || bytes > most) {
            throw new IllegalArgumentException("buffer must end in the last of its " + pages + " pages: " + least + ".."
                    + most + " bytes, not " + bytes);
        }
    }

    /** {@code orig_nents}: how many entries describe the memory. */
    public int origNents() {
        return entries.size();
    }

    /** The length of the whole buffer. */
    public long bytes() {
        long sum = 0;
        for (ScatterList entry : entries) {
            sum += entry.bytes();
        }
        return sum;
    }

    /** The length of the longest entry. */
    public long largestEntry() {
        long largest = 0;
        for (ScatterList entry : entries) {
            largest = Math.max(largest, entry.bytes());
        }
        return largest;
    }

    /** {@code 8 MiB in 3 entries from 0x43c00000, the largest 4 MiB}. */
    @Override
    public String toString() {
        return Bytes.text(bytes()) + " in " + origNents() + (origNents() == 1 ? " entry" : " entries") + " from "
                + entries.get(0).start() + ", the largest " + Bytes.text(largestEntry());
    }
}
