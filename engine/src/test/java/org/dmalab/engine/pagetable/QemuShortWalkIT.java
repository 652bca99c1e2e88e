package org.dmalab.engine.pagetable;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Order;
import org.dmalab.engine.pagetable.ShortDescriptorConfig.Reach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Short descriptors, walked by the MMU of a running QEMU.
 *
 * <p>Where QEMU leaves the architecture: {@link Order#QEMU}, and PAR has no memory attributes ({@link ShortPar.Detail#ADDRESS}).
 * Where the machines differ: without Security Extensions, as QEMU's Cortex-A15 here is, TTBCR has no PD0 and PD1.
 */
final class QemuShortWalkIT {
    private static final int GROUPS = 60;
    private static final int QUESTIONS = 400;
    private static final int WRITTEN = 12;

    private static final int SCTLR_M = 1;
    private static final int SCTLR_TRE = 1 << 28;
    private static final int SCTLR_AFE = 1 << 29;
    private static final int SECTION_OF_ALL = 3 << 10 | ShortDescriptor.TYPE_PAGE;
    private static final int LAST_DOMAIN = 15;
    private static final int LAST_IS_MANAGER = 3 << (2 * LAST_DOMAIN);

    /** {@code guest.h}: as ATS1C* are numbered; in Hyp mode ATS12NSO* follow. */
    static final List<Access> ACCESSES =
            List.of(Access.PRIVILEGED_READ, Access.PRIVILEGED_WRITE, Access.READ, Access.WRITE);

    static final int OTHER_WORLD = 4;

    /** One machine's questions as they are gathered. */
    private static final class Questions {
        private final QemuInterview interview;
        private final SplittableRandom random;
        private final boolean hyp;

        Questions(QemuMachine machine, long seed) {
            hyp = machine == QemuMachine.CORTEX_A15;
            random = new SplittableRandom(seed);
            interview = new QemuInterview(QemuShortWalkIT.class, seed, 2, this::found);
        }

        private String found(long[] words) {
            // DFSR.FS with short descriptors, HSR.ISS.DFSC in Hyp mode.
            return words[1] != 0
                    ? "abort " + Long.toHexString(words[1] & (hyp ? 0x3F : 0x40F))
                    : String.format(Locale.ROOT, "%08x", words[0]);
        }

        private String expected(Translation walk, ShortDescriptorConfig config, PhysicalMemory ram, long va) {
            return walk.fold(mapped -> false, fault -> fault.kind() == FaultKind.EXTERNAL_ABORT)
                    ? "abort " + Integer.toHexString(hyp ? 20 + walk.level() : 10 + 2 * walk.level())
                    : String.format(Locale.ROOT, "%08x", ShortPar.of(walk, config, ram, va, ShortPar.Detail.ADDRESS));
        }

        /** As this processor walks. */
        ShortDescriptorConfig hardware(ShortDescriptorConfig config) {
            return config.withOrder(Order.QEMU).withPxn(hyp).withSecure(!hyp);
        }

        void group(ShortDescriptorConfig config) {
            int sctlr = SCTLR_M | SCTLR_TRE | (config.afe() ? SCTLR_AFE : 0);
            interview.group(
                    config.toString(),
                    config.ttbcr(),
                    config.ttbr0().value(),
                    config.ttbr1().value(),
                    config.dacr(),
                    sctlr,
                    config.prrr(),
                    config.nmrr());
        }

        void ask(PhysicalMemory ram, ShortDescriptorConfig config, long va) {
            int op = random.nextInt(ACCESSES.size());
            ShortDescriptorWalker walker = new ShortDescriptorWalker(ram, config);
            Translation walk = walker.walk(new DmaAddr(va), ACCESSES.get(op));
            PhysAddr first = walker.firstLevel(va);
            interview.ask(
                    va,
                    hyp ? OTHER_WORLD + op : op,
                    0,
                    expected(walk, config, ram, va),
                    outcome(walk),
                    ACCESSES.get(op) + ": " + walk + ", first level at " + first + " = "
                            + Addresses.hex(Integer.toUnsignedLong(ram.readWord(first))));
        }
    }

    /** {@code 4 KiB}, {@code domain 2}. */
    static String outcome(Translation walk) {
        return walk.fold(mapped -> mapped.size().toString(), fault -> fault.kind() + " " + fault.level());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORTEX_A9", "CORTEX_A15"})
    void walk_ofRandomWords_endsAsInQemu(QemuMachine machine) throws IOException, InterruptedException {
        QemuRun run = new QemuRun(machine, "short-words-" + machine);
        Questions questions = new Questions(machine, QemuInterview.seed(0x5407));
        AddrRange<PhysAddr> pool = machine.pool();
        PhysicalMemory ram = new PhysicalMemory(List.of(pool));
        QemuTables.fillShort(ram, pool, questions.random);
        List<ShortDescriptorConfig> configs = questions
                .random
                .ints(GROUPS)
                .mapToObj(seed -> registers(machine, pool, new SplittableRandom(seed)))
                .map(questions::hardware)
                .toList();
        if (!questions.hyp) {
            configs = configs.stream()
                    .map(config -> config.withDacr(config.dacr() | LAST_IS_MANAGER))
                    .toList();
            for (ShortDescriptorConfig config : configs) {
                enterGuest(machine, ram, config);
            }
        }
        for (ShortDescriptorConfig config : configs) {
            questions.group(config);
            for (int i = 0; i < QUESTIONS; i++) {
                questions.ask(ram, config, address(questions.random, config.n()));
            }
        }
        run.load(pool.start(), QemuTables.bytes(ram, pool));
        questions.interview.hold(machine, run);
        questions.interview.requireOutcomes(everyOutcome());
    }

    private static Set<String> everyOutcome() {
        Set<String> all = new TreeSet<>();
        for (PageSize size :
                List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M, PageSize.SUPERSECTION_16M)) {
            all.add(size.toString());
        }
        for (FaultKind kind : EnumSet.complementOf(EnumSet.of(FaultKind.ADDRESS_SIZE, FaultKind.EXTERNAL_ABORT))) {
            all.add(kind + " 1");
            all.add(kind + " 2");
        }
        all.add(FaultKind.EXTERNAL_ABORT + " 2");
        return all;
    }

    private static ShortDescriptorConfig registers(
            QemuMachine machine, AddrRange<PhysAddr> pool, SplittableRandom random) {
        int n = random.nextInt(8);
        int off = 0;
        if (machine == QemuMachine.CORTEX_A9 && random.nextInt(4) == 0) {
            // The guest's own half is needed.
            boolean upper = n > 0 && machine.guest().value() >>> (32 - n) != 0;
            off = upper ? ShortDescriptorConfig.PD0 : ShortDescriptorConfig.PD1;
        }
        return new ShortDescriptorConfig(
                root(pool, random, 14 - n),
                root(pool, random, 14),
                n | off,
                clientsMostly(random),
                random.nextBoolean(),
                random.nextInt(),
                random.nextInt(),
                false,
                false,
                Order.QEMU,
                Reach.ARM);
    }

    /** Domains that grant something more often than not. */
    private static int clientsMostly(SplittableRandom random) {
        int some = random.nextInt();
        return some | random.nextInt();
    }

    private static PhysAddr root(AddrRange<PhysAddr> pool, SplittableRandom random, int alignedBits) {
        long slots = pool.bytes() >>> 14;
        long within = random.nextLong(1L << (14 - alignedBits)) << alignedBits;
        return pool.start().plus((random.nextLong(slots) << 14) + within);
    }

    /** In the secure world the guest runs under the table it asks about: its MiB is a section in the last domain, of managers. */
    private static void enterGuest(QemuMachine machine, PhysicalMemory ram, ShortDescriptorConfig config) {
        long guest = machine.guest().value();
        PhysAddr at = new ShortDescriptorWalker(ram, config).firstLevel(guest);
        ram.writeWord(at, (int) guest | SECTION_OF_ALL | LAST_DOMAIN << ShortDescriptor.DOMAIN_SHIFT);
    }

    private static long address(SplittableRandom random, int n) {
        long any = random.nextLong(1L << 32);
        long low = random.nextLong(1L << (32 - n));
        return switch (random.nextInt(8)) {
            case 0 -> any | 0xFFFFF;
            case 1 -> any & -0x1000;
            case 2 -> 0xFFFFFFFFL - random.nextLong(2);
            case 3 -> (1L << (32 - n)) - random.nextLong(1, 3);
            case 4 -> any;
            default -> low;
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"CORTEX_A9", "CORTEX_A15"})
    void walk_ofWrittenTables_endsAsInQemu(QemuMachine machine) throws IOException, InterruptedException {
        QemuRun run = new QemuRun(machine, "short-tables-" + machine);
        Questions questions = new Questions(machine, QemuInterview.seed(0x5407));
        TableRam tables =
                new TableRam(machine.tables().start(), machine.tables().bytes());
        for (int i = 0; i < WRITTEN; i++) {
            V7sTable table = TableRam.made(V7sTable.create(
                    tables.memory, IoPgtableConfig.of(IoPgtableFormat.V7S_SIZES, 32, 32), FlushOps.NONE));
            List<Long> addresses = QemuTables.write(table, questions.random, bits -> bits >>> 32);
            if (!questions.hyp) {
                enterGuest(machine, tables.ram, table.walker().config());
            }
            ShortDescriptorConfig config = questions.hardware(
                    table.walker().config().withDacr(ShortDescriptorConfig.ALL_CLIENTS | LAST_IS_MANAGER));
            questions.group(config);
            addresses.forEach(va -> questions.ask(tables.ram, config, va & 0xFFFFFFFFL));
            run.load(table.dumpTables(tables.ram));
        }
        questions.interview.hold(machine, run);
        questions.interview.requireOutcomes(Set.of(
                PageSize.SMALL_4K.toString(),
                PageSize.LARGE_64K.toString(),
                FaultKind.TRANSLATION + " 1",
                FaultKind.TRANSLATION + " 2",
                FaultKind.PERMISSION + " 2"));
    }
}
