package org.dmalab.engine.base;

/**
 * The size of a page or block in some translation table: a power of two.
 *
 * @param shift the logarithm of its size, 12 for 4 KiB
 */
public record PageSize(int shift) implements Comparable<PageSize> {
    /** {@code PAGE_SHIFT}: the CPU's page is 4 KiB on every board modelled. */
    public static final int PAGE_SHIFT = 12;
    /** {@code PAGE_SIZE} in bytes. */
    public static final long PAGE_BYTES = 1L << PAGE_SHIFT;

    /** The CPU's page, and the smallest IOMMU page of 2011-2012. */
    public static final PageSize SMALL_4K = new PageSize(12);
    /** Sixteen equal slots of a second-level short-descriptor table. */
    public static final PageSize LARGE_64K = new PageSize(16);
    /** One slot of a first-level short-descriptor table. */
    public static final PageSize SECTION_1M = new PageSize(20);
    /** Sixteen equal slots of a first-level short-descriptor table. */
    public static final PageSize SUPERSECTION_16M = new PageSize(24);

    public PageSize {
        if (shift < 0 || shift > 62) {
            throw new IllegalArgumentException("page shift must be 0..62: " + shift);
        }
    }

    /** The size in bytes. */
    public long bytes() {
        return 1L << shift;
    }

    /** {@code bytes} rounded up to a whole number of these pages. */
    public long alignUp(long bytes) {
        return (bytes + bytes() - 1) & -bytes();
    }

    /** {@code address} rounded down to the start of its page. */
    public long alignDown(long address) {
        return address & -bytes();
    }

    /** Whether {@code address} is a multiple of this size. */
    public boolean isAligned(long address) {
        return (address & (bytes() - 1)) == 0;
    }

    /** {@code PAGE_ALIGN}: {@code bytes} rounded up to CPU pages. */
    public static long pageAlign(long bytes) {
        return SMALL_4K.alignUp(bytes);
    }

    /** How many CPU pages hold {@code bytes}. */
    public static long pages(long bytes) {
        return pageAlign(bytes) >>> PAGE_SHIFT;
    }

    /** {@code get_order}: the smallest order whose block of {@code 4096 << order} bytes holds {@code bytes} (at least 1). */
    public static int order(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive: " + bytes);
        }
        return 64 - Long.numberOfLeadingZeros((bytes - 1) >>> PAGE_SHIFT);
    }

    @Override
    public int compareTo(PageSize other) {
        return Integer.compare(shift, other.shift);
    }

    /** The size as people write it: {@code 4 KiB}. */
    @Override
    public String toString() {
        return Bytes.text(bytes());
    }
}
