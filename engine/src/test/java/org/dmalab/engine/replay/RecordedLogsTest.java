package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logs of real kernels against what the same kernels wrote elsewhere: the {@code iommu} lines against the {@code dma} lines,
 * and both against dumps of the IOVA allocator's own tree.
 */
final class RecordedLogsTest {
    private static final int PAGE = 12;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "arm64-612-strict-smp1.txt.gz",
                "arm64-612-api-strict-smp1.txt.gz",
                "arm64-61-strict-smp1.txt.gz",
                "armhf-612-nc-512m.txt.gz",
                "custom-debug-strict.txt.gz",
                "arm64-612-dmabuf-strict.txt.gz",
                "arm-imx6-sabrelite-6.12.95-boot-trace.log.gz",
                "arm-imx6-6.12.117-dmadebug-heaps-2.log.gz"
            })
    void report_recordedLog_countsEveryEventAsARegularExpressionDoes(String file) throws Exception {
        Map<String, Long> expected = new TreeMap<>();
        List<String> lines = Recordings.lines(file);
        for (String line : lines) {
            Matcher event = Recordings.EVENT.matcher(line);
            if (event.matches()) {
                expected.merge(event.group(6), 1L, Long::sum);
            }
        }
        try (InputStream in = Recordings.open(file)) {
            TraceReport report = FtraceReader.stream(file, in, event -> {});
            Map<String, Long> actual = new TreeMap<>(report.events());
            actual.putAll(report.unknown());
            assertEquals(expected, actual);
            assertEquals(lines.size(), report.lines());
            if (file.endsWith(".txt.gz")) {
                assertEquals(0, report.malformed(), report.toString());
            }
        }
    }

    @Test
    void report_everyFormatLine_understood() {
        for (String line : Recordings.lines("FORMATS.txt")) {
            if (!line.startsWith("#")) {
                TraceReport report = FtraceReader.parse(line.substring(line.indexOf("] ") + 2))
                        .report();
                assertEquals(0, report.malformed(), line);
                boolean ofDma = line.contains(": dma_map_")
                        || line.contains(": dma_unmap_")
                        || line.contains(": dma_alloc")
                        || line.contains(": dma_free")
                        || line.contains(": dma_sync_")
                        || line.contains("IOMMU:");
                assertEquals(ofDma ? 1 : 0, report.eventCount(), line);
            }
        }
    }

    @Test
    void report_perfScriptOfLinux618_everyLineAnEvent() throws Exception {
        try (InputStream in = Recordings.open("perf_script_kmem.txt")) {
            TraceReport report = FtraceReader.stream("perf", in, event -> {});
            assertEquals(0, report.malformed(), report.toString());
            assertEquals(
                    Set.of("kmem:mm_page_alloc", "kmem:mm_page_free"),
                    report.unknown().keySet());
        }
    }

    @Test
    void faults_ath12kOnAmdVi_inTheRangeFreedBefore() throws Exception {
        try (InputStream in = Recordings.open("iommu_map_unmap_excerpts.txt")) {
            Trace trace = FtraceReader.read("ath12k", in);
            TraceFault fault = trace.faults().get(0);
            assertEquals(
                    "0000:c2:00.0 (ath12k_pci) faults [iova=0xfe980000] [write] at 327.753942 s", fault.toString());
            TraceMapping freed = trace.history(fault.address()).get(0);
            assertEquals(524288, freed.range().bytes());
            assertEquals("327.747763 s", freed.unmapped().orElseThrow().toString());
            assertFalse(trace.iovaMap(fault.time()).entries().stream()
                    .anyMatch(entry -> entry.range().contains(fault.address())));
            assertTrue(trace.iovaMap(300).entries().stream()
                    .anyMatch(entry -> entry.range().contains(fault.address())));
        }
    }

    /**
     * At moments when no call is under way, the pages the devices hold by the {@code dma} events are the pages the IOMMU has
     * by the {@code iommu} lines, counted with their multiplicity. The one device in front of the IOMMU, the IOMMU itself, is
     * left out.
     */
    @ParameterizedTest
    @CsvSource({Recordings.STRICT + ",150,300", Recordings.API_STRICT + ",1,3000"})
    void iovaMap_strictMode_pagesEqualTheIommuLines(String run, long quietMicros, int moments) {
        Trace trace = Recordings.trace(run);
        Map<Long, Integer> pages = new HashMap<>();
        int compared = 0;
        long before = 0;
        boolean quiet = false;
        for (String line : Recordings.lines(run + ".txt.gz")) {
            Matcher event = Recordings.EVENT.matcher(line);
            if (!event.matches()) {
                continue;
            }
            long now = Long.parseLong(event.group(4)) * 1_000_000 + Long.parseLong(event.group(5));
            if (quiet && now - before >= quietMicros) {
                IovaMap map = trace.iovaMap(new TraceTime(before * 1000));
                assertEquals(pages, pagesOf(map), () -> run + " at " + map.moment());
                compared++;
            }
            // dma_unmap_sg and dma_free are printed before the work is done, the others after it.
            quiet = event.group(6).matches("dma_(map|alloc|unmap_(page|resource)).*");
            before = now;
            if (event.group(7).startsWith("IOMMU: iova")) {
                apply(event.group(6), event.group(7), pages);
            }
        }
        assertTrue(compared >= moments, compared + " moments compared");
    }

    /** Linux 6.1 has no {@code dma} events: the iommu lines alone are the map. */
    @Test
    void iovaMap_onlyIommuLines_pagesEqualTheLinesAtEveryHundredthEvent() {
        Trace trace = Recordings.trace(Recordings.V6_1);
        Map<Long, Integer> pages = new HashMap<>();
        long before = 0;
        int events = 0;
        for (String line : Recordings.lines(Recordings.V6_1 + ".txt.gz")) {
            Matcher event = Recordings.EVENT.matcher(line);
            if (!event.matches() || !event.group(7).startsWith("IOMMU: iova")) {
                continue;
            }
            long now = Long.parseLong(event.group(4)) * 1_000_000 + Long.parseLong(event.group(5));
            if (++events % 100 == 0 && now > before) {
                assertEquals(pages, pagesOf(trace.iovaMap(new TraceTime(before * 1000))));
            }
            before = now;
            apply(event.group(6), event.group(7), pages);
        }
        assertTrue(events > 18_000, events + " events");
    }

    /**
     * The dump of the allocator at a marked moment: what is in its tree and neither cached for reuse nor reserved is what a
     * device holds. The tree has whole pages, and sizes below 32 pages rounded up to a power of two.
     */
    @ParameterizedTest
    @ValueSource(strings = {Recordings.STRICT, Recordings.API_STRICT})
    void iovaMap_atAllocatorDump_holdsWhatTheTreeHolds(String run) {
        Trace trace = Recordings.trace(run);
        Map<String, Long> marks = dumpTimes(run);
        int checked = 0;
        for (Map.Entry<String, List<AllocatorDump>> snapshot :
                AllocatorDump.read(run).entrySet()) {
            TraceTime time = new TraceTime(Objects.requireNonNull(marks.get(snapshot.getKey())) * 1000);
            for (AllocatorDump domain : snapshot.getValue()) {
                if (trace.devices().contains(domain.device())) {
                    checked += domain.compare(trace, time);
                }
            }
        }
        assertTrue(checked > 0, "no mapping compared");
    }

    @Test
    void iovaMap_misusedApi_doubleAndMissingUnmapsDoNotStopIt() {
        Trace trace = Recordings.trace(Recordings.DEBUG);
        assertEquals(2, trace.unmatchedUnmaps());
        assertTrue(
                trace.aliveAtEnd().stream().anyMatch(mapping -> mapping.device().equals("0000:00:06.0")));
    }

    private static Map<String, Long> dumpTimes(String run) {
        Map<String, Long> times = new HashMap<>();
        for (String line : Recordings.lines(run + ".txt.gz")) {
            Matcher event = Recordings.EVENT.matcher(line);
            if (event.matches()
                    && event.group(7).startsWith("QT dump-begin ")
                    && event.group(7).endsWith(" iova")) {
                times.put(
                        event.group(7).split(" ", -1)[2],
                        Long.parseLong(event.group(4)) * 1_000_000 + Long.parseLong(event.group(5)));
            }
        }
        return times;
    }

    private static void apply(String name, String text, Map<Long, Integer> pages) {
        long start = Long.decode(Recordings.value(text, "iova"));
        long count = Long.parseLong(Recordings.value(text, "size")) >> PAGE;
        for (long page = start >>> PAGE; page < (start >>> PAGE) + count; page++) {
            if (name.equals("map")) {
                pages.merge(page, 1, Integer::sum);
            } else {
                pages.computeIfPresent(page, (key, times) -> times == 1 ? null : times - 1);
            }
        }
    }

    /**
     * The pages of a map. Segments of one scatter list share pages, and where the device has a segment boundary the IOMMU
     * maps the padding between them too: from the first to the last segment a page counts once.
     */
    private static Map<Long, Integer> pagesOf(IovaMap map) {
        Map<Long, Integer> pages = new HashMap<>();
        long counted = -1;
        IovaMap.Entry above = null;
        for (IovaMap.Entry entry : map.entries()) {
            if (!entry.owner().equals("9050000.smmuv3")) {
                boolean sameList = above != null
                        && above.label().startsWith("map sg")
                        && above.label().equals(entry.label())
                        && above.age().equals(entry.age());
                long first = sameList ? counted + 1 : entry.range().start().value() >>> PAGE;
                counted = entry.range().last() >>> PAGE;
                for (long page = first; page <= counted; page++) {
                    pages.merge(page, 1, Integer::sum);
                }
                above = entry;
            }
        }
        return pages;
    }

    /** One {@code domain} paragraph of {@code qt_iova}. */
    private record AllocatorDump(String device, Map<Long, Long> tree, Set<Long> cached) {
        private static final Set<Long> RESERVED = Set.of(0x10000L, 0x8000000L, -1L);

        static Map<String, List<AllocatorDump>> read(String run) {
            Map<String, List<AllocatorDump>> snapshots = new TreeMap<>();
            List<AllocatorDump> domains = new ArrayList<>();
            for (String line : Recordings.lines(run + ".iova.txt.gz")) {
                if (line.startsWith("===== snap-")) {
                    domains = new ArrayList<>();
                    snapshots.put(line.substring("===== snap-".length(), line.indexOf('/')), domains);
                } else if (line.startsWith("domain ")) {
                    domains.add(new AllocatorDump(Recordings.value(line, "dev"), new HashMap<>(), new HashSet<>()));
                } else if (!line.isBlank()) {
                    domains.get(domains.size() - 1).line(line.strip());
                }
            }
            return snapshots;
        }

        private void line(String line) {
            if (line.startsWith("rb ")) {
                String[] range = line.substring(3).split("-", -1);
                tree.put(Long.parseUnsignedLong(range[0], 16), Long.parseUnsignedLong(range[1], 16));
            } else if (line.contains(": ")) {
                for (String pfn : line.substring(line.indexOf(": ") + 2).split(" ", -1)) {
                    cached.add(Long.parseUnsignedLong(pfn, 16));
                }
            }
        }

        int compare(Trace trace, TraceTime time) {
            Map<Long, Long> held = new TreeMap<>(tree);
            held.keySet().removeAll(cached);
            held.keySet().removeAll(RESERVED);
            for (IovaMap.Entry entry : trace.iovaMap(time, device).entries()) {
                long first = entry.range().start().value() >>> PAGE;
                Long last = held.remove(first);
                if (last == null) {
                    throw new AssertionError(device + " at " + time + ": the tree does not hold " + entry);
                }
                assertTrue(entry.range().last() >>> PAGE <= last, entry::toString);
            }
            // The page of the MSI doorbell is the first a device gets and belongs to no dma event.
            Set<Long> unnamed = new HashSet<>();
            for (TraceMapping mapping : trace.history(new DmaAddr(0xfffff000L))) {
                unnamed.add(mapping.range().start().value() >>> PAGE);
            }
            for (IovaMap.Entry entry : trace.iovaMap(time, Trace.NO_DEVICE).entries()) {
                unnamed.add(entry.range().start().value() >>> PAGE);
            }
            held.keySet().removeAll(unnamed);
            assertEquals(Map.of(), held, () -> device + " at " + time + ": the tree holds more");
            return tree.size() - cached.size();
        }
    }
}
