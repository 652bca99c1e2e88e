package org.dmalab.engine.pagetable;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Quirk;

/** The walks of long descriptors that QEMU's processors are asked for, and the registers that set them up. */
enum QemuWalks {
    LPAE(QemuMachine.CORTEX_A15, LpaeFormat.ARM_32_S1),
    LPAE_STAGE2(QemuMachine.CORTEX_A15, LpaeFormat.ARM_32_S2),
    STAGE1(QemuMachine.NEOVERSE_N1, LpaeFormat.ARM_64_S1),
    /** By TTBR1, of addresses whose upper bits are ones. */
    STAGE1_UPPER(QemuMachine.NEOVERSE_N1, LpaeFormat.ARM_64_S1),
    STAGE2(QemuMachine.NEOVERSE_N1, LpaeFormat.ARM_64_S2);

    private static final long SCTLR_M = 1;
    private static final long HCR_VM = 1;
    private static final long HCR_RW = 1L << 31;
    private static final long VTCR_RES1 = 1L << 31;

    // TTBCR with EAE, TCR_EL1: which half is off.
    private static final long EAE = 1L << 31;
    private static final int EPD0 = 1 << 7;
    private static final int EPD1 = 1 << 23;
    /** The size of a half that is off, which has to be some. */
    private static final int SOME_SIZE = 25;

    private final QemuMachine machine;
    private final LpaeFormat format;

    QemuWalks(QemuMachine machine, LpaeFormat format) {
        this.machine = machine;
        this.format = format;
    }

    QemuMachine machine() {
        return machine;
    }

    LpaeFormat format() {
        return format;
    }

    boolean isAarch32() {
        return machine == QemuMachine.CORTEX_A15;
    }

    boolean isStage2() {
        return format.regime().stage() == 2;
    }

    boolean isUpper() {
        return this == STAGE1_UPPER;
    }

    /** How many bits an address has. Without a first stage, what is no output of it is refused there already. */
    int addressBits() {
        return isAarch32() ? 32 : isStage2() ? 48 : 64;
    }

    /** The number of the access in {@code guest.h}: in Hyp mode PL1's own are those of the other world. */
    int operation(int access) {
        return isAarch32() || isStage2() ? QemuShortWalkIT.OTHER_WORLD + access : access;
    }

    /** As this hardware walks. */
    Translation walk(PhysicalMemory ram, LongDescriptorConfig config, long va, Access access) {
        return new LongDescriptorWalker(ram, config).walk(new DmaAddr(input(config, va)), access);
    }

    /** What the walker of this half makes an index of. */
    long input(LongDescriptorConfig config, long va) {
        return isUpper() ? va ^ (-1L << config.inputBits()) : va;
    }

    /** The guest's registers for a walk. */
    long[] registers(LongDescriptorConfig config) {
        long root = config.root().value();
        long mair = config.mair();
        if (this == LPAE) {
            long ttbcr = EAE | EPD1 | (32L - config.inputBits());
            return new long[] {ttbcr, root, 0, 0, SCTLR_M, mair & 0xFFFFFFFFL, mair >>> 32};
        }
        if (isAarch32()) {
            // ARM DDI 0406C B4.1, VTCR: T0SZ is signed, and bit 4 equals its sign.
            long vtcr = ((32L - config.inputBits()) & 31) | sl0(config) << 6 | VTCR_RES1;
            return new long[] {0, 0, 0, 0, 0, 0, 0, HCR_VM, vtcr, root};
        }
        long ps = LpaeControl.physicalSize(config.outputBits());
        long size = 64L - config.inputBits();
        if (isStage2()) {
            long vtcr = size | sl0(config) << 6 | tg0(config) << 14 | ps << 16 | VTCR_RES1;
            return new long[] {0, 0, 0, 0, 0, HCR_RW | HCR_VM, vtcr, root};
        }
        long tcr = isUpper()
                ? SOME_SIZE | EPD0 | size << 16 | tg1(config) << 30 | ps << 32
                : size | tg0(config) << 14 | SOME_SIZE << 16 | EPD1 | 2L << 30 | ps << 32;
        return new long[] {tcr, isUpper() ? 0 : root, isUpper() ? root : 0, mair, SCTLR_M, HCR_RW, VTCR_RES1};
    }

