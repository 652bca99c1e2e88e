package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.BitmapIovaDomain.Granularity;
import org.dmalab.engine.testing.Fnv1a;
import org.dmalab.engine.testing.GoldenFile;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what {@code __alloc_iova} and {@code __free_iova} of {@code arch/arm/mm/dma-mapping.c} did. */
final class BitmapIovaGoldenTest {
    private static final long DMA_ERROR_CODE = 0xffffffffL;

    private record Range(DmaAddr iova, long bytes) {}

    static Stream<GoldenFile> v314() {
        return GoldenFile.in("arm-bitmap-v3.14");
    }

    static Stream<GoldenFile> v61() {
        return GoldenFile.in("arm-bitmap-v6.1");
    }

    @ParameterizedTest
    @MethodSource("v314")
    void replay_linux314_sameAddresses(GoldenFile file) {
        replay(file, Era.V3_14);
    }

    @ParameterizedTest
    @MethodSource("v61")
    void replay_linux61_sameAddresses(GoldenFile file) {
        replay(file, Era.V6_1);
    }

    private static void replay(GoldenFile file, Era era) {
        BitmapIovaDomain domain = domain(era, 0, 4096, Granularity.DEFAULT);
        Map<String, Range> slots = new HashMap<>();
        Fnv1a results = new Fnv1a();
        long fails = 0;
        int number = 0;
        for (String line : file.lines()) {
            number++;
            String[] words = line.split("\\s+", -1);
            switch (words[0]) {
                case "M" -> {
                    int order = era == Era.V6_1 ? 0 : Integer.parseInt(words[3]);
                    Granularity granularity = new Granularity(order, Integer.parseInt(words[4]));
                    domain = domain(era, Long.parseLong(words[1], 16), Long.parseLong(words[2], 16), granularity);
                }
                case "a" -> {
                    long bytes = Long.parseLong(words[2]);
                    long iova = alloc(domain, bytes);
                    String found = iova == DMA_ERROR_CODE ? "-" : Long.toHexString(iova);
                    assertEquals(words[4], found, file + ":" + number + ": " + line);
                    results.add(iova, Integer.BYTES);
                    if (iova == DMA_ERROR_CODE) {
                        slots.remove(words[1]);
                        fails++;
                    } else {
                        slots.put(words[1], new Range(new DmaAddr(iova), bytes));
                    }
                }
                case "f" -> {
                    Range range = slots.remove(words[1]);
                    if (range != null) {
                        domain.free(range.iova(), PageSize.pageAlign(range.bytes()));
                    }
                }
                default -> assertEquals("#", words[0], file + ":" + number + ": " + line);
            }
        }
        assertEquals(file.value("results_fnv"), results.toString());
        assertEquals(file.value("fails"), Long.toString(fails));
    }

    @ParameterizedTest
    @CsvSource({"dma/arm-iova-v3.14.txt.gz, V3_14", "dma/arm-iova-v6.12.txt.gz, V6_12"})
    void replay_smallAndOddWindows_sameAddressesAndBitmaps(String name, Era era) {
        GoldenFile file = GoldenFile.of(name);
        BitmapIovaDomain domain = domain(era, 0, 4096, Granularity.DEFAULT);
        for (String line : file.lines()) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "create" -> {
                    GoldenFile create = new GoldenFile(line, List.of(line));
                    int order = era == Era.V3_14 ? Integer.parseInt(create.value("order")) : 0;
                    domain = domain(
                            era,
                            Long.parseLong(create.value("base"), 16),
                            Long.parseLong(create.value("size"), 16),
                            new Granularity(order, 8));
                    long granules = domain.window().bytes() >>> (PageSize.PAGE_SHIFT + order);
                    long bitmaps = era == Era.V3_14 ? 1 : Long.parseLong(create.value("ext"));
                    assertEquals(Long.parseLong(create.value("bits")) * bitmaps, granules, line);
                }
                case "alloc" -> {
                    long iova = alloc(domain, Long.parseLong(words[1], 16));
                    String bitmaps = era == Era.V3_14 ? "" : " nr_bitmaps=" + domain.bitmaps();
                    assertEquals(line, "alloc " + words[1] + " -> " + Long.toHexString(iova) + bitmaps);
                }
                case "free" -> domain.free(new DmaAddr(Long.parseLong(words[1], 16)), Long.parseLong(words[2], 16));
                default -> assertEquals("#", words[0], line);
            }
        }
    }

    private static BitmapIovaDomain domain(Era era, long base, long bytes, Granularity granularity) {
        return BitmapIovaDomain.create(era, new DmaAddr(base), bytes, granularity, TraceSink.NONE)
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static long alloc(BitmapIovaDomain domain, long bytes) {
        return domain.alloc(bytes).<Long>fold(DmaAddr::value, reason -> DMA_ERROR_CODE);
    }
}
