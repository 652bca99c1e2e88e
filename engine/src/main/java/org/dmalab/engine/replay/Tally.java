package org.dmalab.engine.replay;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The counts a {@link TraceReport} is made of, while a log is being read. */
final class Tally {
    private static final int TEXT_LIMIT = 200;
    private static final byte[] OTHER_NAMES = ascii("(names beyond the first " + Names.MAX + ")");

    /** Function and stack lines carry no event name; names in brackets cannot be taken for one. */
    static final byte[] FUNCTION = ascii("(function)");

    static final byte[] FUNCTION_GRAPH = ascii("(function graph)");
    static final byte[] STACK = ascii("(stack trace)");

    private final Names events = new Names();
    private long[] counts = new long[256];
    private long beyond;
    private final boolean[] read = new boolean[Names.MAX];
    private final Map<String, Long> byReason = new TreeMap<>();
    private final List<TraceReport.Malformed> first = new ArrayList<>();

    long lines;
    long malformed;
    long lost;
    long markers;
    long overwritten;
    long headers;
    long continuations;
    long blank;
    long timeStepsBack;
    long zeroSizeMaps;
    long truncatedLists;
    long unprintedSegments;

    @Nullable
    String damage;

    /** The number of the event name in {@code [from, to)}. */
    int eventId(byte[] bytes, int from, int to) {
        int id = events.id(bytes, from, to);
        if (id < 0) {
            return -1;
        }
        if (id >= counts.length) {
            counts = Arrays.copyOf(counts, counts.length * 2);
        }
        return id;
    }

    int knownEvents() {
        return events.size();
    }

    String eventName(int id) {
        return events.text(id);
    }

    void read(int id) {
        read[id] = true;
        counts[id]++;
    }

    /** Counts what an event leaves out of the map of addresses. */
    void lacks(FtraceEvent event) {
        if ((event.flags & FtraceEvent.ONLY_END) != 0) {
            zeroSizeMaps++;
        } else if (event.kind == FtraceKind.DMA_MAP_SG && event.truncated()) {
            truncatedLists++;
            unprintedSegments += event.unprinted;
        }
    }

    void unknown(int id) {
        counts[id]++;
    }

    /** Counts a line under a name that no event can have. */
    void unknown(byte[] name) {
        int id = eventId(name, 0, name.length);
        if (id >= 0) {
            counts[id]++;
        } else {
            beyond++;
        }
    }

    /** Counts an event whose name did not fit into the table of names. */
    void beyondNames() {
        beyond++;
    }

    void malformed(String reason, byte[] bytes, int from, int to) {
        malformed++;
        byReason.merge(reason, 1L, Long::sum);
        if (first.size() < TraceReport.KEPT) {
            first.add(new TraceReport.Malformed(lines, reason, Printable.text(bytes, from, to, TEXT_LIMIT)));
        }
    }

    TraceReport report(String source) {
        Map<String, Long> known = new TreeMap<>();
        Map<String, Long> unknown = new TreeMap<>();
        for (int id = 0; id < events.size(); id++) {
            if (counts[id] > 0) {
                (read[id] ? known : unknown).put(events.text(id), counts[id]);
            }
        }
        if (beyond > 0) {
            unknown.put(new String(OTHER_NAMES, StandardCharsets.US_ASCII), beyond);
        }
        return new TraceReport(
                source,
                lines,
                sorted(known),
                sorted(unknown),
                malformed,
                sorted(byReason),
                List.copyOf(first),
                lost,
                markers,
                overwritten,
                headers,
                continuations,
                blank,
                timeStepsBack,
                zeroSizeMaps,
                truncatedLists,
                unprintedSegments,
                Optional.ofNullable(damage));
    }

    /** The most frequent first. */
    private static Map<String, Long> sorted(Map<String, Long> counts) {
        Map<String, Long> sorted = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
