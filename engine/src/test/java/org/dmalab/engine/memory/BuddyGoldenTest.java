package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dmalab.engine.testing.Fnv1a;
import org.dmalab.engine.testing.GoldenFile;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what {@code mm/page_alloc.c} of Linux 3.14 did. */
final class BuddyGoldenTest {
    private record Block(long pfn, int order) {}

    static Stream<GoldenFile> buddy() {
        return GoldenFile.in("buddy-v3.14");
    }

    @ParameterizedTest
    @MethodSource("buddy")
    void replay_recordedOperations_sameFramesAndFreeLists(GoldenFile file) {
        BuddyAllocator allocator = new BuddyAllocator(0, 1, TraceSink.NONE);
        Map<String, Block> slots = new HashMap<>();
        Fnv1a results = new Fnv1a();
        long fails = 0;
        int number = 0;
        for (String line : file.lines()) {
            number++;
            String[] words = line.split("\\s+", -1);
            switch (words[0]) {
                case "I" ->
                    allocator =
                            new BuddyAllocator(Long.parseLong(words[1], 16), Long.parseLong(words[2]), TraceSink.NONE);
                case "a" -> {
                    int order = Integer.parseInt(words[2]);
                    OptionalLong pfn = allocator.alloc(order, MigrateType.of(Integer.parseInt(words[3])));
                    String found = pfn.isPresent() ? Long.toHexString(pfn.getAsLong()) : "-";
                    assertEquals(words[5], found, file + ":" + number + ": " + line);
                    results.add(pfn.orElse(-1), Long.BYTES);
                    if (pfn.isPresent()) {
                        slots.put(words[1], new Block(pfn.getAsLong(), order));
                    } else {
                        slots.remove(words[1]);
                        fails++;
                    }
                }
                case "f" -> {
                    Block block = slots.remove(words[1]);
                    if (block != null) {
                        allocator.free(block.pfn(), block.order());
                    }
                }
                default -> assertEquals("#", words[0], file + ":" + number + ": " + line);
            }
        }
        allocator.checkInvariants();
        assertEquals(file.value("results_fnv"), results.toString());
        assertEquals(file.value("fails"), Long.toString(fails));
        String freeBlocks = file.lines().stream()
                .filter(line -> line.startsWith("# free_blocks "))
                .findFirst()
                .orElseThrow();
        assertEquals(freeBlocks, "# free_blocks " + blocks(allocator));
    }

    private static String blocks(BuddyAllocator allocator) {
        return IntStream.rangeClosed(0, BuddyAllocator.MAX_ORDER)
                .mapToObj(order -> Long.toString(allocator.freeBlocks(order)))
                .collect(Collectors.joining(" "));
    }

    @Test
    void replay_cmaAndReserveCases_sameFramesStealsAndPageblocks() {
        List<String> lines = GoldenFile.of("dma/buddy-cases-v3.14.txt.gz").lines();
        Case current = new Case(1);
        int cases = 0;
        for (String line : lines) {
            if (line.startsWith("# case")) {
                current.check();
                current = new Case(Long.parseLong(line.replaceAll(".*pages=(\\d+).*", "$1")));
                cases++;
            } else if (line.startsWith(">")) {
                current.run(line.substring(2).split(" ", -1));
            } else {
                current.expected.add(line);
            }
        }
        current.check();
        assertEquals(4, cases);
    }

    /** One scenario: a zone without free memory to which the operations release it. */
    private static final class Case implements FallbackSink {
        private final List<String> expected = new ArrayList<>();
        private final List<String> actual = new ArrayList<>();
        private final BuddyAllocator allocator;
        private int recordedType;

        Case(long pages) {
            allocator = new BuddyAllocator(0, pages, TraceSink.NONE, this);
            allocator.reserve(0, pages);
        }

        @Override
        public void fellBack(
                long pfn, int order, int found, MigrateType wanted, MigrateType fallback, MigrateType remainder) {
            recordedType = remainder.number();
            actual.add("  extfrag pfn=" + pfn + " ao=" + order + " fo=" + found + " at=" + wanted.number() + " ft="
                    + fallback.number() + " frag=" + (found < BuddyAllocator.PAGEBLOCK_ORDER ? 1 : 0) + " chg="
                    + (allocator.pageblockType(pfn) == wanted ? 1 : 0));
        }

        @Override
        public void tookReserve(long pfn) {
            recordedType = MigrateType.RESERVE.number();
        }

        void run(String[] operation) {
            checkSoFar();
            int first = Integer.parseInt(operation[1]);
            int second = Integer.parseInt(operation[2]);
            switch (operation[0]) {
                case "p" ->
                    allocator.setPageblockType((long) first << BuddyAllocator.PAGEBLOCK_ORDER, MigrateType.of(second));
                case "f" -> {
                    if (allocator.isReserved(first)) {
                        allocator.release(first, second);
                    } else {
                        allocator.free(first, second);
                    }
                    actual.add("free pfn=" + first + " order=" + second);
                    addState();
                }
                case "a" -> {
                    recordedType = second;
                    OptionalLong pfn = allocator.alloc(first, MigrateType.of(second));
                    String result = pfn.isPresent() ? "pfn=" + pfn.getAsLong() + " fmt=" + recordedType : "NULL";
                    actual.add("alloc order=" + first + " mt=" + second + " -> " + result);
                    addState();
                }
                default -> throw new AssertionError(operation[0]);
            }
        }

        private void addState() {
            allocator.checkInvariants();
            StringBuilder types = new StringBuilder();
            for (long pfn = 0; pfn < allocator.pages(); pfn += BuddyAllocator.PAGEBLOCK_PAGES) {
                types.append(allocator.pageblockType(pfn).number());
            }
            actual.add("  free: " + blocks(allocator) + "  pb:" + types);
        }

        private void checkSoFar() {
            for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
                assertEquals(expected.get(i), actual.get(i), "line " + i);
            }
        }

        void check() {
            checkSoFar();
            assertEquals(expected.size(), actual.size());
        }
    }
}
