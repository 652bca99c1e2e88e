package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.testing.RandomOperations;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** Mappings of a process against a map from page to what is seen there. */
final class UserMappingRandomTest {
    private static final long TOP = 0xB6F00000L >>> 12;
    private static final int PAGES = 300;

    private record Seen(long pfn, MemoryType type, boolean writable) {}

    private long mappedPages;
    private final UserAddressSpace process = new UserAddressSpace(1, "random", new TraceSink() {
        @Override
        public void userMapped(long virt, long pages, MemoryType type) {
            mappedPages += pages;
        }

        @Override
        public void userUnmapped(long virt, long pages) {
            mappedPages -= pages;
        }
    });
    /** By page number. */
    private final Map<Long, Seen> flat = new HashMap<>();

    @Test
    void operations_random_agreeWithTheFlatModel() {
        RandomOperations.run(UserMappingRandomTest.class, 0x05e7, 10_000, this::step);
    }

    private void step(SplittableRandom random, Consumer<String> log) {
        int kind = random.nextInt(100);
        long page = TOP - PAGES + random.nextInt(PAGES);
        int count = 1 + random.nextInt(30);
        if (kind < 25 && flat.size() < PAGES / 2) {
            map(random, request -> request, count, log);
        } else if (kind < 40 && page + count <= TOP) {
            map(random, request -> request.at(new VirtAddr(page << 12)), count, log);
        } else if (kind < 50) {
            map(random, request -> request.near(new VirtAddr((page << 12) - 1)), count, log);
        } else {
            int pages = (int) Math.min(count, TOP - page);
            log.accept("munmap " + new VirtAddr(page << 12) + " + " + pages + " pages");
            process.unmap(new AddrRange<>(new VirtAddr(page << 12), ((long) pages << 12) - random.nextInt(4096)));
            for (int i = 0; i < pages; i++) {
                flat.remove(page + i);
            }
        }
        process.checkInvariants();
        compare(random.nextInt(16));
    }

    private interface Placing {
        MapRequest place(MapRequest request);
    }

    private void map(SplittableRandom random, Placing placing, int count, Consumer<String> log) {
        int firstPage = random.nextInt(5);
        PageArray pages = PageArray.contiguous(PhysAddr.ofPfn(1000 + random.nextInt(1000)), firstPage + count);
        MemoryType type = MemoryType.values()[random.nextInt(MemoryType.values().length)];
        boolean writable = random.nextBoolean();
        MapRequest request = placing.place(MapRequest.of(pages, type, "test")
                .part(firstPage, count)
                .protection(writable ? Protection.READ_WRITE : Protection.READ));
        log.accept("mmap [pages=" + count + "] [fixed=" + request.fixed() + "] [address=" + request.address() + "]");
        long expected = expectedPage(request);
        var place = process.map(request);
        assertEquals(
                new VirtAddr(expected << 12).toString(),
                place.fold(range -> range.start().toString(), reason -> reason.explain()));
        for (int i = 0; i < count; i++) {
            flat.put(expected + i, new Seen(pages.page(firstPage + i).pfn(), type, writable));
        }
    }

    private long expectedPage(MapRequest request) {
        int count = request.count();
        if (request.address().isPresent()) {
            long wanted = (request.address().get().value() + 4095) >>> 12;
            if (request.fixed() || (wanted + count <= TOP && isFree(wanted, count))) {
                return wanted;
            }
        }
        long page = TOP - count;
        while (!isFree(page, count)) {
            page--;
        }
        return page;
    }

    private boolean isFree(long page, int count) {
        for (int i = 0; i < count; i++) {
            if (flat.containsKey(page + i)) {
                return false;
            }
        }
        return true;
    }

    private void compare(int sampled) {
        assertEquals(flat.size(), mappedPages, "pages the events leave mapped");
        assertEquals(
                flat.size(),
                process.mappings().stream().mapToLong(Vma::pageCount).sum(),
                "pages in mappings");
        flat.forEach((page, seen) -> {
            VirtAddr address = new VirtAddr((page << 12) + 4);
            AddressSpace.Place place =
                    process.resolve(address).orElseThrow(reason -> new IllegalStateException(reason.explain()));
            assertEquals((seen.pfn() << 12) + 4, place.phys().value(), () -> "at " + address);
            assertEquals(seen.type(), place.type());
            if (page % 16 == sampled) {
                assertEquals(seen.writable(), !process.resolveStore(address).isFailed());
            }
        });
    }
}
