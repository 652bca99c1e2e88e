package org.dmalab.engine.iova;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;

/**
 * ARM's own allocator of DMA addresses: a bit per granule, first fit from the start, every buffer aligned to its size up to
 * a cap (the bitmap of {@code struct dma_iommu_mapping}).
 *
 * <p>Linux 3.6 and 3.14 have one bitmap, and the granule is a block of {@code 4096 << order} bytes. From 3.15 on the granule
 * is a page, and a bitmap is at most one page of bits, 128 MiB; further ones are made when the first are full.
 */
public final class BitmapIovaDomain implements IovaDomain {
    /**
     * How coarse the allocator is.
     *
     * @param order the granule is {@code 4096 << order} bytes; 0 from Linux 3.15 on
     * @param alignmentCap {@code CONFIG_ARM_DMA_IOMMU_ALIGNMENT}, 4..9: no buffer is aligned to more than
     *     {@code 4096 << alignmentCap} bytes; Linux 3.6 has no cap
     */
    public record Granularity(int order, int alignmentCap) {
        /** Pages, aligned to at most 1 MiB: what kernels were built with. */
        public static final Granularity DEFAULT = new Granularity(0, 8);

        public Granularity {
            if (order < 0 || order > 19) {
                throw new IllegalArgumentException("order must be 0..19: " + order);
            }
            if (alignmentCap < 4 || alignmentCap > 9) {
                throw new IllegalArgumentException("alignment cap must be 4..9: " + alignmentCap);
            }
        }
    }

    private static final long FOUR_GIB = 1L << 32;
    private static final int PAGE_OF_BITS = (int) PageSize.PAGE_BYTES * Byte.SIZE;
    /** {@code get_order} of 4 GiB; on a 32-bit ARM also of 0. */
    private static final int LARGEST_ORDER = 20;

    private final Era era;
    private final DmaAddr base;
    private final int shift;
    private final int order;
    private final int alignmentCap;
    private final TraceSink trace;
    private final IovaBitmap[] bitmaps;
    private final int bitsPerBitmap;
    private int bitmapsInUse = 1;
    private long freeGranules;
    private long searched;

    private BitmapIovaDomain(
            Era era, DmaAddr base, Granularity granularity, int bitsPerBitmap, int bitmaps, TraceSink trace) {
        this.era = era;
        this.base = base;
        this.trace = trace;
        this.bitsPerBitmap = bitsPerBitmap;
        order = granularity.order();
        shift = PageSize.PAGE_SHIFT + order;
        alignmentCap = era.atLeast(Era.V3_14) ? granularity.alignmentCap() : LARGEST_ORDER;
        this.bitmaps = new IovaBitmap[bitmaps];
        Arrays.setAll(this.bitmaps, i -> new IovaBitmap(bitsPerBitmap));
        freeGranules = (long) bitmaps * bitsPerBitmap;
    }

    /** {@link #create(Era, DmaAddr, long, Granularity, TraceSink)} with {@link Granularity#DEFAULT}. */
    public static Outcome<BitmapIovaDomain> create(Era era, DmaAddr base, long bytes, TraceSink trace) {
        return create(era, base, bytes, Granularity.DEFAULT, trace);
    }

    /**
     * {@code arm_iommu_create_mapping}; a failure is a {@link WindowRefused}.
     *
     * @param era Linux 3.6 or later: ARM had no such allocator before
     * @param bytes the length of the window; what can be handed out differs, see {@link #window}
     */
    public static Outcome<BitmapIovaDomain> create(
            Era era, DmaAddr base, long bytes, Granularity granularity, TraceSink trace) {
        if (bytes < 0) {
            throw new IllegalArgumentException("window must not be negative: " + bytes);
        }
        if (!era.atLeast(Era.V3_6)) {
            throw new IllegalArgumentException("ARM's IOMMU mappings came with Linux 3.5, not " + era);
        }
        return era.atLeast(Era.V6_1)
                ? createExtensible(era, base, bytes, granularity, trace)
                : createSingle(era, base, bytes, granularity, trace);
    }

    private static Outcome<BitmapIovaDomain> createSingle(
            Era era, DmaAddr base, long bytes, Granularity granularity, TraceSink trace) {
        // Quirk: the length is a 32-bit size_t, so 4 GiB is 0.
        long granules = (bytes & (FOUR_GIB - 1)) >>> (PageSize.PAGE_SHIFT + granularity.order());
        if (granules == 0) {
            String rule = bytes >= FOUR_GIB
                    ? "its length is a 32-bit number, in which this is " + (bytes & (FOUR_GIB - 1))
                    : "it needs at least one granule of " + Bytes.text(PageSize.PAGE_BYTES << granularity.order());
            return Outcome.failed(new WindowRefused(Errno.EINVAL, era, base, bytes, rule));
        }
        return Outcome.done(new BitmapIovaDomain(era, base, granularity, wholeWords(granules), 1, trace));
    }

    private static Outcome<BitmapIovaDomain> createExtensible(
            Era era, DmaAddr base, long bytes, Granularity granularity, TraceSink trace) {
        if (granularity.order() != 0) {
            throw new IllegalArgumentException(era + " has no granule order: " + granularity.order());
        }
        if (bytes > FOUR_GIB) {
            return Outcome.failed(
                    new WindowRefused(Errno.ERANGE, era, base, bytes, "the bus of a 32-bit ARM has 4 GiB"));
        }
        long pages = bytes >>> PageSize.PAGE_SHIFT;
        if (pages == 0) {
            return Outcome.failed(new WindowRefused(Errno.EINVAL, era, base, bytes, "it needs at least one page"));
        }
        int bits = wholeWords(pages);
        // Quirk: the number of bitmaps is rounded down, so a window of 192 MiB has 128 MiB.
        return Outcome.done(new BitmapIovaDomain(
                era, base, granularity, Math.min(bits, PAGE_OF_BITS), Math.max(1, bits / PAGE_OF_BITS), trace));
    }

