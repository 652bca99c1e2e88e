package org.dmalab.engine.pagetable;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.pagetable.LongDescriptorConfig.Regime;
import org.junit.jupiter.api.Test;

/**
 * Long descriptors, walked by the SMMUv3 of a running QEMU for the DMA of its {@code edu} device: where it read or wrote, or the
 * event that was recorded.
 *
 * <p>Where QEMU 7.2's SMMUv3 leaves the architecture: {@link LongDescriptorConfig#QEMU_SMMUV3}. It has stage 1 and AArch64 tables
 * only, and what lies above 48 bits passes untranslated; neither is asked about. It never finds an output address too large. Its TLB
 * entries forget what tables took away, so that the guest empties the TLB before each question.
 */
final class QemuSmmuV3IT {
    private static final int GROUPS = 60;
    private static final int QUESTIONS = 40;
    private static final int WRITTEN = 12;
    /** Tables are written until every kind of answer is met, but no more than these. */
    private static final int MOST_WRITTEN = 4 * WRITTEN;

    /** Of the addresses that a writer touched, which are asked about. */
    private static final int STRIDE = 5;

    /** Bus 0, device 1, function 0. */
    private static final int STREAM_ID = 8;

    private static final int INPUT_MOST = 48;
    private static final int WORD = 4;

    // Context descriptor (ARM IHI 0070 5.4): EPD1, V, IPS, AA64, R, A, ASET, ASID 1.
    private static final long CD =
            1L << 30 | 1L << 31 | 5L << 32 | 1L << 41 | 1L << 45 | 1L << 46 | 1L << 47 | 1L << 48;

    private static final int READ_NOT_WRITE = 35;

    private static final QemuMachine MACHINE = QemuMachine.SMMUV3;

    private final long seed = QemuInterview.seed(0x5333);
    private final SplittableRandom random = new SplittableRandom(seed);
    private final QemuInterview interview = new QemuInterview(QemuSmmuV3IT.class, seed, 5, QemuSmmuV3IT::found);

    /** {@code guest.h}: events, three doublewords of the first, and where the device got to. */
    private static String found(long[] words) {
        if (words[0] == 0) {
            return "access to " + Long.toHexString(words[4]);
        }
        boolean read = (words[2] >>> READ_NOT_WRITE & 1) != 0;
        return event((int) words[0], (int) words[1] & 0xFF, (int) (words[1] >>> 32), read, words[3]);
    }

    /** ARM IHI 0070 7.3. */
    private static String event(int count, int type, int stream, boolean read, long address) {
        return count + " event of type 0x" + Integer.toHexString(type) + " of stream " + stream + ", "
                + (read ? "read" : "write") + " of " + Long.toHexString(address);
    }

    private static int type(FaultKind kind) {
        return switch (kind) {
            case EXTERNAL_ABORT -> 0x0B;
            case TRANSLATION -> 0x10;
            case ADDRESS_SIZE -> 0x11;
            case ACCESS_FLAG -> 0x12;
            case PERMISSION -> 0x13;
            case DOMAIN -> throw new AssertionError("long descriptors have no domains");
        };
    }

    private void group(LongDescriptorConfig config) {
        int tg = config.granuleShift() == 12 ? 0 : config.granuleShift() == 14 ? 2 : 1;
        interview.group(
                config.toString(),
                CD | 64 - config.inputBits() | (long) tg << 6,
                config.root().value(),
                config.mair());
    }

    /** A question whose answer lies in the device's reach, if this page leads there. */
    private void ask(PhysicalMemory ram, LongDescriptorConfig config, long iova) {
        boolean write = random.nextBoolean();
        LongDescriptorWalker walker = new LongDescriptorWalker(ram, config);
        Access access = write ? Access.WRITE : Access.READ;
        long chosen =
                walker.walk(new DmaAddr(iova), access).<Long>fold(mapped -> withinReach(iova, mapped), fault -> iova);
        Translation walk = walker.walk(new DmaAddr(chosen), access);
        Optional<Long> reached =
                walk.fold(mapped -> Optional.of(mapped.address().value()), fault -> Optional.empty());
        if (reached.isPresent() && !MACHINE.data().contains(new PhysAddr(reached.get()))) {
            return;
        }
        String expected = walk.fold(
                mapped -> "access to " + Long.toHexString(mapped.address().value()),
                fault -> event(1, type(fault.kind()), STREAM_ID, !write, chosen));
        interview.ask(
                chosen,
                write ? 1 : 0,
                reached.orElse(0L),
                expected,
                QemuShortWalkIT.outcome(walk),
                access + ": " + walk + "; " + QemuTables.path(ram, config, chosen));
    }

