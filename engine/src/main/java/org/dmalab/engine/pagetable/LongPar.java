package org.dmalab.engine.pagetable;

/**
 * The 64-bit physical address register as an address translation operation with long descriptors leaves it (ARM DDI 0406C
 * B4.1.112, ARM DDI 0487 D19.2.114).
 *
 * <pre>
 * success   [63:56] the MAIR byte, [47:12] PA ([39:12] with 32-bit registers), [11] = 1, [9] NS, [8:7] SH, [0] F = 0
 * failure   [11] = 1, [9] stage 2, [8] during a stage 1 walk, [6:1] FST, [0] F = 1
 * </pre>
 *
 * <p>FST: address size 0 + level, translation 4 + level, access flag 8 + level, permission 12 + level, external abort 20 + level.
 */
public final class LongPar {
    private static final long BIT_11 = 1L << 11;
    private static final long NS = 1L << 9;
    private static final long PA = 0x000FFFFFFFFFF000L;

    private LongPar() {}

    /**
     * The register after a walk by {@code config} that ended in {@code result}.
     *
     * @param nonSecure whether the translation is one of the non-secure world, or its tables say NS
     */
    public static long of(Translation result, LongDescriptorConfig config, boolean nonSecure) {
        return result.<Long>fold(
                mapped -> {
                    long word = mapped.descriptor();
                    long index = word >>> LongDescriptor.ATTR_INDEX_SHIFT & 7;
                    long attributes = config.mair() >>> (8 * index) & 0xFF;
                    return attributes << 56
                            | (mapped.address().value() & PA)
                            | BIT_11
                            | (nonSecure ? NS : 0)
                            | (word >>> 8 & 3) << 7;
                },
                fault -> (long) status(fault.kind(), fault.level()) << 1
                        | BIT_11
                        | (config.regime().stage() == 2 ? NS : 0)
                        | 1);
    }

    /** The fault status code of the long-descriptor format, {@code FST} or {@code DFSC}. */
    public static int status(FaultKind kind, int level) {
        return switch (kind) {
            case ADDRESS_SIZE -> level;
            case TRANSLATION -> 4 + level;
            case ACCESS_FLAG -> 8 + level;
            case PERMISSION -> 12 + level;
            case EXTERNAL_ABORT -> 20 + level;
            case DOMAIN -> throw new IllegalArgumentException("kind must be one of long descriptors: " + kind);
        };
    }
}
