package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** Random requests to machines of random zones, holes, watermarks and versions of Linux, set back to earlier states. */
final class PageAllocatorRandomTest {
    private static final int MACHINES = 150;
    private static final int STEPS = 2000;
    private static final Gfp[] REQUESTS = {
        Gfp.KERNEL, Gfp.ATOMIC, Gfp.NOWAIT, Gfp.DMA, Gfp.HIGHUSER, Gfp.HIGHUSER_MOVABLE, Gfp.TEMPORARY
    };
    private static final Era[] ERAS = {Era.V3_4, Era.V3_6, Era.V3_14};

    private record Block(PhysAddr start, int order) {}

    /** One machine, its live blocks, and how many pages it has in use. */
    private static final class Machine {
        private final PageAllocator pages;
        private final List<Block> live = new ArrayList<>();
        private long managed;

        Machine(SplittableRandom random) {
            BuddyRules rules = random.nextInt(4) == 0
                    ? new BuddyRules(Era.V3_14, 8 + random.nextInt(4), 8)
                    : BuddyRules.of(ERAS[random.nextInt(3)]);
            List<PageAllocator.Zone> zones = new ArrayList<>();
            long start = 0x40000L + random.nextInt(3000);
            for (ZoneKind kind : ZoneKind.values()) {
                if (random.nextInt(2) == 0 || kind == ZoneKind.NORMAL) {
                    List<PageRange> present = new ArrayList<>();
                    for (int i = random.nextInt(2); i >= 0; i--) {
                        present.add(new PageRange(start, 1 + random.nextInt(150)));
                        start += 150 + (random.nextBoolean() ? random.nextInt(200) : 0);
                    }
                    BuddyAllocator buddy = new BuddyAllocator(rules, present, TraceSink.NONE);
                    if (random.nextInt(3) == 0) {
                        buddy.reserve(
                                present.get(0).startPfn(),
                                1 + random.nextLong(present.get(0).pages()));
                    }
                    zones.add(new PageAllocator.Zone(kind, buddy));
                }
            }
            boolean watermarks = random.nextBoolean();
            List<Watermarks> marks = Watermarks.of(zones, random.nextInt(600));
            pages = watermarks ? new PageAllocator(zones, marks) : new PageAllocator(zones);
            for (int i = 0; watermarks && i < zones.size(); i++) {
                zones.get(i).buddy().reservePageblocks(marks.get(i).minPages());
            }
            managed = zones.stream()
                    .mapToLong(zone -> zone.buddy().managedPages())
                    .sum();
        }

        void step(SplittableRandom random, Consumer<String> log) {
            int kind = random.nextInt(200);
            if (kind < 110) {
                int order = Math.min(random.nextInt(12), random.nextInt(6));
                Gfp gfp = REQUESTS[random.nextInt(REQUESTS.length)];
                log.accept("alloc [order=" + order + "] [gfp=" + gfp + "]");
                alloc(order, gfp);
            } else if (kind < 198 && !live.isEmpty()) {
                Block block = live.remove(random.nextInt(live.size()));
                log.accept("free [" + block + "]");
                pages.free(block.start(), block.order());
            } else {
                log.accept("restore");
                restore(random);
            }
            pages.zones().forEach(zone -> zone.buddy().checkInvariants());
            long used = live.stream().mapToLong(block -> 1L << block.order()).sum();
            assertEquals(managed - used, pages.freeBytes() >> 12, "free pages");
        }

        private void alloc(int order, Gfp gfp) {
            long before = pages.freeBytes();
            Outcome<PhysAddr> outcome = pages.alloc(order, gfp);
            if (outcome instanceof Outcome.Done<PhysAddr> got) {
                assertEquals(before - (4096L << order), pages.freeBytes());
                assertTrue(pages.zoneOf(got.value()).kind().compareTo(ceiling(gfp)) <= 0, "zone");
                live.add(new Block(got.value(), order));
            } else {
                assertEquals(before, pages.freeBytes());
                assertTrue(outcome.explain().startsWith("asked for one block of order " + order), outcome.explain());
            }
        }

        private ZoneKind ceiling(Gfp gfp) {
            boolean there = pages.zones().stream().anyMatch(zone -> zone.kind() == gfp.highestZone());
            return gfp.highestZone() == ZoneKind.DMA && !there ? ZoneKind.NORMAL : gfp.highestZone();
        }

        /** Sets the machine into its own state, seen with and without types; the pages in use may lie elsewhere then. */
        private void restore(SplittableRandom random) {
            FragmentationSnapshot before = pages.snapshot("t", "test");
            PageTypeInfo types = pages.pageTypes("t", "test");
            if (random.nextBoolean()) {
                pages.restore(before);
            } else {
                pages.restore(types);
                assertEquals(types, pages.pageTypes("t", "test"));
            }
            assertEquals(before, pages.snapshot("t", "test"));
            live.clear();
            for (PageAllocator.Zone zone : pages.zones()) {
                BuddyAllocator buddy = zone.buddy();
                for (long pfn = buddy.startPfn(); pfn < buddy.startPfn() + buddy.pages(); pfn++) {
                    if (!buddy.isFree(pfn) && !buddy.isReserved(pfn)) {
                        live.add(new Block(PhysAddr.ofPfn(pfn), 0));
                    }
                }
            }
        }
    }

    @Test
    void operations_randomMachines_keepEveryInvariant() {
        for (int seed = 0; seed < MACHINES; seed++) {
            SplittableRandom building = new SplittableRandom(seed);
            Machine machine = new Machine(building);
            RandomOperations.run(PageAllocatorRandomTest.class, seed, STEPS, machine::step);
        }
    }
}