    /** Other low bits of an address, which a large page leads into the device's reach. */
    private long withinReach(long iova, Translation.Mapped mapped) {
        long mask = mapped.size().bytes() - 1;
        long target = reach(random.nextLong());
        return (iova & ~mask) | (target & mask & -WORD);
    }

    private static long reach(long bits) {
        AddrRange<PhysAddr> data = MACHINE.data();
        return data.start().value() + Long.remainderUnsigned(bits, data.bytes());
    }

    @Test
    void dma_throughRandomWords_endsAsInQemu() throws IOException, InterruptedException {
        QemuRun run = new QemuRun(MACHINE, "smmuv3-words");
        AddrRange<PhysAddr> pool = MACHINE.pool();
        PhysicalMemory ram = new PhysicalMemory(List.of(pool, MACHINE.data()));
        QemuTables.fillLong(ram, pool, random, QemuSmmuV3IT::reach, QemuSmmuV3IT::tableOrPage);
        for (int i = 0; i < GROUPS; i++) {
            int granuleShift = 12 + 2 * random.nextInt(3);
            int inputBits = 64 - random.nextInt(16, 40);
            int start = LongDescriptor.startLevel(granuleShift, inputBits);
            long table = Math.max(64, 8L << (inputBits - LongDescriptor.shift(granuleShift, start)));
            PhysAddr root = pool.start().plus(random.nextLong(pool.bytes() / table) * table);
            LongDescriptorConfig config = LongDescriptorConfig.of(Regime.AARCH64_STAGE1, root, granuleShift, inputBits)
                    .withMair(random.nextLong())
                    .withQuirks(LongDescriptorConfig.QEMU_SMMUV3);
            group(config);
            for (int each = 0; each < QUESTIONS; each++) {
                ask(ram, config, address(inputBits));
            }
        }
        run.load(pool.start(), QemuTables.bytes(ram, pool));
        interview.requireOutcomes(everyOutcome());
        interview.hold(MACHINE, run);
    }

    private static Set<String> everyOutcome() {
        Set<String> all = QemuLongWalkIT.everyOutcome(QemuWalks.STAGE1);
        all.removeIf(each -> each.startsWith(FaultKind.ACCESS_FLAG.toString())
                || each.startsWith(FaultKind.ADDRESS_SIZE.toString()));
        return all;
    }

    /** Into the pool, the device's reach, whose words are no descriptors, or where nothing is. */
    private static long tableOrPage(long bits) {
        return switch ((int) bits & 31) {
            case 0, 1 -> QemuLongWalkIT.hole(bits);
            case 2, 3, 4, 5, 6, 7 -> reach(bits >>> 5);
            default -> -1;
        };
    }

    private long address(int inputBits) {
        long low = random.nextLong(1L << inputBits);
        long address = switch (random.nextInt(10)) {
            case 0 -> random.nextLong(1L << INPUT_MOST);
            case 1 -> (1L << inputBits) - WORD;
            case 2 -> (1L << inputBits) & (1L << INPUT_MOST) - 1;
            case 3 -> low | 0xFFF;
            default -> low;
        };
        return address & -WORD;
    }

    @Test
    void dma_throughWrittenTables_endsAsInQemu() throws IOException, InterruptedException {
        QemuRun run = new QemuRun(MACHINE, "smmuv3-tables");
        TableRam tables =
                new TableRam(MACHINE.tables().start(), MACHINE.tables().bytes());
        Set<String> outcomes = new TreeSet<>(Set.of(FaultKind.TRANSLATION + " 3", FaultKind.PERMISSION + " 3"));
        for (int i = 0; i < WRITTEN || (i < MOST_WRITTEN && !interview.meets(outcomes)); i++) {
            long sizes = List.of(IoPgtableFormat.SIZES_4K, IoPgtableFormat.SIZES_16K, IoPgtableFormat.SIZES_64K)
                    .get(random.nextInt(3));
            int ias = List.of(32, 36, 39, 40, 42, 44, 48).get(random.nextInt(7));
            LpaeTable table = TableRam.made(LpaeTable.create(
                    tables.memory, LpaeFormat.ARM_64_S1, IoPgtableConfig.of(sizes, ias, 48), FlushOps.NONE));
            List<Long> addresses = QemuTables.write(table, random, QemuSmmuV3IT::reach);
            LongDescriptorConfig config = table.walker().config().withQuirks(LongDescriptorConfig.QEMU_SMMUV3);
            group(config);
            for (int each = random.nextInt(STRIDE); each < addresses.size(); each += STRIDE) {
                ask(tables.ram, config, addresses.get(each) & -WORD & (1L << INPUT_MOST) - 1);
            }
            outcomes.add(table.pageSizes().get(0).toString());
            run.load(table.dumpTables(tables.ram));
        }
        interview.requireOutcomes(outcomes);
        interview.hold(MACHINE, run);
    }
}
