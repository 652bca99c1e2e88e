package org.dmalab.engine.pagetable;

/**
 * Protections in long descriptors, as {@code io-pgtable-arm.c} of Linux 6.1 writes them.
 *
 * <pre>
 * stage 1   nG, AF; AP[2] unless WRITE is asked for; AP[1] unless PRIV; AttrIndx 2 for MMIO, 1 for CACHE, else 0
 * stage 2   AF; S2AP as asked for; MemAttr 1 for MMIO, 15 for CACHE, else 5
 * both      SH inner for CACHE, else outer; [54:53] for NOEXEC
 * </pre>
 */
final class LpaeProt {
    private static final long DEVICE_INDEX = 2L << LongDescriptor.ATTR_INDEX_SHIFT;
    private static final long CACHE_INDEX = 1L << LongDescriptor.ATTR_INDEX_SHIFT;
    private static final long S2_DEVICE = 1L << 2;
    private static final long S2_NON_CACHEABLE = 5L << 2;
    private static final long S2_WRITE_BACK = 15L << 2;

    private static final int KNOWN = 64;

    /** By the bits of {@link IommuProt}. */
    private final long[] leaves = new long[KNOWN];

    LpaeProt(int stage, boolean nonSecure) {
        for (int prot = 0; prot < KNOWN; prot++) {
            leaves[prot] = leaf(new IommuProt(prot), stage) | (nonSecure ? LongDescriptor.NS : 0);
        }
    }

    /** The bits of a leaf but for type and address. */
    long leaf(int prot) {
        return leaves[prot & (KNOWN - 1)];
    }

    private static long leaf(IommuProt prot, int stage) {
        boolean cached = prot.has(IommuProt.CACHE);
        return (stage == 1 ? stage1(prot) : stage2(prot))
                | (cached ? LongDescriptor.SH_INNER : LongDescriptor.SH_OUTER)
                | (prot.has(IommuProt.NOEXEC) ? LongDescriptor.XN | LongDescriptor.PXN : 0)
                | LongDescriptor.AF;
    }

    private static long stage1(IommuProt prot) {
        boolean readOnly = prot.has(IommuProt.READ) && !prot.has(IommuProt.WRITE);
        long memory = prot.has(IommuProt.MMIO) ? DEVICE_INDEX : prot.has(IommuProt.CACHE) ? CACHE_INDEX : 0;
        return LongDescriptor.NG
                | (readOnly ? LongDescriptor.AP_READ_ONLY : 0)
                | (prot.has(IommuProt.PRIVILEGED) ? 0 : LongDescriptor.AP_USER)
                | memory;
    }

    private static long stage2(IommuProt prot) {
        long memory =
                prot.has(IommuProt.MMIO) ? S2_DEVICE : prot.has(IommuProt.CACHE) ? S2_WRITE_BACK : S2_NON_CACHEABLE;
        return (prot.has(IommuProt.READ) ? LongDescriptor.S2_READ : 0)
                | (prot.has(IommuProt.WRITE) ? LongDescriptor.S2_WRITE : 0)
                | memory;
    }
}
