package org.dmalab.engine.pagetable;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Quirk;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Long descriptors, walked by the MMU of a running QEMU: both stages of a Cortex-A15 and of a Neoverse N1.
 *
 * <p>Of a second stage the address and the fault are compared: the attributes in PAR are those of both stages together. Where QEMU
 * 7.2 leaves the architecture: its processors follow {@linkplain Quirk#BLOCKS_AT_EVERY_LEVEL blocks at levels that have none}.
 */
final class QemuLongWalkIT {
    private static final long SEED = 0x10A6;
    private static final int GROUPS = 200;
    private static final int QUESTIONS = 120;
    private static final int WRITTEN = 12;
    /** Tables are written until every kind of answer is met, but no more than these. */
    private static final int MOST_WRITTEN = 4 * WRITTEN;

    private static final long PAR_ADDRESS = 0x0000FFFFFFFFF000L;

    /** One machine's questions as they are gathered. */
    private static final class Questions {
        private final QemuWalks walks;
        private final QemuInterview interview;
        private final SplittableRandom random;

        Questions(QemuWalks walks) {
            this.walks = walks;
            long seed = QemuInterview.seed(SEED);
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
            interview.group(walks + ", " + config, walks.registers(config));
        }

        void ask(PhysicalMemory ram, LongDescriptorConfig config, long va) {
            int number = random.nextInt(QemuShortWalkIT.ACCESSES.size());
            Access access = QemuShortWalkIT.ACCESSES.get(number);
            Translation walk = walks.walk(ram, config, va, access);
            String outcome = QemuShortWalkIT.outcome(walk);
            interview.ask(
                    va,
                    walks.operation(number),
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
    void walk_ofRandomWords_endsAsInQemu(QemuWalks walks) throws IOException, InterruptedException {
        QemuMachine machine = walks.machine();
        QemuRun run = new QemuRun(machine, "long-words-" + walks);
        Questions questions = new Questions(walks);
        AddrRange<PhysAddr> pool = machine.pool();
        PhysicalMemory ram = new PhysicalMemory(List.of(pool));
        SplittableRandom random = questions.random;
        QemuTables.fillLong(ram, pool, random, QemuLongWalkIT::block, QemuLongWalkIT::table);
        for (int i = 0; i < GROUPS; i++) {
            LongDescriptorConfig config = walks.randomConfig(pool, random);
            questions.group(config);
            for (int each = 0; each < QUESTIONS; each++) {
                questions.ask(ram, config, address(walks, config, random));
            }
        }
        run.load(pool.start(), QemuTables.bytes(ram, pool));
        questions.interview.requireOutcomes(everyOutcome(walks));
        questions.interview.hold(machine, run);
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
    static Set<String> everyOutcome(QemuWalks walks) {
        Set<String> all = new TreeSet<>(Set.of(FaultKind.EXTERNAL_ABORT + " 2", FaultKind.EXTERNAL_ABORT + " 3"));
        for (int level = 1; level <= LongDescriptor.LAST_LEVEL; level++) {
            all.add(FaultKind.TRANSLATION + " " + level);
            all.add(FaultKind.ACCESS_FLAG + " " + level);
            all.add(FaultKind.PERMISSION + " " + level);
            // Elsewhere every address that a word can hold is one of an output.
            if (!walks.isAarch32() && !walks.isStage2()) {
                all.add(FaultKind.ADDRESS_SIZE + " " + level);
            }
            for (int granuleShift = 12; granuleShift <= (walks.isAarch32() ? 12 : 16); granuleShift += 2) {
                all.add(new PageSize(LongDescriptor.shift(granuleShift, level)).toString());
            }
        }
        return all;
    }

    private static long address(QemuWalks walks, LongDescriptorConfig config, SplittableRandom random) {
        long mask = -1L >>> (64 - walks.addressBits());
        long limit = 1L << config.inputBits();
        long low = random.nextLong(limit);
        long address = switch (random.nextInt(12)) {
            case 0 -> random.nextLong();
            case 1 -> -1L;
            case 2 -> limit - 1;
            case 3 -> limit;
            case 4 -> low | 0xFFF;
            case 5 -> low & -0x1000;
            case 6 -> low & 0xFFFFFF;
            default -> low;
        };
        return walks.input(config, address) & mask;
    }

    @ParameterizedTest
    @EnumSource
    void walk_ofWrittenTables_endsAsInQemu(QemuWalks walks) throws IOException, InterruptedException {
        QemuMachine machine = walks.machine();
        QemuRun run = new QemuRun(machine, "long-tables-" + walks);
        Questions questions = new Questions(walks);
        TableRam tables =
                new TableRam(machine.tables().start(), machine.tables().bytes());
        long mask = -1L >>> (64 - walks.addressBits());
        Set<String> outcomes = new TreeSet<>(Set.of(FaultKind.TRANSLATION + " 3", FaultKind.PERMISSION + " 3"));
        for (int i = 0; i < WRITTEN || (i < MOST_WRITTEN && !questions.interview.meets(outcomes)); i++) {
            IoPgtableConfig driver = walks.randomDriver(questions.random);
            LpaeTable table = TableRam.made(LpaeTable.create(tables.memory, walks.format(), driver, FlushOps.NONE));
            LongDescriptorConfig config = table.walker().config();
            List<Long> addresses =
                    QemuTables.write(table, questions.random, bits -> bits >>> (64 - config.outputBits()));
            questions.group(config);
            addresses.forEach(va -> questions.ask(tables.ram, config, va & mask));
            outcomes.add(table.pageSizes().get(0).toString());
            run.load(table.dumpTables(tables.ram));
        }
        questions.interview.requireOutcomes(outcomes);
        questions.interview.hold(machine, run);
    }
}
