package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The CMA events of real 6.12 kernels: every allocation lies where the kernel put it. No request of theirs was disturbed by
 * a busy page. An allocation is done where it started, as the kernel marks the bitmap before it empties the pages.
 */
final class CmaRecordingTest {
    private static final Pattern AREA = Pattern.compile("# area base_pfn=(\\p{XDigit}+) count=(\\d+)");
    private static final Pattern USED = Pattern.compile("# used (\\d+)\\.\\.(\\d+)");
    private static final Pattern EVENT = Pattern.compile("\\s*(.+?)\\s+\\[\\d+\\] .*: (cma_\\w+): name=reserved"
            + "(?: pfn=0x(\\p{XDigit}+) page=\\p{XDigit}+)? count=(\\d+)(?: align=(\\d+))?(?: errorno=(-?\\d+))?");

    @ParameterizedTest
    @CsvSource({
        "cma-imx6-boot, 7, 1",
        "cma-imx6-misuse, 18, 18",
        "cma-armhf-api, 519, 519",
        "cma-armhf-kmem, 224, 224",
        "cma-armhf-nc, 35, 35",
    })
    void allocAndRelease_recorded_samePlaces(String file, int finished, int released) throws IOException {
        List<String> lines = read(file + ".txt.gz");
        Matcher head = match(AREA, lines.get(2));
        CmaMachine machine =
                new CmaMachine(Era.V6_12, Long.parseLong(head.group(1), 16), 4096, Long.parseLong(head.group(2)));
        Map<String, PhysAddr> begun = new HashMap<>();
        int finishes = 0;
        int releases = 0;
        for (String line : lines.subList(3, lines.size())) {
            if (line.startsWith("#")) {
                takeUsed(machine, match(USED, line));
                continue;
            }
            Matcher event = match(EVENT, line);
            String task = event.group(1);
            long count = Long.parseLong(event.group(4));
            switch (event.group(2)) {
                case "cma_alloc_start" -> {
                    Outcome<PhysAddr> outcome = machine.area.alloc(count, Integer.parseInt(event.group(5)));
                    if (!outcome.isFailed()) {
                        begun.put(task, CmaMachine.done(outcome));
                    }
                }
                case "cma_alloc_finish" -> {
                    assertEquals("0", event.group(6), line);
                    PhysAddr start = Objects.requireNonNull(begun.remove(task), line);
                    assertEquals(Long.parseLong(event.group(3), 16), start.pfn(), line);
                    finishes++;
                }
                case "cma_release" -> {
                    assertTrue(machine.area.release(pfn(event.group(3)), count), line);
                    releases++;
                }
                default -> throw new AssertionError("unexpected event: " + line);
            }
        }
        machine.checkInvariants(List.of());
        assertEquals(finished, finishes);
        assertEquals(released, releases);
    }

    private static void takeUsed(CmaMachine machine, Matcher used) {
        long first = Long.parseLong(used.group(1));
        long count = Long.parseLong(used.group(2)) - first + 1;
        long base = machine.area.base().pfn();
        long hole = first - machine.area.usedPages();
        long start = machine.alloc(hole + count, 0);
        if (hole > 0) {
            assertTrue(machine.area.release(PhysAddr.ofPfn(start), hole));
        }
        assertTrue(machine.area.isAllocated(PhysAddr.ofPfn(base + first)));
    }

    private static PhysAddr pfn(String hex) {
        return PhysAddr.ofPfn(Long.parseLong(hex, 16));
    }

    private static Matcher match(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        assertTrue(matcher.matches(), line);
        return matcher;
    }

    private static List<String> read(String name) throws IOException {
        InputStream in = Objects.requireNonNull(CmaRecordingTest.class.getResourceAsStream(name), name);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))) {
            return reader.lines().toList();
        }
    }
}
