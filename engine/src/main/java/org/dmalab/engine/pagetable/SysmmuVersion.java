package org.dmalab.engine.pagetable;

/**
 * The two layouts of System MMU descriptors: the second keeps every address shifted right by four, so that 32 bits name 64
 * GiB, and has its own protection bits ({@code exynos-iommu.c} of Linux 6.1).
 *
 * <pre>
 *                 versions 1-3                        version 5
 * table           PA[31:10] in [31:10]                PA[35:10] in [31:6]
 * section         PA[31:20] in [31:20]                PA[35:20] in [31:16]
 * large, small    PA[31:16], PA[31:12] in place       PA[35:16] in [31:12], PA[35:12] in [31:8]
 * read, write     section [10] access, [15] no write  section [4] read, [5] write
 *                 page    [4] access, [9] no write    page    [2] read, [3] write
 * </pre>
 */
public enum SysmmuVersion {
    /** Versions 1 to 3: Exynos 4 and 5250. */
    V1_TO_V3(0),
    /** Version 5: Exynos 5433 and later. */
    V5(4);

    private final int shift;

    SysmmuVersion(int shift) {
        this.shift = shift;
    }

    /** How many bits of physical address a descriptor has room for. */
    int addressBits() {
        return 32 + shift;
    }

    /** A physical address as descriptors keep it. */
    int stored(long phys) {
        return (int) (phys >>> shift);
    }

    /** The address in {@code word} that is a multiple of {@code 1 << pageShift}. */
    long address(int word, int pageShift) {
        return Integer.toUnsignedLong(word) << shift & -(1L << pageShift);
    }

    /** The protection bits of a section; a page's are as many as {@link #pageDown} further down. */
    int sectionProt(int prot) {
        int readWrite = prot & 3;
        if (this == V5) {
            return readWrite << 4;
        }
        // Versions before 5 know no write-only: it is read and write.
        return readWrite == 0 ? 0 : readWrite == 1 ? 1 << 15 | 1 << 10 : 1 << 10;
    }

    /** The protection bits of a page. */
    int pageProt(int prot) {
        return sectionProt(prot) >>> pageDown();
    }

    private int pageDown() {
        return this == V5 ? 2 : 6;
    }

    /** Whether a section with these bits allows the access. */
    boolean sectionAllows(int word, boolean write) {
        if (this == V5) {
            return (word & (write ? 1 << 5 : 1 << 4)) != 0;
        }
        return (word & 1 << 10) != 0 && !(write && (word & 1 << 15) != 0);
    }

    /** Whether a page with these bits allows the access. */
    boolean pageAllows(int word, boolean write) {
        return sectionAllows(word << pageDown(), write);
    }
}