    private static long tg0(LongDescriptorConfig config) {
        return config.granuleShift() == 12 ? 0 : config.granuleShift() == 14 ? 2 : 1;
    }

    private static long tg1(LongDescriptorConfig config) {
        return config.granuleShift() == 12 ? 2 : config.granuleShift() == 14 ? 1 : 3;
    }

    private static long sl0(LongDescriptorConfig config) {
        int start = config.granuleShift() == 12 ? config.startLevel() + 1 : config.startLevel();
        return ~start & 3;
    }

    /** Random registers, with a root anywhere in {@code pool}. */
    LongDescriptorConfig randomConfig(AddrRange<PhysAddr> pool, SplittableRandom random) {
        int granuleShift = isAarch32() ? 12 : 12 + 2 * random.nextInt(3);
        int inputBits =
                this == LPAE ? 32 - random.nextInt(8) : isAarch32() ? 25 + random.nextInt(16) : 25 + random.nextInt(24);
        int start = LongDescriptor.startLevel(granuleShift, inputBits);
        int outputBits = isAarch32() ? 40 : 48;
        if (isStage2()) {
            start = secondStart(granuleShift, inputBits, start, random);
        } else if (!isAarch32()) {
            // A block of a level that has none could be larger than the output; the architecture has no answer to that.
            int most = LongDescriptor.shift(granuleShift, start);
            List<Integer> sizes = Stream.of(32, 36, 40, 42, 44, 48)
                    .filter(bits -> bits >= most)
                    .toList();
            outputBits = sizes.get(random.nextInt(sizes.size()));
        }
        long table = Math.max(64, 8L << (inputBits - LongDescriptor.shift(granuleShift, start)));
        PhysAddr root = pool.start().plus(random.nextLong(pool.bytes() / table) * table);
        return LongDescriptorConfig.of(format.regime(), root, granuleShift, inputBits)
                .withStartLevel(start)
                .withOutputBits(outputBits)
                .withMair(random.nextLong())
                .withQuirks(Set.of(Quirk.BLOCKS_AT_EVERY_LEVEL));
    }

    /** ARM DDI 0487 D8.2: a second stage starts at level 0 with 4 KiB and 64-bit registers only, and with 4 KiB not at 3. */
    private int secondStart(int granuleShift, int inputBits, int natural, SplittableRandom random) {
        int later = natural + 1;
        int rootBits = inputBits - LongDescriptor.shift(granuleShift, later);
        boolean canBeLater = later <= (granuleShift == 12 ? 2 : LongDescriptor.LAST_LEVEL)
                && rootBits <= LongDescriptor.bitsPerLevel(granuleShift) + 4;
        boolean mustBeLater = natural == 0 && (granuleShift != 12 || isAarch32());
        return canBeLater && (mustBeLater || random.nextBoolean()) ? later : natural;
    }

    /** What a driver would ask a table for. */
    IoPgtableConfig randomDriver(SplittableRandom random) {
        if (isAarch32()) {
            int ias = isStage2() ? 32 + random.nextInt(9) : 30 + random.nextInt(3);
            return IoPgtableConfig.of(IoPgtableFormat.SIZES_4K, ias, 40);
        }
        long sizes = List.of(IoPgtableFormat.SIZES_4K, IoPgtableFormat.SIZES_16K, IoPgtableFormat.SIZES_64K)
                .get(random.nextInt(3));
        IoPgtableConfig config =
                IoPgtableConfig.of(sizes, List.of(32, 36, 39, 40, 42, 44, 48).get(random.nextInt(7)), 48);
        return isUpper() ? config.withQuirks(Set.of(IoPgtableConfig.Quirk.TTBR1)) : config;
    }

    /** As its folder is called. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
