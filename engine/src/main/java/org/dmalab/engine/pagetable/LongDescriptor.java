package org.dmalab.engine.pagetable;

/**
 * The words of the long-descriptor format: VMSAv8-64 (ARM DDI 0487 D8.3) and the Large Physical Address Extension of ARMv7
 * (ARM DDI 0406C B3.6).
 *
 * <pre>
 * table         a granule of 64-bit words: 9, 11 or 13 bits of input at each level for 4, 16 or 64 KiB; the first table of a
 *               walk has as many words as there are bits left
 *   fault       [0] = 0
 *   table       [63] NSTable, [62:61] APTable, [60] XNTable, [59] PXNTable, [47:granule] next level, [1:0] = 3;
 *               levels 0 to 2
 *   block       [47:size] memory, [1:0] = 1; 4 KiB granule: levels 1 (1 GiB) and 2 (2 MiB); 16 KiB: level 2 (32 MiB);
 *               64 KiB: level 2 (512 MiB), with 52 address bits level 1 (4 TiB)
 *   page        [47:granule] memory, [1:0] = 3; level 3
 * 52 bits       granule 64 KiB: address bits 51:48 stand in [15:12]
 * leaf, stage 1 [54] XN, [53] PXN, [52] contiguous, [51] DBM, [11] nG, [10] AF, [9:8] SH, [7:6] AP[2:1], [5] NS,
 *               [4:2] AttrIndx
 * leaf, stage 2 [54] XN, [52] contiguous, [51] DBM, [10] AF, [9:8] SH, [7] write, [6] read, [5:2] MemAttr
 * AP[2:1]       0 privileged RW, 1 RW, 2 privileged RO, 3 RO
 * APTable       bit 62 takes writing away, bit 61 the user, from all below
 * </pre>
 */
public final class LongDescriptor {
    static final int WORD_BYTES = 8;
    static final int WORD_SHIFT = 3;
    static final int LAST_LEVEL = 3;

    static final long VALID = 1;
    static final long TYPE_MASK = 3;
    static final long TYPE_BLOCK = 1;
    static final long TYPE_TABLE = 3;
    static final long TYPE_PAGE = 3;

    static final long ADDRESS = 0x0000FFFFFFFFF000L;

    static final int ATTR_INDEX_SHIFT = 2;
    static final long NS = 1L << 5;
    static final long AP_USER = 1L << 6;
    static final long AP_READ_ONLY = 1L << 7;
    static final long S2_READ = 1L << 6;
    static final long S2_WRITE = 1L << 7;
    static final long SH_OUTER = 2L << 8;
    static final long SH_INNER = 3L << 8;
    static final long AF = 1L << 10;
    static final long NG = 1L << 11;
    static final long CONTIGUOUS = 1L << 52;
    static final long PXN = 1L << 53;
    static final long XN = 1L << 54;

    static final long PXN_TABLE = 1L << 59;
    static final long XN_TABLE = 1L << 60;
    static final long AP_TABLE_NO_USER = 1L << 61;
    static final long AP_TABLE_NO_WRITE = 1L << 62;
    static final long NS_TABLE = 1L << 63;

    private LongDescriptor() {}

    /** How many bits of input a whole table takes. */
    public static int bitsPerLevel(int granuleShift) {
        return granuleShift - WORD_SHIFT;
    }

    /** How many bits of input lie below an entry of {@code level}. */
    public static int shift(int granuleShift, int level) {
        return (LAST_LEVEL + 1 - level) * bitsPerLevel(granuleShift) + WORD_SHIFT;
    }

    /** The level at which a walk of {@code inputBits} starts, without concatenation. */
    public static int startLevel(int granuleShift, int inputBits) {
        int perLevel = bitsPerLevel(granuleShift);
        return LAST_LEVEL + 1 - Math.max(1, (inputBits - granuleShift + perLevel - 1) / perLevel);
    }

    /** Whether a word of {@code level} leads to memory. */
    public static boolean isLeaf(int level, long word) {
        return (word & TYPE_MASK) == (level == LAST_LEVEL ? TYPE_PAGE : TYPE_BLOCK);
    }

    /** Whether a word of {@code level} leads to a table. */
    public static boolean isTable(int level, long word) {
        return level < LAST_LEVEL && (word & TYPE_MASK) == TYPE_TABLE;
    }

    /** Whether a leaf says that its neighbours map the memory beside, so that one IO-TLB entry serves them all. */
    public static boolean isContiguous(long leaf) {
        return (leaf & CONTIGUOUS) != 0;
    }

    /** How many adjacent entries of {@code level} one contiguous run has; 1 where there is none (ARM DDI 0487 D8.6.1). */
    public static int contiguousEntries(int granuleShift, int level) {
        return switch (granuleShift * 4 + level) {
            case 12 * 4 + 1, 12 * 4 + 2, 12 * 4 + 3 -> 16;
            case 14 * 4 + 2, 16 * 4 + 2, 16 * 4 + 3 -> 32;
            case 14 * 4 + 3 -> 128;
            default -> 1;
        };
    }

    /** The address in a word, of a table or of memory; with 64 KiB granules of up to 52 bits. */
    static long address(long word, int granuleShift) {
        long address = word & ADDRESS;
        return granuleShift < 16 ? address : (address | address << 36) & ADDRESS << 4;
    }

    /** The bits of a word that name {@code address}. */
    static long addressBits(long address) {
        return (address | address >>> 36) & ADDRESS;
    }
}
