package org.dmalab.engine.pagetable;

import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;

/**
 * Protections in short descriptors, as {@code io-pgtable-arm-v7s.c} of Linux 6.1 writes them: a field of eight bits at bit 10
 * of a section and bit 4 of a small page, and bits outside it.
 *
 * <pre>
 * field    [7] nG, [6] S: always; [5] AP[2]: read-only; [2] TEX[0]: not MMIO; [1] AP[1]: not PRIV; [0] AP[0], the access flag
 * outside  XN: NOEXEC; B: MMIO; B and C: CACHE; NS of a section
 * NO_PERMS leaves AP and XN out
 * </pre>
 */
final class V7sProt {
    private static final int NG = 1 << 7;
    private static final int S = 1 << 6;
    private static final int READ_ONLY = 1 << 5;
    private static final int TEX_MASK = 7 << 2;
    private static final int TEX0 = 1 << 2;
    private static final int UNPRIVILEGED = 1 << 1;
    private static final int AF = 1;

    private static final int SECTION_FIELD = 10;
    private static final int PAGE_FIELD = 4;
    private static final int LARGE_TEX_SHIFT = 6;
    private static final int SMALL_TEX = 7 << 6;
    private static final int XN_SHIFT = 15;

    private static final int KNOWN = 64;

    private final boolean permissions;
    private final boolean nonSecure;
    private final int[] sections = new int[KNOWN];
    private final int[] pages = new int[KNOWN];

    V7sProt(IoPgtableConfig config) {
        permissions = !config.quirks().contains(Quirk.NO_PERMS);
        nonSecure = config.quirks().contains(Quirk.NS);
        for (int prot = 0; prot < KNOWN; prot++) {
            sections[prot] = word(new IommuProt(prot), 1);
            pages[prot] = word(new IommuProt(prot), 2);
        }
    }

    /** A section or small page of address 0. */
    int word(int prot, int level) {
        return (level == 1 ? sections : pages)[prot & (KNOWN - 1)];
    }

    private int word(IommuProt prot, int level) {
        int field = NG | S;
        if (!prot.has(IommuProt.MMIO)) {
            field |= TEX0;
        }
        if (permissions) {
            field |= AF
                    | (prot.has(IommuProt.PRIVILEGED) ? 0 : UNPRIVILEGED)
                    | (prot.has(IommuProt.WRITE) ? 0 : READ_ONLY);
        }
        int word = field << (level == 1 ? SECTION_FIELD : PAGE_FIELD) | ShortDescriptor.TYPE_PAGE;
        if (permissions && prot.has(IommuProt.NOEXEC)) {
            word |= level == 1 ? ShortDescriptor.SECTION_XN : ShortDescriptor.SMALL_XN;
        }
        if (prot.has(IommuProt.MMIO)) {
            word |= ShortDescriptor.B;
        } else if (prot.has(IommuProt.CACHE)) {
            word |= ShortDescriptor.B | ShortDescriptor.C;
        }
        return level == 1 && nonSecure ? word | ShortDescriptor.SECTION_NS : word;
    }

    /** What a section was mapped for, as far as its word tells: reading is taken for granted. */
    static int ofSection(int section) {
        int field = section >>> SECTION_FIELD;
        IommuProt prot = IommuProt.READ;
        if ((field & READ_ONLY) == 0) {
            prot = prot.and(IommuProt.WRITE);
        }
        if ((field & UNPRIVILEGED) == 0) {
            prot = prot.and(IommuProt.PRIVILEGED);
        }
        if ((field & TEX_MASK) == 0) {
            prot = prot.and(IommuProt.MMIO);
        } else if ((section & ShortDescriptor.C) != 0) {
            prot = prot.and(IommuProt.CACHE);
        }
        return ((section & ShortDescriptor.SECTION_XN) != 0 ? prot.and(IommuProt.NOEXEC) : prot).bits();
    }

    /** The word of a section or small page as one of 16 equal ones. */
    static int sixteenfold(int word, int level) {
        if (level == 1) {
            return word | ShortDescriptor.SUPERSECTION;
        }
        int xn = word & ShortDescriptor.SMALL_XN;
        int tex = word & SMALL_TEX;
        return (word ^ (xn | tex | ShortDescriptor.TYPE_PAGE))
                | xn << XN_SHIFT
                | tex << LARGE_TEX_SHIFT
                | ShortDescriptor.TYPE_LARGE;
    }

    /** The word of a supersection or large page as a section or small page. */
    static int single(int word, int level) {
        if (level == 1) {
            return word & ~ShortDescriptor.SUPERSECTION;
        }
        int xn = word & ShortDescriptor.LARGE_XN;
        int tex = word & (SMALL_TEX << LARGE_TEX_SHIFT);
        return (word ^ (xn | tex | ShortDescriptor.TYPE_LARGE))
                | xn >>> XN_SHIFT
                | tex >>> LARGE_TEX_SHIFT
                | ShortDescriptor.TYPE_PAGE;
    }
}