    /** Quirk: the bitmap's length is kept in words of 32 bits, so up to 31 granules behind the window are handed out. */
    private static int wholeWords(long granules) {
        return (int) ((granules + IovaBitmap.UNSIGNED_LONG_BITS - 1) & -IovaBitmap.UNSIGNED_LONG_BITS);
    }

    /** Linux up to 3.14: one; later, how many of the bitmaps have been made so far ({@code nr_bitmaps}). */
    public int bitmaps() {
        return bitmapsInUse;
    }

    @Override
    public AddrRange<DmaAddr> window() {
        return new AddrRange<>(base, ((long) bitmaps.length * bitsPerBitmap) << shift);
    }

    @Override
    public long granuleBytes() {
        return 1L << shift;
    }

    @Override
    public long freeBytes() {
        return freeGranules << shift;
    }

    @Override
    public long largestHole() {
        int largest = 0;
        for (IovaBitmap bitmap : bitmaps) {
            largest = Math.max(largest, bitmap.longestZeroRun());
        }
        return (long) largest << shift;
    }

    /**
     * {@code __alloc_iova}.
     *
     * <p>Quirk: 0 bytes get an address that is aligned for the largest order and reserve nothing, so that it may belong
     * to somebody else.
     */
    @Override
    public Outcome<DmaAddr> alloc(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        long start = find(bytes);
        return start < 0 ? Outcome.failed(noSpace(bytes)) : Outcome.done(new DmaAddr(base.value() + start));
    }

    /** The distance of the range from the base in bytes, or -1. */
    private long find(long bytes) {
        long granules = granules(bytes);
        int alignment = 1 << alignmentOrder(bytes);
        // Behind the bitmaps made so far a further one is tried, which stays even if the request does not fit in it.
        int last = Math.min(bitmapsInUse, bitmaps.length - 1);
        int words = 0;
        for (int i = 0; i <= last; i++) {
            bitmapsInUse = Math.max(bitmapsInUse, i + 1);
            IovaBitmap bitmap = bitmaps[i];
            int start = bitmap.findZeroRun(granules, alignment);
            words += bitmap.wordsSearched();
            searched += bitmap.wordsSearched();
            if (start >= 0) {
                bitmap.set(start, (int) granules);
                freeGranules -= granules;
                long distance = ((long) i * bitsPerBitmap + start) << shift;
                trace.iovaAllocated(base.value() + distance, granules << shift, words);
                return distance;
            }
        }
        return -1;
    }

    private long granules(long bytes) {
        return (PageSize.pages(bytes) + (1L << order) - 1) >>> order;
    }

    /** The order in granules to which a buffer is aligned. */
    private int alignmentOrder(long bytes) {
        int size = bytes == 0 ? LARGEST_ORDER : PageSize.order(bytes);
        return Math.max(0, Math.min(size, alignmentCap) - order);
    }

    private NoIovaSpace noSpace(long bytes) {
        long needed = granules(bytes) << shift;
        return new NoIovaSpace(
                Optional.of(era),
                needed < bytes ? bytes : needed,
                1L << (alignmentOrder(bytes) + shift),
                window(),
                (long) bitsPerBitmap << shift,
                freeBytes(),
                largestHole(),
                Optional.empty());
    }

    /**
     * {@code __free_iova}.
     *
     * <p>Quirks: {@code bytes} is rounded down to pages, so that less than a page frees nothing; and bits are cleared
     * whoever set them, so that a range freed twice may be taken from its next owner.
     *
     * @throws IllegalArgumentException if the range is not inside one bitmap, where Linux 3.14 writes past the end of its
     *     bitmap and later ones stop with {@code BUG}
     */
    @Override
    public void free(DmaAddr iova, long bytes) {
        long granule = iova.minus(base) >>> shift;
        long count = ((bytes >>> PageSize.PAGE_SHIFT) + (1L << order) - 1) >>> order;
        long bitmap = granule / bitsPerBitmap;
        long start = granule % bitsPerBitmap;
        if (bytes < 0 || iova.compareTo(base) < 0 || bitmap >= bitmaps.length || start + count > bitsPerBitmap) {
            throw new IllegalArgumentException(
                    "free of a range that is not inside one bitmap [iova=" + iova + "] [bytes=" + bytes + "] [window="
                            + window() + "] [bitmap=" + ((long) bitsPerBitmap << shift) + " bytes]");
        }
        freeGranules += bitmaps[(int) bitmap].clear((int) start, (int) count);
        trace.iovaFreed(iova.value(), count << shift);
    }

    /** Words of the bitmaps. */
    @Override
    public OptionalLong searched() {
        return OptionalLong.of(searched);
    }

    @Override
    public String searchedUnit() {
        return "words";
    }

    /** {@code 120 MiB free of 128 MiB [0x20000000-0x27ffffff], Linux 3.14}. */
    @Override
    public String toString() {
        return Bytes.text(freeBytes()) + " free of " + Bytes.text(window().bytes()) + " " + window() + ", " + era;
    }
}
