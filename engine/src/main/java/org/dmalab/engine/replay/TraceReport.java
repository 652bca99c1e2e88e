package org.dmalab.engine.replay;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dmalab.engine.experiment.Columns;

/**
 * What a reader understood of a log and what not. Every line is counted once:
 * {@code lines = events + unknown events + malformed + markers + headers + continuations + blank}.
 *
 * @param source the log's name
 * @param lines all lines
 * @param events lines per event that was read, by name
 * @param unknown lines per event that was only counted, by name
 * @param malformed lines that are no event, header or marker, or whose fields do not make sense
 * @param malformedByReason how many per reason
 * @param firstMalformed the first of them with their text
 * @param lost events the kernel says it dropped
 * @param markers lines about the ring buffer itself: lost events, a CPU's buffer started
 * @param overwritten events that were gone from a wrapped buffer before the log was saved
 * @param headers comment lines and {@code cpus=N}
 * @param continuations lines of call chains
 * @param blank empty lines
 * @param timeStepsBack events whose time lies before the event above them; they count as of that time
 * @param zeroSizeMaps {@code iommu} map lines of Linux 3.14, which give the end of the range and size 0 in place of its start
 *     and size: they are among the events, but no map can be drawn from them
 * @param truncatedLists mapped scatter lists of which the kernel printed only the first entries ({@code [TRUNCATED]})
 * @param unprintedSegments how many DMA segments of these lists were not printed; often none, for the IOMMU joins pages
 * @param damage why the rest of the file was not read
 */
public record TraceReport(
        String source,
        long lines,
        Map<String, Long> events,
        Map<String, Long> unknown,
        long malformed,
        Map<String, Long> malformedByReason,
        List<Malformed> firstMalformed,
        long lost,
        long markers,
        long overwritten,
        long headers,
        long continuations,
        long blank,
        long timeStepsBack,
        long zeroSizeMaps,
        long truncatedLists,
        long unprintedSegments,
        Optional<String> damage) {
    /** How many malformed lines are kept with their text. */
    public static final int KEPT = 100;

    /**
     * A line that was not understood.
     *
     * @param line its number, from 1
     * @param reason why
     * @param text its beginning, control characters escaped
     */
    public record Malformed(long line, String reason, String text) {
        @Override
        public String toString() {
            return "line " + line + ": " + reason + ": " + text;
        }
    }

    /** How many events were read. */
    public long eventCount() {
        return sum(events);
    }

    /** How many events were only counted. */
    public long unknownCount() {
        return sum(unknown);
    }

    /** Every event name with its count and whether its fields were read. */
    public Columns eventTable() {
        List<String> names = Stream.concat(events.keySet().stream(), unknown.keySet().stream())
                .toList();
        return new Columns(
                "events of " + source,
                List.of(
                        new Columns.Text("event", names),
                        Columns.Longs.of(
                                "lines",
                                LongStream.concat(values(events), values(unknown))
                                        .toArray()),
                        new Columns.Text(
                                "fields",
                                names.stream()
                                        .map(name -> events.containsKey(name) ? "read" : "counted only")
                                        .toList())));
    }

    /** The first malformed lines with number, reason and text. */
    public Columns malformedTable() {
        return new Columns(
                "malformed lines of " + source + ", " + firstMalformed.size() + " of " + malformed,
                List.of(
                        Columns.Longs.of(
                                "line",
                                firstMalformed.stream()
                                        .mapToLong(Malformed::line)
                                        .toArray()),
                        new Columns.Text(
                                "reason",
                                firstMalformed.stream().map(Malformed::reason).toList()),
                        new Columns.Text(
                                "text",
                                firstMalformed.stream().map(Malformed::text).toList())));
    }

    /** One sentence: what was read, what was not. */
    @Override
    public String toString() {
        if (lines == 0) {
            return source + ": the file is empty"
                    + damage.map(why -> " [" + why + "]").orElse("");
        }
        StringBuilder text = new StringBuilder(source)
                .append(": ")
                .append(lines)
                .append(lines == 1 ? " line, " : " lines, ")
                .append(eventCount())
                .append(" events read, ")
                .append(unknownCount())
                .append(" of other kinds counted, ")
                .append(malformed)
                .append(" malformed");
        if (!firstMalformed.isEmpty()) {
            Malformed first = firstMalformed.get(0);
            text.append(" [first: line ")
                    .append(first.line())
                    .append(", ")
                    .append(first.reason())
                    .append(']');
        }
        if (lost > 0) {
            text.append(", ").append(lost).append(" lost");
        }
        if (overwritten > 0) {
            text.append(", ").append(overwritten).append(" overwritten before the log begins");
        }
        if (timeStepsBack > 0) {
            text.append(", time steps back ").append(timeStepsBack).append(timeStepsBack == 1 ? " time" : " times");
        }
        if (zeroSizeMaps > 0) {
            text.append(", ")
                    .append(zeroSizeMaps)
                    .append(zeroSizeMaps == 1 ? " iommu map line of" : " iommu map lines of")
                    .append(" size 0: Linux 3.14 prints the end of the range instead;"
                            + " maps of this log cannot be drawn from iommu lines");
        }
        if (truncatedLists > 0) {
            text.append(", ")
                    .append(truncatedLists)
                    .append(truncatedLists == 1 ? " scatter list" : " scatter lists")
                    .append(" cut by the kernel [TRUNCATED] [DMA segments missing in maps=")
                    .append(unprintedSegments)
                    .append(']');
        }
        damage.ifPresent(
                why -> text.append(", the end is missing [").append(why).append(']'));
        if (eventCount() + unknownCount() == 0 && malformed > 0) {
            text.append("; this is no ftrace text");
        }
        return text.toString();
    }

    /** What maps of this log lack, in brackets for the line under a picture; empty if they lack nothing known. */
    String lacking() {
        String segments = unprintedSegments == 0
                ? ""
                : " [" + unprintedSegments + (unprintedSegments == 1 ? " segment" : " segments")
                        + " of scatter lists not printed]";
        return zeroSizeMaps == 0 ? segments : segments + " [iommu map lines without ranges]";
    }

    /** {@code name count, name count}: the events that were only counted. */
    public String unknownNames() {
        return unknown.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private static long sum(Map<String, Long> counts) {
        return values(counts).sum();
    }

    private static LongStream values(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue);
    }
}
