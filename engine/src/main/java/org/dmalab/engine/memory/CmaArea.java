package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.trace.TraceSink;
import org.jspecify.annotations.Nullable;

/**
 * A contiguous memory area ({@code struct cma}; {@code drivers/base/dma-contiguous.c} until 3.16, {@code mm/cma.c} since):
 * pages reserved at boot, lent to movable users, and emptied of them when somebody needs many in a row.
 *
 * <p>Made by {@link CmaReservations#activate}. The counters and the bitmap are what debugfs and sysfs show since 6.x.
 */
public final class CmaArea {
    /** {@code CONFIG_CMA_ALIGNMENT} by default: callers cap the alignment they ask for at this order, 1 MiB. */
    public static final int CONFIG_CMA_ALIGNMENT = 8;

    private static final int MOST_ALIGN_ORDER = 20;

    private final String name;
    private final int number;
    private final long basePfn;
    private final long pages;
    private final int orderPerBit;
    private final Era era;
    private final BuddyAllocator buddy;
    private final PageFrames frames;
    private final TraceSink trace;
    private final ContigRange range;
    private final CmaBitmap bitmap;
    /** Who has the page of each bit, as told when it was allocated. */
    private final @Nullable String[] labels;

    private long allocPagesSuccess;
    private long allocPagesFail;
    private long releasePagesSuccess;

    CmaArea(CmaReservation reservation, BuddyAllocator buddy, PageFrames frames, Era era, TraceSink trace) {
        name = reservation.name();
        number = reservation.area();
        basePfn = reservation.range().start().pfn();
        pages = reservation.range().bytes() >>> PageSize.PAGE_SHIFT;
        orderPerBit = reservation.orderPerBit();
        this.buddy = buddy;
        this.frames = frames;
        this.era = era;
        this.trace = trace;
        range = new ContigRange(buddy, frames);
        bitmap = new CmaBitmap(basePfn, pages, orderPerBit, era);
        labels = new String[bitmap.bits()];
    }

    /** Its name, {@code reserved} for the one of the DMA layer. */
    public String name() {
        return name;
    }

    /** Its number in trace events, from 0. */
    public int number() {
        return number;
    }

    /** Its first byte. */
    public PhysAddr base() {
        return PhysAddr.ofPfn(basePfn);
    }

    /** How many pages it has ({@code count} in debugfs). */
    public long pages() {
        return pages;
    }

    /** Each bit of the bitmap stands for {@code 2^orderPerBit} pages. */
    public int orderPerBit() {
        return orderPerBit;
    }

    /** The Linux whose rules it follows. */
    public Era era() {
        return era;
    }

    /** Pages in allocations ({@code used} in debugfs). */
    public long usedPages() {
        return bitmap.usedPages();
    }

    /** The longest run of pages in no allocation ({@code maxchunk}). */
    public long maxChunkPages() {
        return bitmap.longestRun();
    }

    /** The bitmap in words of 32 bits, as debugfs prints them in decimal. */
    public long[] bitmapWords() {
        return bitmap.words();
    }

    /** Pages allocated so far ({@code alloc_pages_success} in sysfs). */
    public long allocPagesSuccess() {
        return allocPagesSuccess;
    }

    /** Pages that were asked for in vain ({@code alloc_pages_fail}); requests beyond the area's size do not count. */
    public long allocPagesFail() {
        return allocPagesFail;
    }

    /** Pages released so far ({@code release_pages_success}). */
    public long releasePagesSuccess() {
        return releasePagesSuccess;
    }

    /**
     * {@code dma_alloc_from_contiguous}: {@link #alloc} as the DMA layer calls it, with the alignment capped at
     * {@link #CONFIG_CMA_ALIGNMENT}.
     */
    public Outcome<PhysAddr> dmaAllocFromContiguous(long count, int order, String label) {
        return alloc(count, Math.min(order, CONFIG_CMA_ALIGNMENT), label);
    }

    /** {@link #alloc(long, int, String)} for somebody without a name. */
    public Outcome<PhysAddr> alloc(long count, int alignOrder) {
        return alloc(count, alignOrder, "");
    }

    /**
     * {@code cma_alloc}: takes {@code count} pages in a row, first fit from the area's start. Pages lent to movable users are
     * moved away; where one cannot be, the next aligned place is tried.
     *
     * @param count pages; 0 or more than the area has fails without a search
     * @param alignOrder the place is a multiple of {@code 2^alignOrder} pages, counted from the area's start until 3.14 and
     *     from address 0 in 6.x
     * @param label who, for pictures
     * @return the first byte, or a {@link CmaFailure}
     */
    public Outcome<PhysAddr> alloc(long count, int alignOrder, String label) {
        Objects.requireNonNull(label, "label");
        if (count < 0) {
            throw new IllegalArgumentException("count must not be negative: " + count);
        }
        if (alignOrder < 0 || alignOrder > MOST_ALIGN_ORDER) {
            throw new IllegalArgumentException("align order must be 0.." + MOST_ALIGN_ORDER + ": " + alignOrder);
        }
        trace.cmaAllocStarted(number, count, alignOrder);
        if (count == 0 || count > pages) {
            return Outcome.failed(failure(Errno.ENOMEM, count, alignOrder, List.of(), ""));
        }
        long from = 0;
        long tried = -1;
        List<CmaFailure.Candidate> candidates = new ArrayList<>(0);
        Errno errno = Errno.ENOMEM;
        String warning = "";
        while (true) {
            long bit = bitmap.findRun(from, count, alignOrder);
            if (bit == PageBitmap.NONE) {
                break;
            }
            tried = bitmap.pfn(bit);
            ContigRange.Result result = range.alloc(tried, count);
            if (result == ContigRange.Result.TAKEN) {
                return Outcome.done(taken((int) bit, count, alignOrder, label));
            }
            candidates.add(new CmaFailure.Candidate(tried, range.obstacles()));
            if (result == ContigRange.Result.NO_TARGET) {
                errno = Errno.ENOMEM;
                break;
            }
            errno = Errno.EBUSY;
            if (result == ContigRange.Result.NOT_ISOLATED && !era.atLeast(Era.V6_1)) {
                warning = "alloc_contig_range test_pages_isolated(" + Long.toHexString(range.warnedFrom()) + ", "
                        + Long.toHexString(tried + count) + ") failed";
            }
            trace.cmaBusyRetry(number, tried, count, alignOrder);
            from = bitmap.nextAligned(bit, alignOrder);
        }
        allocPagesFail += count;
        trace.cmaAllocFinished(number, tried, count, alignOrder, errno.number());
        return Outcome.failed(failure(errno, count, alignOrder, candidates, warning));
    }

