package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.pagetable.Access;
import org.dmalab.engine.pagetable.IommuProt;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An IO-TLB against a flat model: with every unmap synced it answers as the table does; otherwise with what the table says or
 * said before an unmap that was not flushed since.
 */
final class IoTlbRandomTest {
    private static final long SEED = 0x10_71B5;
    private static final int STEPS = 84_000;
    private static final long IOVA = 0x20000000L;
    private static final long PHYS = 0x80000000L;
    private static final int PAGES = 2048;
    private static final int PAGE_SHIFT = 12;
    private static final int[] SIZES = {1, 1, 1, 1, 1, 16, 16, 16, 256, 512};

    /** The machines, each with little room so that it forgets often. */
    enum Machine {
        EXYNOS_V1(() -> Translated.exynos(Era.V3_14, IoTlbGeometry.EXYNOS_V1)),
        EXYNOS_V2(() -> Translated.exynos(Era.V6_1, IoTlbGeometry.EXYNOS_V2)),
        EXYNOS_V3_3(() -> Translated.exynos(Era.V6_1, IoTlbGeometry.EXYNOS_V3_3)),
        OMAP(() -> Translated.omap(IoTlbGeometry.OMAP3_ISP)),
        MSM(Translated::msm),
        TEGRA30(() -> Translated.tegra(Era.V6_1, IoTlbGeometry.TEGRA30)),
        TEGRA124(() -> Translated.tegra(Era.V6_1, IoTlbGeometry.TEGRA124)),
        SMMU(() -> Translated.smmu(IoTlbGeometry.smmu(16, 4)));

        @SuppressWarnings("ImmutableEnumChecker") // makes a new one with each call
        private final Supplier<Translated> machine;

        Machine(Supplier<Translated> machine) {
            this.machine = machine;
        }
    }

    /** What a page answers. */
    private record Answer(long read, long write) {
        static final Answer NOTHING = new Answer(Translated.STOPPED, Translated.STOPPED);

        long to(boolean write) {
            return write ? this.write : read;
        }
    }

    private record Pending(IotlbGather gather, String text) {}

    /** The machine and what is known of it. */
    private static final class Run {
        private final Translated machine;
        private final boolean syncs;
        private final Answer[] current = new Answer[PAGES];
        private final List<Set<Answer>> stale = new ArrayList<>();
        /** How many pages are mapped as one from a page on. */
        private final TreeMap<Integer, Integer> mappings = new TreeMap<>();

        private final List<Pending> owed = new ArrayList<>();
        long staleAnswers;

        Run(Translated machine, boolean syncs) {
            this.machine = machine;
            this.syncs = syncs;
            for (int i = 0; i < PAGES; i++) {
                current[i] = Answer.NOTHING;
                stale.add(new HashSet<>());
            }
        }

        void step(SplittableRandom random, Consumer<String> log) {
            int choice = random.nextInt(100);
            if (choice < 7) {
                map(random, log);
            } else if (choice < 9) {
                unmap(random, log);
            } else if (choice < 11 && !owed.isEmpty()) {
                sync(random, log);
            } else {
                access(random, log);
            }
        }

        private void map(SplittableRandom random, Consumer<String> log) {
            int pages = SIZES[random.nextInt(SIZES.length)];
            int first = random.nextInt(PAGES / pages) * pages;
            Map.Entry<Integer, Integer> below = mappings.floorEntry(first + pages - 1);
            if (below != null && below.getKey() + below.getValue() > first) {
                return;
            }
            long phys = PHYS + (((long) random.nextInt(PAGES / pages) * pages) << PAGE_SHIFT);
            boolean readOnly = random.nextInt(4) == 0;
            log.accept(
                    "map " + pages + " at " + first + " to " + Long.toHexString(phys) + (readOnly ? " read only" : ""));
            machine.map(
                    iova(first), phys, (long) pages << PAGE_SHIFT, readOnly ? IommuProt.READ : IommuProt.READ_WRITE);
            mappings.put(first, pages);
            for (int i = 0; i < pages; i++) {
                current[first + i] = new Answer(walked(first + i, Access.READ), walked(first + i, Access.WRITE));
                assertEquals(phys + ((long) i << PAGE_SHIFT), current[first + i].read(), "the walk");
            }
        }

