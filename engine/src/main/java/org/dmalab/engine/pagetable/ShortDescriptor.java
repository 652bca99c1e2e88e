package org.dmalab.engine.pagetable;

/**
 * The words of the ARMv7 short-descriptor format (ARM DDI 0406C B3.5.1): 32 bits of input address, two levels.
 *
 * <pre>
 * first level    4096 words, 16 KiB >> TTBCR.N, index VA[31:20]
 *   fault        [1:0] = 0; also 3 without PXN
 *   table        [31:10] second level, [8:5] domain, [3] NS, [2] PXN, [1:0] = 1
 *   section      [31:20] 1 MiB, [19] NS, [18] = 0, [17] nG, [16] S, [15] AP2, [14:12] TEX, [11:10] AP1:0,
 *                [8:5] domain, [4] XN, [3] C, [2] B, [1] = 1, [0] PXN
 *   supersection [31:24] 16 MiB, [23:20] PA[35:32], [18] = 1, [8:5] PA[39:36], else as a section of domain 0;
 *                in 16 equal words
 * second level   256 words, 1 KiB, index VA[19:12]
 *   fault        [1:0] = 0
 *   large page   [31:16] 64 KiB, [15] XN, [14:12] TEX, [11] nG, [10] S, [9] AP2, [5:4] AP1:0, [3] C, [2] B, [1:0] = 1;
 *                in 16 equal words
 *   small page   [31:12] 4 KiB, [11] nG, [10] S, [9] AP2, [8:6] TEX, [5:4] AP1:0, [3] C, [2] B, [1] = 1, [0] XN
 * </pre>
 *
 * <p>Words for MediaTek's MMU have no permissions; sections and pages keep PA[32] in bit 9, PA[33] in bit 4 and PA[34] in bit 5
 * instead.
 */
public final class ShortDescriptor {
    static final int WORD_BYTES = 4;
    static final int SECTION_SHIFT = 20;
    static final int SUPERSECTION_SHIFT = 24;
    static final int LARGE_SHIFT = 16;
    static final int SMALL_SHIFT = 12;
    /** Slots of a supersection or a large page. */
    static final int COPIES = 16;

    static final int SECOND_LEVEL_ENTRIES = 256;

    static final int TYPE_MASK = 3;
    static final int TYPE_FAULT = 0;
    static final int TYPE_TABLE = 1;
    static final int TYPE_LARGE = 1;
    /** Bit 1: a section, or a small page. */
    static final int TYPE_PAGE = 2;

    static final int TABLE_ADDRESS = 0xFFFFFC00;
    static final int SECTION_ADDRESS = 0xFFF00000;
    static final int SUPERSECTION_ADDRESS = 0xFF000000;
    static final int LARGE_ADDRESS = 0xFFFF0000;
    static final int SMALL_ADDRESS = 0xFFFFF000;

    static final int TABLE_PXN = 1 << 2;
    static final int TABLE_NS = 1 << 3;
    static final int DOMAIN_SHIFT = 5;
    static final int DOMAIN_MASK = 15;

    static final int B = 1 << 2;
    static final int C = 1 << 3;
    static final int SECTION_PXN = 1;
    static final int SECTION_XN = 1 << 4;
    static final int SUPERSECTION = 1 << 18;
    static final int SECTION_NS = 1 << 19;
    static final int SMALL_XN = 1;
    static final int LARGE_XN = 1 << 15;

    private ShortDescriptor() {}

    /** Whether a first-level word leads to a second level. */
    public static boolean isTable(int first) {
        return (first & TYPE_MASK) == TYPE_TABLE;
    }

    /** Whether a first-level word that leads to memory is a supersection. */
    public static boolean isSupersection(int first) {
        return (first & SUPERSECTION) != 0;
    }

    /** Where the second level of {@code first} stands. */
    public static long tableAddress(int first) {
        return first & TABLE_ADDRESS & 0xFFFFFFFFL;
    }

    /** The memory of a supersection, of up to 40 bits. */
    static long supersectionAddress(int first) {
        return (first & SUPERSECTION_ADDRESS & 0xFFFFFFFFL)
                | (long) (first >>> 20 & 15) << 32
                | (long) (first >>> DOMAIN_SHIFT & DOMAIN_MASK) << 36;
    }

    /** PA[34:32] of a MediaTek word. */
    static long mediatekHigh(int word) {
        return (long) (word >>> 9 & 1) << 32 | (long) (word >>> 4 & 1) << 33 | (long) (word >>> 5 & 1) << 34;
    }

    /** The bits of a MediaTek word that hold PA[34:32]. */
    static int mediatekBits(long phys) {
        return (int) (phys >>> 32 & 1) << 9 | (int) (phys >>> 33 & 1) << 4 | (int) (phys >>> 34 & 1) << 5;
    }

    /** The access permissions AP[2:0] of a section or supersection. */
    static int sectionAp(int word) {
        return (word >>> 13 & 4) | (word >>> 10 & 3);
    }

    /** The access permissions AP[2:0] of a page. */
    static int pageAp(int word) {
        return (word >>> 7 & 4) | (word >>> 4 & 3);
    }

    /** The class of memory {@code TEX[0]:C:B} that PRRR and NMRR explain (ARM DDI 0406C B3.8.3). */
    static int memoryClass(int level, int word) {
        int tex0 = level == 1 || (word & TYPE_PAGE) == 0 ? word >>> 12 : word >>> 6;
        return (tex0 & 1) << 2 | (word >>> 2 & 3);
    }

    /** The shareable bit S. */
    static boolean isShareable(int level, int word) {
        return (word >>> (level == 1 ? 16 : 10) & 1) != 0;
    }
}