    private PhysAddr taken(int bit, long count, int alignOrder, String label) {
        int bits = bitmap.bitsOf(count);
        bitmap.set(bit, bits);
        for (int i = bit; i < bit + bits; i++) {
            labels[i] = label;
        }
        allocPagesSuccess += count;
        long pfn = bitmap.pfn(bit);
        trace.cmaAllocFinished(number, pfn, count, alignOrder, 0);
        return PhysAddr.ofPfn(pfn);
    }

    /**
     * {@code cma_release}: gives pages back, all or a part of what was allocated.
     *
     * @return false if {@code start} lies outside the area: the pages came from elsewhere
     * @throws IllegalArgumentException if the range runs past the area's end or is not allocated
     */
    public boolean release(PhysAddr start, long count) {
        long pfn = Objects.requireNonNull(start, "start").pfn();
        if (pfn < basePfn || pfn >= basePfn + pages) {
            return false;
        }
        if (count < 1 || count > basePfn + pages - pfn) {
            throw new IllegalArgumentException("release must end in the area: " + describe(pfn, count));
        }
        long first = pfn - basePfn;
        int bit = (int) (first >>> orderPerBit);
        if (first != (long) bit << orderPerBit || !bitmap.allSet(bit, bitmap.bitsOf(count))) {
            throw new IllegalArgumentException("release of pages that are not allocated: " + describe(pfn, count));
        }
        range.free(start, count);
        bitmap.clear(bit, bitmap.bitsOf(count));
        releasePagesSuccess += count;
        trace.cmaReleased(number, pfn, count);
        return true;
    }

    /** Whether the page of {@code address} is part of an allocation. */
    public boolean isAllocated(PhysAddr address) {
        long page = Objects.requireNonNull(address, "address").pfn() - basePfn;
        return page >= 0 && page < pages && bitmap.hasPage(page);
    }

    /** What each page of the area holds now. */
    public PageMap map(String moment, String source) {
        return PageMapper.map(
                "CMA " + name,
                basePfn,
                pages,
                buddy,
                frames,
                List.of(this),
                Objects.requireNonNull(moment, "moment"),
                Objects.requireNonNull(source, "source"));
    }

    /** The label of the allocation that {@code pfn} is part of, {@code null} if it is in none. */
    @Nullable
    String label(long pfn) {
        long page = pfn - basePfn;
        if (page < 0 || page >= pages || !bitmap.hasPage(page)) {
            return null;
        }
        return labels[(int) (page >>> orderPerBit)];
    }

    private CmaFailure failure(
            Errno errno, long count, int alignOrder, List<CmaFailure.Candidate> candidates, String warning) {
        return new CmaFailure(
                name,
                era,
                errno,
                count,
                alignOrder,
                pages,
                pages - usedPages(),
                maxChunkPages(),
                bitmap.available(),
                candidates,
                candidates.isEmpty() ? bitmap.missingPages(count, alignOrder) : 0,
                bitmap.fittingOrder(count, alignOrder, frames),
                warning);
    }

    private String describe(long pfn, long count) {
        return "[pfn=" + Addresses.hex(pfn) + "] [pages=" + count + "] [area=" + Addresses.hex(basePfn) + " + " + pages
                + " pages]";
    }

    /**
     * Compares the bitmap with the zone.
     *
     * @throws AssertionError if an allocated page is free, lent, or in another state than in use
     */
    public void checkInvariants() {
        for (long page = 0; page < pages; page++) {
            long pfn = basePfn + page;
            boolean allocated = bitmap.hasPage(page);
            if (allocated && orderPerBit == 0 && (!buddy.isInUse(pfn) || frames.isOwned(pfn))) {
                throw new AssertionError("allocated page of CMA " + name + " is free or lent: " + Addresses.hex(pfn));
            }
            if (!allocated && buddy.isInUse(pfn) && !frames.isOwned(pfn)) {
                throw new AssertionError("page of CMA " + name + " is in use by nobody: " + Addresses.hex(pfn));
            }
            if (buddy.pageblockType(pfn) != MigrateType.CMA) {
                throw new AssertionError("pageblock of CMA " + name + " has another type: " + Addresses.hex(pfn));
            }
        }
    }

    /** {@code CMA reserved: 32 MiB from 0x4e000000, 264 KiB used}. */
    @Override
    public String toString() {
        return "CMA " + name + ": " + Bytes.text(pages << PageSize.PAGE_SHIFT) + " from " + base() + ", "
                + Bytes.text(usedPages() << PageSize.PAGE_SHIFT) + " used";
    }
}
