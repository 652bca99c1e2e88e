package org.dmalab.engine.pagetable;

import java.util.EnumSet;
import java.util.Set;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.PhysAddr;

/**
 * The registers that say how long descriptors are walked: TTBR, TCR (or VTTBR and VTCR), MAIR.
 *
 * @param regime whose translation it is
 * @param root the first table
 * @param granuleShift 12, 14 or 16: how large a table and the smallest page are
 * @param inputBits 64 - T0SZ; with 32-bit registers 32 - T0SZ, at stage 2 up to 40
 * @param startLevel the level of the first table; at stage 2 it can have up to 16 concatenated
 * @param outputBits what an output address can have
 * @param mair eight bytes of memory attributes, by AttrIndx
 * @param quirks what this walker does otherwise
 */
public record LongDescriptorConfig(
        Regime regime,
        PhysAddr root,
        int granuleShift,
        int inputBits,
        int startLevel,
        int outputBits,
        long mair,
        Set<Quirk> quirks) {
    /** Whose translation it is. */
    public enum Regime {
        /** VMSAv8-64, one address to the next. */
        AARCH64_STAGE1(1, 64),
        /** VMSAv8-64, a guest's physical address to the machine's. */
        AARCH64_STAGE2(2, 64),
        /** LPAE of ARMv7, stage 1. */
        AARCH32_STAGE1(1, 32),
        /** LPAE of ARMv7, stage 2. */
        AARCH32_STAGE2(2, 32);

        private final int stage;
        private final int registerBits;

        Regime(int stage, int registerBits) {
            this.stage = stage;
            this.registerBits = registerBits;
        }

        /** 1 or 2. */
        public int stage() {
            return stage;
        }

        boolean isAarch32() {
            return registerBits == 32;
        }
    }

    /** Where a walker leaves the architecture. */
    public enum Quirk {
        /** Entries whose access flag is clear are used ({@code CD.AFFD}; QEMU 7.2's SMMUv3 does so always). */
        IGNORES_ACCESS_FLAG,
        /** Blocks at levels that the granule has none at are followed: QEMU 7.2's SMMUv3. */
        BLOCKS_AT_EVERY_LEVEL,
        /** Only writing is judged, users and execution are not: QEMU 7.2's SMMUv3. */
        JUDGES_WRITES_ONLY,
        /** A table's APTable is judged before the next level is read: QEMU 7.2's SMMUv3. */
        JUDGES_TABLES_AT_ONCE
    }

    /** What QEMU 7.2's SMMUv3 leaves out. */
    public static final Set<Quirk> QEMU_SMMUV3 = EnumSet.allOf(Quirk.class);

    private static final int MOST_CONCATENATED = 4;

    public LongDescriptorConfig {
        if (granuleShift != 12 && !(!regime.isAarch32() && (granuleShift == 14 || granuleShift == 16))) {
            throw new IllegalArgumentException(
                    "granuleShift must be 12, or without 32-bit registers 14 or 16: " + granuleShift);
        }
        int most = regime == Regime.AARCH32_STAGE1 ? 32 : regime == Regime.AARCH32_STAGE2 ? 40 : 52;
        if (inputBits < granuleShift + 1 || inputBits > most) {
            throw new IllegalArgumentException(
                    "inputBits must be " + (granuleShift + 1) + ".." + most + ": " + inputBits);
        }
        if (outputBits < 32 || outputBits > 52) {
            throw new IllegalArgumentException("outputBits must be 32..52: " + outputBits);
        }
        int natural = LongDescriptor.startLevel(granuleShift, inputBits);
        int latest = regime.stage() == 2 ? natural + 1 : natural;
        if (startLevel < natural
                || startLevel > Math.min(latest, LongDescriptor.LAST_LEVEL)
                || rootBits(granuleShift, inputBits, startLevel)
                        > LongDescriptor.bitsPerLevel(granuleShift) + MOST_CONCATENATED) {
            throw new IllegalArgumentException("startLevel must be " + natural + " for " + inputBits
                    + " bits of input, or at stage 2 one more with at most 16 tables: " + startLevel);
        }
        long table = 1L << Math.max(6, rootBits(granuleShift, inputBits, startLevel) + LongDescriptor.WORD_SHIFT);
        if ((root.value() & (table - 1)) != 0) {
            throw new IllegalArgumentException(
                    "root must be a multiple of the first table's size " + Addresses.hex(table) + ": " + root);
        }
        quirks = Set.copyOf(quirks);
    }

    private static int rootBits(int granuleShift, int inputBits, int startLevel) {
        return inputBits - LongDescriptor.shift(granuleShift, startLevel);
    }

    /** How many bits of input the first table takes. */
    public int rootBits() {
        return rootBits(granuleShift, inputBits, startLevel);
    }

    /** A walk of {@code inputBits} from {@code root} on, up to 48 bits of output (40 with 32-bit registers), no quirk. */
    public static LongDescriptorConfig of(Regime regime, PhysAddr root, int granuleShift, int inputBits) {
        return new LongDescriptorConfig(
                regime,
                root,
                granuleShift,
                inputBits,
                LongDescriptor.startLevel(granuleShift, inputBits),
                regime.isAarch32() ? 40 : 48,
                0,
                Set.of());
    }

    /** The same, begun at another level. */
    public LongDescriptorConfig withStartLevel(int level) {
        return new LongDescriptorConfig(regime, root, granuleShift, inputBits, level, outputBits, mair, quirks);
    }

    /** The same with other output addresses. */
    public LongDescriptorConfig withOutputBits(int bits) {
        return new LongDescriptorConfig(regime, root, granuleShift, inputBits, startLevel, bits, mair, quirks);
    }

    /** The same with other memory attributes. */
    public LongDescriptorConfig withMair(long attributes) {
        return new LongDescriptorConfig(
                regime, root, granuleShift, inputBits, startLevel, outputBits, attributes, quirks);
    }

    /** The same by a walker with {@code quirks}. */
    public LongDescriptorConfig withQuirks(Set<Quirk> others) {
        return new LongDescriptorConfig(regime, root, granuleShift, inputBits, startLevel, outputBits, mair, others);
    }
}