        private long walked(int page, Access access) {
            return machine.domain
                    .translate(new DmaAddr(iova(page)), access)
                    .<Long>fold(mapped -> mapped.address().value(), end -> Translated.STOPPED);
        }

        private void unmap(SplittableRandom random, Consumer<String> log) {
            Map.Entry<Integer, Integer> chosen = mappings.floorEntry(random.nextInt(PAGES));
            if (chosen == null) {
                return;
            }
            int first = chosen.getKey();
            int pages = chosen.getValue();
            mappings.remove(first, pages);
            boolean now = syncs || random.nextInt(3) == 0;
            log.accept("unmap " + pages + " at " + first + (now ? " and sync" : ""));
            IotlbGather gather = machine.unmap(iova(first), (long) pages << PAGE_SHIFT);
            assertEquals((long) pages << PAGE_SHIFT, gather.unmappedBytes());
            for (int page = first; page < first + pages; page++) {
                if (isOwed(gather, page)) {
                    stale.get(page).add(current[page]);
                } else {
                    stale.get(page).clear();
                }
                current[page] = Answer.NOTHING;
            }
            if (now) {
                flushed(gather);
            } else {
                owed.add(new Pending(gather, pages + " at " + first));
            }
        }

        private static boolean isOwed(IotlbGather gather, int page) {
            return gather.owed()
                    .filter(range -> range.contains(new DmaAddr(iova(page))))
                    .isPresent();
        }

        private void sync(SplittableRandom random, Consumer<String> log) {
            Pending pending = owed.remove(random.nextInt(owed.size()));
            log.accept("sync " + pending.text());
            flushed(pending.gather());
        }

        private void flushed(IotlbGather gather) {
            gather.owed().ifPresent(this::forget);
            gather.sync();
        }

        private void forget(AddrRange<DmaAddr> range) {
            int first = (int) ((range.start().value() - IOVA) >>> PAGE_SHIFT);
            int pages = (int) (range.bytes() >>> PAGE_SHIFT);
            for (int page = first; page < first + pages; page++) {
                stale.get(page).clear();
            }
        }

        private void access(SplittableRandom random, Consumer<String> log) {
            // Three in four stay near each other, as those of devices do.
            int page = random.nextInt(4) == 0 ? random.nextInt(PAGES) : random.nextInt(64);
            boolean write = random.nextBoolean();
            log.accept((write ? "write " : "read ") + page);
            long found = write ? machine.write(iova(page)) : machine.read(iova(page));
            long expected = current[page].to(write);
            if (found != expected) {
                assertTrue(
                        stale.get(page).stream().anyMatch(answer -> answer.to(write) == found),
                        () -> "IO-TLB says " + Long.toHexString(found) + ", table says " + Long.toHexString(expected)
                                + ", before it said " + stale.get(page));
                staleAnswers++;
            }
        }

        private static long iova(int page) {
            return IOVA + ((long) page << PAGE_SHIFT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void synced_answersAsTheTable(Machine machine) {
        Run run = new Run(machine.machine.get(), true);
        RandomOperations.run(IoTlbRandomTest.class, SEED, STEPS, run::step);
        run.machine.iommu.unit().checkInvariants();
        assertEquals(0, run.staleAnswers);
        assertEquals(List.of(), run.machine.iommu.tlb().staleEntries());
        assertTrue(run.machine.hits() > STEPS / 20, "hits: " + run.machine.hits());
        assertTrue(run.machine.misses() > STEPS / 100, "misses: " + run.machine.misses());
    }

    @ParameterizedTest
    @EnumSource
    void unsynced_answersAsTheTableDoesOrDid(Machine machine) {
        Run run = new Run(machine.machine.get(), false);
        RandomOperations.run(IoTlbRandomTest.class, SEED + 1, STEPS, run::step);
        run.machine.iommu.unit().checkInvariants();
        assertEquals(machine == Machine.MSM, run.staleAnswers == 0, "stale answers: " + run.staleAnswers);
    }
}
