package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** The vmalloc area against an array that says of each page of it which page of RAM is seen there. */
final class VmallocRandomTest {
    private static final long START = 0xF0003000L;
    private static final int PAGES = 700;
    private static final long FREE = -1;
    private static final long GUARD = -2;
    private static final long REGISTERS = -3;

    private final KernelAddressSpace kernel = new KernelAddressSpace(
            KernelLayout.of(
                    Era.V3_14,
                    new AddrRange<>(new PhysAddr(0x40000000L), Bytes.mib(64)),
                    new VirtAddr(0xC0000000L),
                    new AddrRange<>(new VirtAddr(START), (long) PAGES << 12)),
            TraceSink.NONE);
    private final long[] flat = new long[PAGES];
    private final List<Area> live = new ArrayList<>();

    @Test
    void operations_random_agreeWithTheFlatModel() {
        Arrays.fill(flat, FREE);
        RandomOperations.run(VmallocRandomTest.class, 0x7a11, 10_000, this::step);
    }

    private void step(SplittableRandom random, Consumer<String> log) {
        int kind = random.nextInt(100);
        int count = 1 + random.nextInt(1 + random.nextInt(60));
        if (kind < 40) {
            long align = 4096L << random.nextInt(5);
            PageArray pages = pages(random, count);
            log.accept("vmalloc [pages=" + count + "] [align=" + align + "]");
            placed(kernel.vmalloc(pages, align, "test"), count, align, pages.pfns());
        } else if (kind < 55) {
            log.accept("ioremap [pages=" + count + "]");
            long bytes = (long) count << 12;
            long[] registers = new long[count];
            Arrays.fill(registers, REGISTERS);
            placed(
                    kernel.ioremap(new AddrRange<>(new PhysAddr(0x10000000L), bytes), MemoryType.DEVICE, "test"),
                    count,
                    Long.highestOneBit(bytes) << 1,
                    registers);
        } else if (kind < 97 && !live.isEmpty()) {
            Area area = live.remove(random.nextInt(live.size()));
            log.accept("vunmap " + area.range().start());
            kernel.vunmap(area.range().start());
            int page = page(area.range().start().value());
            Arrays.fill(flat, page, page + (int) area.pageCount() + 1, FREE);
        } else {
            VirtAddr address = new VirtAddr(START + 4096L * random.nextInt(PAGES) + 8);
            log.accept("refused vunmap " + address);
            assertThrows(IllegalArgumentException.class, () -> kernel.vunmap(address));
        }
        kernel.checkInvariants();
        compare(random);
    }

    private void placed(Outcome<VirtAddr> outcome, int count, long align, long[] shown) {
        int expected = firstFit(count, align);
        assertEquals(
                expected < 0 ? "ENOMEM" : new VirtAddr(START + 4096L * expected).toString(),
                outcome.fold(VirtAddr::toString, reason -> reason.errno().name()));
        if (expected >= 0) {
            System.arraycopy(shown, 0, flat, expected, count);
            flat[expected + count] = GUARD;
            Area area = kernel.areaAt(new VirtAddr(START + 4096L * expected));
            if (area == null) {
                throw new AssertionError("no area at page " + expected);
            }
            live.add(area);
        }
    }

    private int firstFit(int count, long align) {
        for (int page = 0; page + count + 1 <= PAGES; page++) {
            boolean fits = ((START + 4096L * page) & (align - 1)) == 0;
            for (int i = page; fits && i <= page + count; i++) {
                fits = flat[i] == FREE;
            }
            if (fits) {
                return page;
            }
        }
        return -1;
    }

    private void compare(SplittableRandom random) {
        long used = Arrays.stream(flat).filter(page -> page != FREE).count();
        assertEquals(used << 12, kernel.vmallocUsed(), "used");
        int largest = 0;
        int run = 0;
        for (long page : flat) {
            run = page == FREE ? run + 1 : 0;
            largest = Math.max(largest, run);
        }
        assertEquals((long) largest << 12, kernel.vmallocLargestHole(), "largest hole");
        assertEquals(live.size(), kernel.vmallocAreas().size(), "areas");
        for (int i = 0; i < 20; i++) {
            int page = random.nextInt(PAGES);
            VirtAddr address = new VirtAddr(START + 4096L * page + 12);
            assertEquals(
                    flat[page] >= 0 ? PhysAddr.ofPfn(flat[page]).plus(12).toString() : "fault",
                    kernel.resolve(address).fold(place -> place.phys().toString(), reason -> "fault"),
                    () -> "at " + address);
        }
        int page = random.nextInt(PAGES);
        if (flat[page] >= 0) {
            VirtAddr address = new VirtAddr(START + 4096L * page);
            boolean listed = kernel.aliases(PhysAddr.ofPfn(flat[page])).stream()
                    .anyMatch(alias -> alias.address().equals(address));
            assertEquals(true, listed, "alias at " + address);
        }
    }

    private static PageArray pages(SplittableRandom random, int count) {
        long first = 0x80000 + 64L * random.nextInt(1000);
        long[] pfns = new long[count];
        for (int i = 0; i < count; i++) {
            pfns[i] = first + (i ^ 1);
        }
        return PageArray.of(pfns);
    }

    private static int page(long address) {
        return (int) ((address - START) >>> 12);
    }
}
