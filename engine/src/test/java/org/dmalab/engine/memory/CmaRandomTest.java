package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Users who take, free and pin pages while contiguous buffers come and go: every page is used once, and what was written to
 * a page is found where its owner believes it to be.
 */
final class CmaRandomTest {
    private static final int AREA_PAGES = 3072;

    private record Buffer(PhysAddr start, long count) {}

    @ParameterizedTest
    @CsvSource({"V3_6, 1", "V3_14, 2", "V3_14, 3", "V6_1, 4", "V6_12, 5", "V6_12, 6", "V6_12, 7", "V6_12, 8"})
    void operations_random_everyPageOnceAndItsContentSurvives(Era era, int seed) {
        Run run = new Run(new CmaMachine(era, 0x4e400, 2048, AREA_PAGES));
        RandomOperations.run(CmaRandomTest.class, 0x5eedc0L + seed, 400, run::step);
        assertTrue(run.done > 20 && run.busy > 0 && run.full > 0, run.toString());
    }

    private static final class Run {
        private final CmaMachine machine;
        private final List<MovablePages> users;
        private final List<Buffer> buffers = new ArrayList<>();
        private int nextStamp;
        private int done;
        private int busy;
        private int full;

        Run(CmaMachine machine) {
            this.machine = machine;
            users = List.of(
                    new MovablePages("page cache", machine.frames), new MovablePages("browser", machine.frames));
        }

        @Override
        public String toString() {
            return "done " + done + ", busy " + busy + ", full " + full;
        }

        private void step(SplittableRandom random, Consumer<String> log) {
            MovablePages user = users.get(random.nextInt(2));
            long seed = random.nextLong();
            switch (random.nextInt(12)) {
                case 0, 1 -> take(user, random.nextInt(600), log);
                case 2, 3 -> {
                    int count = random.nextInt(700);
                    log.accept("free " + count + " of " + user);
                    int freed = user.free(count, seed);
                    assertTrue(freed <= count);
                }
                case 4 -> {
                    log.accept("pin pages of " + user);
                    int pinned = user.pin(random.nextInt(300), "gpu", seed);
                    assertTrue(pinned < 300);
                }
                case 5 -> {
                    log.accept("unpin pages of " + user);
                    int unpinned = user.unpin("gpu");
                    assertEquals(
                            0,
                            user.pfns()
                                    .filter(pfn -> machine.frames.holds(pfn).stream()
                                            .anyMatch(hold -> hold.kind() == Hindrance.PINNED))
                                    .count(),
                            "still pinned of " + unpinned);
                }
                case 6 -> {
                    log.accept("hold pages of " + user);
                    int held = user.holdBriefly(random.nextInt(30), "lookup", 8, seed)
                            + user.writeback(random.nextInt(30), 3, seed);
                    assertTrue(held < 60);
                }
                case 7, 8 -> release(random, log);
                default -> allocate(random, log);
            }
            machine.checkInvariants(users);
            write();
        }

        private void take(MovablePages user, int count, Consumer<String> log) {
            log.accept("take " + count + " for " + user);
            long before = machine.buddy.freePages();
            assertEquals(Math.min(count, before), user.alloc(count));
        }

        /** Pages that have no content yet are written now, each with a stamp of its own. */
        private void write() {
            machine.stamps.keySet().removeIf(pfn -> machine.frames.owner(pfn).isEmpty());
            for (MovablePages user : users) {
                user.pfns()
                        .filter(pfn -> !machine.stamps.containsKey(pfn))
                        .forEach(pfn -> machine.stamps.put(pfn, ++nextStamp));
            }
        }

        private void release(SplittableRandom random, Consumer<String> log) {
            if (!buffers.isEmpty()) {
                Buffer buffer = buffers.remove(random.nextInt(buffers.size()));
                log.accept("release " + buffer);
                assertTrue(machine.area.release(buffer.start, buffer.count));
            }
        }

        private void allocate(SplittableRandom random, Consumer<String> log) {
            long count = 1L + random.nextInt(1 << random.nextInt(11));
            int order = random.nextInt(12);
            log.accept("cma alloc [pages=" + count + "] [order=" + order + "]");
            long used = machine.area.usedPages();
            long free = machine.buddy.freePages();
            List<Integer> contents = contents();
            Outcome<PhysAddr> outcome = machine.area.alloc(count, order);
            assertEquals(contents, contents(), "content by user");
            boolean taken = !outcome.isFailed();
            assertEquals(used + (taken ? count : 0), machine.area.usedPages());
            assertEquals(free - (taken ? count : 0), machine.buddy.freePages());
            if (taken) {
                done++;
                PhysAddr start = CmaMachine.done(outcome);
                checkPlace(start, count, order);
                buffers.add(new Buffer(start, count));
            } else if (CmaMachine.failure(outcome).errno() == Errno.EBUSY) {
                busy++;
            } else {
                full++;
            }
        }

        /** What each user finds in its pages, in the users' order of pages. */
        private List<Integer> contents() {
            List<Integer> contents = new ArrayList<>();
            users.forEach(user -> user.pfns().forEach(pfn -> contents.add(machine.stamps.getOrDefault(pfn, -1))));
            return contents;
        }

        private void checkPlace(PhysAddr start, long count, int order) {
            long origin = machine.area.era().atLeast(Era.V6_1)
                    ? 0
                    : machine.area.base().pfn();
            assertEquals(0, (start.pfn() - origin) & ((1L << order) - 1), "alignment of " + start);
            for (Buffer other : buffers) {
                assertTrue(start.pfn() + count <= other.start.pfn() || other.start.pfn() + other.count <= start.pfn());
            }
        }
    }
}
