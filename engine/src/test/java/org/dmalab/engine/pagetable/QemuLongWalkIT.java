package org.dmalab.engine.pagetable;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Quirk;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Long descriptors, walked by the MMU of a running QEMU: a Cortex-A15's first stage, a Neoverse N1's first and second.
 *
 * <p>Of a second stage the address and the fault are compared: the attributes in PAR are those of both stages together. Where QEMU
 * 7.2 leaves the architecture: its processors follow {@linkplain Quirk#BLOCKS_AT_EVERY_LEVEL blocks at levels that have none}.
 */
final class QemuLongWalkIT {
    private static final int GROUPS = 200;
    private static final int QUESTIONS = 120;
    private static final int WRITTEN = 12;

    private static final long SCTLR_M = 1;
    private static final long EAE = 1L << 31;
    private static final long EPD1 = 1L << 23;
    private static final long TG1_4K = 2L << 30;
    private static final long HCR_VM = 1;
    private static final long HCR_RW = 1L << 31;
    private static final long VTCR_RES1 = 1L << 31;
    private static final long PAR_ADDRESS = 0x0000FFFFFFFFF000L;

    /** Whose walks they are. */
    enum Walks {
        LPAE(QemuMachine.CORTEX_A15, Regime.AARCH32_STAGE1, LpaeFormat.ARM_32_S1),
        STAGE1(QemuMachine.NEOVERSE_N1, Regime.AARCH64_STAGE1, LpaeFormat.ARM_64_S1),
        STAGE2(QemuMachine.NEOVERSE_N1, Regime.AARCH64_STAGE2, LpaeFormat.ARM_64_S2);

        private final QemuMachine machine;
        private final Regime regime;
        private final LpaeFormat format;

        Walks(QemuMachine machine, Regime regime, LpaeFormat format) {
            this.machine = machine;
            this.regime = regime;
            this.format = format;
        }

        boolean isStage2() {
            return regime.stage() == 2;
        }

        boolean isAarch32() {
            return machine == QemuMachine.CORTEX_A15;
        }
    }

    /** One machine's questions as they are gathered. */
    private static final class Questions {
        private final Walks walks;
        private final QemuInterview interview;
        private final SplittableRandom random;

        Questions(Walks walks, long seed) {
            this.walks = walks;
            random = new SplittableRandom(seed);
            interview = new QemuInterview(QemuLongWalkIT.class, seed, 2, this::found);
        }

        private String found(long[] words) {
            // ISS.DFSC of HSR or ESR_EL2.
            return words[1] != 0 ? "abort " + Long.toHexString(words[1] & 0x3F) : par(words[0]);
        }

        private String par(long par) {
            boolean mapped = (par & 1) == 0;
            return String.format(Locale.ROOT, "%016x", walks.isStage2() && mapped ? par & PAR_ADDRESS : par);
        }

        void group(LongDescriptorConfig config) {
            long root = config.root().value();
            if (walks.isAarch32()) {
                long ttbcr = EAE | EPD1 | (32 - config.inputBits());
                long mair = config.mair();
                interview.group(config.toString(), ttbcr, root, 0, 0, SCTLR_M, mair & 0xFFFFFFFFL, mair >>> 32);
                return;
            }
            int ps = LpaeControl.physicalSize(config.outputBits());
            int tg = config.granuleShift() == 12 ? 0 : config.granuleShift() == 14 ? 2 : 1;
            long control = 64 - config.inputBits() | (long) tg << 14;
            if (walks.isStage2()) {
                int start = config.granuleShift() == 12 ? config.startLevel() + 1 : config.startLevel();
                long vtcr = control | (~start & 3) << 6 | (long) ps << 16 | VTCR_RES1;
                interview.group(config.toString(), 0, 0, 0, 0, 0, HCR_RW | HCR_VM, vtcr, root);
            } else {
                // The upper half is off; its size and granule have to be some all the same.
                long tcr = control | 25L << 16 | EPD1 | TG1_4K | (long) ps << 32;
                interview.group(config.toString(), tcr, root, 0, config.mair(), SCTLR_M, HCR_RW, VTCR_RES1, 0);
            }
        }

        void ask(PhysicalMemory ram, LongDescriptorConfig config, long va) {
            int op = random.nextInt(QemuShortWalkIT.ACCESSES.size());
            Access access = QemuShortWalkIT.ACCESSES.get(op);
            Translation walk = new LongDescriptorWalker(ram, config).walk(new DmaAddr(va), access);
            String outcome = QemuShortWalkIT.outcome(walk);
            interview.ask(
                    va,
                    walks == Walks.STAGE1 ? op : QemuShortWalkIT.OTHER_WORLD + op,
                    0,
                    outcome.startsWith(FaultKind.EXTERNAL_ABORT.toString())
                            ? "abort " + Integer.toHexString(LongPar.status(FaultKind.EXTERNAL_ABORT, walk.level()))
                            : par(LongPar.of(walk, config, true)),
                    outcome,
                    access + ": " + walk + "; " + QemuTables.path(ram, config, va));
        }
    }

    @ParameterizedTest
    @EnumSource
    void walk_ofRandomWords_endsAsInQemu(Walks walks) throws IOException, InterruptedException {
        QemuMachine machine = walks.machine;
        QemuRun run = new QemuRun(machine, "long-words-" + walks);
        Questions questions = new Questions(walks, QemuInterview.seed(0x10A6));
        AddrRange<PhysAddr> pool = machine.pool();
        PhysicalMemory ram = new PhysicalMemory(List.of(pool));
        SplittableRandom random = questions.random;
        QemuTables.fillLong(ram, pool, random, QemuLongWalkIT::block, QemuLongWalkIT::table);
        for (int i = 0; i < GROUPS; i++) {
            LongDescriptorConfig config = registers(walks, pool, random);
            questions.group(config);
            for (int each = 0; each < QUESTIONS; each++) {
                questions.ask(ram, config, address(walks, random, config.inputBits()));
            }
        }
        run.load(pool.start(), QemuTables.bytes(ram, pool));
        questions.interview.hold(machine, run);
        questions.interview.requireOutcomes(everyOutcome(walks));
    }

    /** Anywhere, half of it in what 32 bits name. */
    private static long block(long bits) {
        return bits < 0 ? bits & 0xFFFFFFFFL : bits;
    }

    /** In the pool, or where nothing is. */
    private static long table(long bits) {
        return (bits & 31) == 0 ? hole(bits) : -1;
    }

    /** Where nothing is, half of it beyond what 40 bits name. */
    static long hole(long bits) {
        return QemuMachine.HOLE | (bits < 0 ? 1L << (40 + (bits >>> 32 & 7)) : 0);
    }

    /** But for what ends at level 0, which has few words. */
    static Set<String> everyOutcome(Walks walks) {
        Set<String> all = new TreeSet<>(Set.of(FaultKind.EXTERNAL_ABORT + " 2", FaultKind.EXTERNAL_ABORT + " 3"));
        for (int level = 1; level <= LongDescriptor.LAST_LEVEL; level++) {
            all.add(FaultKind.TRANSLATION + " " + level);
            all.add(FaultKind.ACCESS_FLAG + " " + level);
            all.add(FaultKind.PERMISSION + " " + level);
            // Elsewhere every address that a word can hold is one of an output.
            if (walks == Walks.STAGE1) {
                all.add(FaultKind.ADDRESS_SIZE + " " + level);
            }
            for (int granuleShift = 12; granuleShift <= (walks.isAarch32() ? 12 : 16); granuleShift += 2) {
                all.add(new PageSize(LongDescriptor.shift(granuleShift, level)).toString());
            }
        }
        return all;
    }

    private static LongDescriptorConfig registers(Walks walks, AddrRange<PhysAddr> pool, SplittableRandom random) {
        int granuleShift = walks.isAarch32() ? 12 : 12 + 2 * random.nextInt(3);
        int inputBits = walks.isAarch32() ? 32 - random.nextInt(8) : 64 - random.nextInt(16, 40);
        int start = LongDescriptor.startLevel(granuleShift, inputBits);
        int outputBits = walks.isAarch32() ? 40 : 48;
        if (walks.isStage2()) {
            start = secondStart(granuleShift, inputBits, start, random);
        } else if (!walks.isAarch32()) {
            // A block of a level that has none could be larger than the output; the architecture has no answer to that.
            int most = LongDescriptor.shift(granuleShift, start);
            List<Integer> sizes = Stream.of(32, 36, 40, 42, 44, 48)
                    .filter(bits -> bits >= most)
                    .toList();
            outputBits = sizes.get(random.nextInt(sizes.size()));
        }
        int rootBits = inputBits - LongDescriptor.shift(granuleShift, start);
        long table = Math.max(64, 8L << rootBits);
        PhysAddr root = pool.start().plus(random.nextLong(pool.bytes() / table) * table);
        return new LongDescriptorConfig(
                walks.regime,
                root,
                granuleShift,
                inputBits,
                start,
                outputBits,
                random.nextLong(),
                Set.of(Quirk.BLOCKS_AT_EVERY_LEVEL));
    }

    /** ARM DDI 0487 D8.2: a second stage starts at level 0 with 4 KiB only, and there at 3 never. */
    private static int secondStart(int granuleShift, int inputBits, int natural, SplittableRandom random) {
        int later = natural + 1;
        int rootBits = inputBits - LongDescriptor.shift(granuleShift, later);
        boolean canBeLater = later <= (granuleShift == 12 ? 2 : LongDescriptor.LAST_LEVEL)
                && rootBits <= LongDescriptor.bitsPerLevel(granuleShift) + 4;
        boolean mustBeLater = natural == 0 && granuleShift != 12;
        return canBeLater && (mustBeLater || random.nextBoolean()) ? later : natural;
    }

    /** Without a first stage, what is no output is refused there already. */
    private static int addressBits(Walks walks) {
        return walks.isAarch32() ? 32 : walks.isStage2() ? 48 : 64;
    }

    private static long address(Walks walks, SplittableRandom random, int inputBits) {
        int bits = addressBits(walks);
        long low = random.nextLong(1L << inputBits);
        long any = random.nextLong() >>> (64 - bits);
        return switch (random.nextInt(12)) {
            case 0 -> any;
            case 1 -> -1L >>> (64 - bits);
            case 2 -> (1L << inputBits) - 1;
            case 3 -> (1L << inputBits) & -1L >>> (64 - bits);
            case 4 -> low | 0xFFF;
            case 5 -> low & -0x1000;
            case 6 -> low & 0xFFFFFF;
            default -> low;
        };
    }

    @ParameterizedTest
    @EnumSource
    void walk_ofWrittenTables_endsAsInQemu(Walks walks) throws IOException, InterruptedException {
        QemuMachine machine = walks.machine;
        QemuRun run = new QemuRun(machine, "long-tables-" + walks);
        Questions questions = new Questions(walks, QemuInterview.seed(0x10A6));
        TableRam tables =
                new TableRam(machine.tables().start(), machine.tables().bytes());
        for (int i = 0; i < WRITTEN; i++) {
            LpaeTable table = TableRam.made(
                    LpaeTable.create(tables.memory, walks.format, driver(walks, questions.random), FlushOps.NONE));
            LongDescriptorConfig config = table.walker().config();
            List<Long> addresses =
                    QemuTables.write(table, questions.random, bits -> bits >>> (64 - config.outputBits()));
            questions.group(config);
            long mask = -1L >>> (64 - addressBits(walks));
            addresses.forEach(va -> questions.ask(tables.ram, config, va & mask));
            run.load(table.dumpTables(tables.ram));
        }
        questions.interview.hold(machine, run);
    }

    private static IoPgtableConfig driver(Walks walks, SplittableRandom random) {
        if (walks.isAarch32()) {
            return IoPgtableConfig.of(IoPgtableFormat.SIZES_4K, 32 - random.nextInt(2), 40);
        }
        long sizes = List.of(IoPgtableFormat.SIZES_4K, IoPgtableFormat.SIZES_16K, IoPgtableFormat.SIZES_64K)
                .get(random.nextInt(3));
        return IoPgtableConfig.of(sizes, List.of(32, 36, 39, 40, 42, 44, 48).get(random.nextInt(7)), 48);
    }
}
