package org.dmalab.engine.replay;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;

/**
 * Reads {@code /proc/buddyinfo} of a real machine: {@code Node 0, zone   Normal      4      1 ...}, free blocks of each order
 * from 0 on, as many orders as that kernel has.
 */
public final class ProcBuddyinfo {
    /** No kernel has more orders. */
    static final int MOST_ORDERS = 20;
    /** More pages than any machine has: 2^52 bytes of memory. */
    static final long MOST_PAGES = 1L << 40;

    private static final String EXPECTED = "Node 0, zone   Normal      4      1      0 ...";

    private record Row(long line, String text, ZoneOrders zone) {}

    private ProcBuddyinfo() {}

    /**
     * What the file at {@code path} says, plain or gzipped.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device, a pipe or another tool's
     *     format
     */
    public static ProcFile<FragmentationSnapshot> read(Path path) {
        return ProcLines.read(path, ProcBuddyinfo::read);
    }

    /** What a file says of which {@code in} gives the bytes. */
    public static ProcFile<FragmentationSnapshot> read(String source, InputStream in) {
        return ProcLines.read(source, in, ProcBuddyinfo::read);
    }

    /** What a file given as text says. */
    public static ProcFile<FragmentationSnapshot> parse(String text) {
        return read("buddyinfo", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static FragmentationSnapshot read(ProcLines lines) throws IOException {
        List<Row> rows = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        while (lines.next()) {
            row(lines, seen).ifPresent(zone -> rows.add(new Row(lines.number(), lines.text(), zone)));
        }
        lines.expected(EXPECTED, rows.size());
        // A kernel prints the same orders for every zone: a line with fewer or more is damaged.
        int orders = mostCommonOrders(rows);
        List<ZoneOrders> zones = new ArrayList<>();
        for (Row row : rows) {
            if (row.zone().orders() == orders) {
                lines.read();
                zones.add(row.zone());
            } else {
                lines.malformed(
                        row.line(), row.text(), row.zone().orders() + " orders, where most zones have " + orders);
            }
        }
        return new FragmentationSnapshot(zones, lines.moment(), lines.source());
    }

    private static Optional<ZoneOrders> row(ProcLines lines, Set<String> seen) {
        String[] words = lines.text().split("\\s+", -1);
        if (words.length < 5 || !words[0].equals("Node") || !words[1].endsWith(",") || !words[2].equals("zone")) {
            lines.malformed("not Node N, zone NAME and numbers");
            return Optional.empty();
        }
        OptionalLong node = ProcLines.decimal(words[1].substring(0, words[1].length() - 1));
        if (!ProcLines.isNode(node) || !ProcLines.isZone(words[3])) {
            lines.malformed("no such node or zone");
            return Optional.empty();
        }
        Optional<List<Long>> blocks = counts(words, 4);
        if (blocks.isEmpty()) {
            lines.malformed("not 1.." + MOST_ORDERS + " numbers of blocks");
            return Optional.empty();
        }
        if (!seen.add(node.getAsLong() + " " + words[3])) {
            lines.malformed("the zone a second time: another moment?");
            return Optional.empty();
        }
        return Optional.of(new ZoneOrders((int) node.getAsLong(), words[3], blocks.get()));
    }

    /** The blocks per order from {@code words[from]} on; empty if one is no number of blocks. */
    static Optional<List<Long>> counts(String[] words, int from) {
        if (words.length == from || words.length - from > MOST_ORDERS) {
            return Optional.empty();
        }
        List<Long> counts = new ArrayList<>();
        for (int i = from; i < words.length; i++) {
            OptionalLong count = ProcLines.decimal(words[i]);
            if (count.isEmpty() || count.getAsLong() > MOST_PAGES >> (i - from)) {
                return Optional.empty();
            }
            counts.add(count.getAsLong());
        }
        return Optional.of(counts);
    }

    private static int mostCommonOrders(List<Row> rows) {
        Map<Integer, Integer> votes = new HashMap<>();
        int winner = 0;
        for (Row row : rows) {
            int orders = row.zone().orders();
            if (votes.merge(orders, 1, Integer::sum) > votes.getOrDefault(winner, 0)) {
                winner = orders;
            }
        }
        return winner;
    }
}
