package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.IovaMap;

/** Maps of the same addresses one below the other: what the same calls led to. */
final class IovaComparisonView {
    /** More would not fit on a screen. */
    static final int MOST = 8;

    private static final int NAME = 60;

    private IovaComparisonView() {}

    /**
     * The picture, titled by {@code finding}.
     *
     * @throws IllegalArgumentException if {@link #check} does
     */
    static MimeBundle render(String finding, List<IovaMap> maps) {
        check(maps);
        StringBuilder text =
                new StringBuilder(SafeText.line(finding, 300)).append('\n').append(context(maps));
        maps.forEach(map -> text.append("\n\n").append(IovaMapText.of(new IovaSummary(map))));
        return Png.chart(() -> canvas(finding, maps), Map.of(), text.toString());
    }

    /** @throws IllegalArgumentException if there are not 1..8 maps, or they are of different windows */
    static void check(List<IovaMap> maps) {
        if (maps.isEmpty() || maps.size() > MOST) {
            throw new IllegalArgumentException("maps must be 1.." + MOST + ": " + maps.size());
        }
        for (IovaMap map : maps) {
            if (!map.window().equals(maps.get(0).window())) {
                throw new IllegalArgumentException("maps must be of the same window [first="
                        + maps.get(0).window() + "] [other=" + map.window() + "]");
            }
        }
    }

    /** The painted form. */
    static Canvas canvas(String finding, List<IovaMap> maps) {
        return new Card(finding, context(maps), source(maps)).paint(new IovaComparisonPainter(maps));
    }

    /** Whose largest hole is the shortest, and whose the longest. */
    static String finding(List<IovaMap> maps) {
        Comparator<IovaMap> byHole = Comparator.comparingLong(IovaMap::largestHole);
        IovaMap least = Collections.min(maps, byHole);
        IovaMap most = Collections.max(maps, byHole);
        return least.largestHole() == most.largestHole()
                ? "The largest hole has " + Bytes.text(most.largestHole()) + " in each"
                : "Largest hole: from " + Bytes.text(least.largestHole()) + " (" + SafeText.line(least.title(), NAME)
                        + ") to " + Bytes.text(most.largestHole()) + " (" + SafeText.line(most.title(), NAME) + ")";
    }

    private static String context(List<IovaMap> maps) {
        return "window " + maps.get(0).window() + " of "
                + Bytes.text(maps.get(0).window().bytes());
    }

    /** The source of the first, and by title those that differ from it. */
    private static String source(List<IovaMap> maps) {
        String first = maps.get(0).source();
        List<String> sources = new ArrayList<>(List.of(first));
        maps.stream()
                .filter(map -> !map.source().equals(first))
                .forEach(map -> sources.add(map.title() + ": " + map.source()));
        return String.join("; ", sources);
    }
}
