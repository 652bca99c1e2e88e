package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.pagetable.IoPgtableConfig.Quirk;
import org.dmalab.engine.testing.RandomOperations;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A million random maps and unmaps of every io-pgtable, four seeds of a quarter each, against a model without words. */
final class IoPgtableRandomTest {
    private static final int STEPS = 250_000;
    private static final long[] SEEDS = {0xa121, 0xa122, 0xa123, 0xa124};
    private static final int COMPARED_EVERY = 25_000;

    static Stream<IoPgtableFormat> formats() {
        return Stream.of(
                IoPgtableFormat.v7s("v7s", 32, 32, EnumSet.noneOf(Quirk.class)),
                IoPgtableFormat.v7s("v7s, NO_PERMS", 32, 32, EnumSet.of(Quirk.NO_PERMS)),
                IoPgtableFormat.v7s("v7s, MediaTek", 34, 35, EnumSet.of(Quirk.NO_PERMS, Quirk.MTK_EXT)),
                IoPgtableFormat.lpae(LpaeFormat.ARM_64_S1, IoPgtableFormat.SIZES_4K, 39, 48),
                IoPgtableFormat.lpae(LpaeFormat.ARM_64_S1, IoPgtableFormat.SIZES_16K, 47, 48),
                IoPgtableFormat.lpae(LpaeFormat.ARM_64_S1, IoPgtableFormat.SIZES_64K, 48, 48),
                IoPgtableFormat.lpae(LpaeFormat.ARM_64_S2, IoPgtableFormat.SIZES_4K, 40, 48),
                IoPgtableFormat.lpae(LpaeFormat.ARM_32_S1, IoPgtableFormat.SIZES_4K, 32, 40));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void operations_random_agreeWithTheModel(IoPgtableFormat format) {
        for (long seed : SEEDS) {
            Machine machine = new Machine(format);
            RandomOperations.run(IoPgtableRandomTest.class, seed, STEPS, machine::step);
            machine.compareAll();
        }
    }

    private static final class Machine implements FlushOps {
        private final IoPgtableFormat format;
        private final IoPgtable table;
        private final SlotTable model;
        private final List<PageSize> sizes;
        private final long window;
        private final long base;
        private long walkFlushes;
        private long pageFlushes;
        private final int rarity;
        private int steps;

        Machine(IoPgtableFormat format) {
            this.format = format;
            table = format.create().apply(new TableRam(), this);
            sizes = table.pageSizes();
            model = format.isShort()
                    ? new SlotTable.V7s()
                    : new SlotTable.Lpae(sizes.get(0).shift(), ((LpaeTable) table).startLevel());
            rarity = format.isShort() ? 4 : 1 << (sizes.get(0).shift() - 10);
            PageSize largest = sizes.get(sizes.size() - 1);
            window = 3 * largest.bytes();
            // Where tables of two first-level entries meet.
            base = (1L << (format.config().ias() - 1)) - largest.bytes();
        }

        @Override
        public void flushAll() {
            throw new AssertionError("nobody flushes everything");
        }

        @Override
        public void flushWalk(DmaAddr iova, long bytes) {
            walkFlushes++;
        }

        @Override
        public void addPage(DmaAddr iova, long bytes) {
            pageFlushes++;
        }

        void step(SplittableRandom random, Consumer<String> log) {
            PageSize size = sizes.get(rank(random));
            long iova = base + size.alignDown(offset(random));
            long room = ((table.aperture().last() - iova) >>> size.shift()) + 1;
            int count = (int) Math.min(room, 1 + (random.nextInt(8) == 0 ? random.nextInt(40) : random.nextInt(2)));
            if (random.nextInt(100) < 55) {
                long phys =
                        size.alignDown(random.nextLong(1L << (format.config().oas() - 2)));
                int prot = 1 + random.nextInt(63);
                prot = (prot & 3) == 0 ? prot | 3 : prot;
                log.accept("map [iova=" + Long.toHexString(iova) + "] [phys=" + Long.toHexString(phys) + "] [size="
                        + size + "] [count=" + count + "] [prot=" + prot + "]");
                long expected = model.map(iova, phys, size.shift(), count, prot);
                assertEquals(
                        expected, table.map(new DmaAddr(iova), new PhysAddr(phys), size, count, new IommuProt(prot)));
                if (expected < count * size.bytes()) {
                    assertEquals(model.refusal, table.refusal().errno().name());
                }
            } else {
                log.accept("unmap [iova=" + Long.toHexString(iova) + "] [size=" + size + "] [count=" + count + "]");
                assertEquals(model.unmap(iova, size.shift(), count), table.unmap(new DmaAddr(iova), size, count));
            }
            assertEquals(model.walkFlushes, walkFlushes, "flushes of walks");
            assertEquals(model.pageFlushes, pageFlushes, "flushes of pages");
            compare(random, iova);
            compare(random, iova + count * size.bytes() - 1);
            compare(random, base + offset(random));
            if (++steps % COMPARED_EVERY == 0) {
                compareAll();
            }
        }

        /** Small pages often, each larger size less often, and the less the more pages it has to be split into. */
        private int rank(SplittableRandom random) {
            int rank = 0;
            while (rank < sizes.size() - 1 && random.nextInt(rarity) == 0) {
                rank++;
            }
            return rank;
        }

        /** Mostly where small pages lie dense, around the start of a block; else anywhere. */
        private long offset(SplittableRandom random) {
            long dense = 256 * sizes.get(0).bytes();
            return switch (random.nextInt(8)) {
                case 0 -> random.nextLong(window - window / 4);
                case 1 -> random.nextLong(3) * (window / 3) + random.nextLong(dense);
                default -> window / 3 - dense / 2 + random.nextLong(dense);
            };
        }

        private void compare(SplittableRandom random, long iova) {
            SlotTable.Found expected = model.lookup(iova);
            DmaAddr from = new DmaAddr(iova);
            long told = expected == null ? 0 : expected.phys();
            assertEquals(told, table.iovaToPhys(from).value(), () -> "driver on " + Long.toHexString(iova));
            Access access = Access.values()[random.nextInt(6)];
            String walked = table.walk(from, access)
                    .fold(
                            to -> Long.toHexString(to.address().value()),
                            fault -> fault.kind().toString());
            assertEquals(answer(expected, access), walked, () -> access + " of " + Long.toHexString(iova));
        }

        private String answer(SlotTable.@Nullable Found found, Access access) {
            if (found == null) {
                return FaultKind.TRANSLATION.toString();
            }
            return allows(new IommuProt(found.prot()), access)
                    ? Long.toHexString(found.phys())
                    : FaultKind.PERMISSION.toString();
        }

        private boolean allows(IommuProt prot, Access access) {
            if (format.config().quirks().contains(Quirk.NO_PERMS)) {
                return true;
            }
            boolean write = prot.has(IommuProt.WRITE);
            boolean execute = !prot.has(IommuProt.NOEXEC);
            if (format.name().startsWith("ARM_64_S2")) {
                return access.isWrite() ? write : prot.has(IommuProt.READ) && (!access.isExecute() || execute);
            }
            boolean aarch64 = format.name().startsWith("ARM_64");
            if (prot.has(IommuProt.PRIVILEGED) && !access.isPrivileged()) {
                return aarch64 && access.isExecute() && execute;
            }
            // What a user can write is not executed with privilege, as VMSAv8-64 has it.
            boolean userWrites = write && !prot.has(IommuProt.PRIVILEGED) && aarch64;
            return access.isWrite()
                    ? write
                    : !access.isExecute() || (execute && !(access.isPrivileged() && userWrites));
        }

        /** Every entry the table shows, and no other, is in the model. */
        void compareAll() {
            TreeSet<String> shown = new TreeSet<>();
            table.visit(new TableVisitor() {
                @Override
                public void table(int level, long index, long descriptor, PhysAddr at) {
                    shown.add(level + " " + Long.toHexString(index) + " table");
                }

                @Override
                public void leaf(int level, long index, long descriptor, PhysAddr at) {
                    shown.add(level + " " + Long.toHexString(index) + " page");
                }
            });
            TreeSet<String> expected = new TreeSet<>();
            for (int i = model.first; i < model.shifts.length; i++) {
                int level = i;
                model.levels[level].forEach((index, slot) ->
                        expected.add(level + " " + Long.toHexString(index) + (slot.isTable() ? " table" : " page")));
            }
            assertEquals(expected, shown, "entries of the table");
        }
    }
}
