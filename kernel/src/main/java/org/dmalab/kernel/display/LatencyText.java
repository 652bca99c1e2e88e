package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Row;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** A latency table as aligned text: operations down, attribute sets across, notes and reasons below. */
final class LatencyText {
    /** Characters of a line; the columns of five attribute sets fit. */
    private static final int WIDTH = 110;

    private static final int HEADING = 17;
    private static final int HEADING_LINES = 4;

    private LatencyText() {}

    static String of(LatencyTable table, String title) {
        List<String> lines = new ArrayList<>();
        lines.addAll(wrap(title, WIDTH));
        lines.addAll(wrap(LatencyFinding.subject(table), WIDTH));
        lines.add(grid(table));
        for (Row row : table.rows()) {
            if (!row.note().isEmpty()) {
                lines.addAll(wrap(SafeText.line(row.attributes(), 60) + ": " + SafeText.line(row.note(), 200), WIDTH));
            }
        }
        reasons(table).forEach((why, operations) -> lines.addAll(wrap("– " + operations + ": " + why, WIDTH)));
        lines.addAll(wrap("Source: " + SafeText.line(table.source(), 300), WIDTH));
        return String.join("\n", lines);
    }

    private static String grid(LatencyTable table) {
        List<List<String>> headings = table.rows().stream()
                .map(row -> wrap(SafeText.line(row.attributes(), HEADING * HEADING_LINES), HEADING))
                .toList();
        int deepest = headings.stream().mapToInt(List::size).max().orElse(0);
        List<Header> headers = new ArrayList<>(List.of(new Header("", Kind.TEXT)));
        headings.forEach(heading -> headers.add(new Header(line(heading, 0), Kind.NUMBER)));
        List<List<String>> rows = new ArrayList<>();
        for (int i = 1; i < deepest; i++) {
            int index = i;
            List<String> more = new ArrayList<>(List.of(""));
            headings.forEach(heading -> more.add(line(heading, index)));
            rows.add(more);
        }
        for (int column = 0; column < table.operations().size(); column++) {
            int index = column;
            List<String> cells = new ArrayList<>(List.of(table.operations().get(column)));
            table.rows()
                    .forEach(row -> cells.add(
                            index < row.cells().size()
                                    ? LatencyFinding.time(row.cells().get(index))
                                    : ""));
            rows.add(cells);
        }
        return new Grid("", headers, rows, rows.size()).text();
    }

    private static String line(List<String> lines, int index) {
        return index < lines.size() ? lines.get(index) : "";
    }

    /** Why cells do not apply, and the operations it is true of. */
    private static Map<String, String> reasons(LatencyTable table) {
        Map<String, Set<String>> reasons = new LinkedHashMap<>();
        for (Row row : table.rows()) {
            for (int i = 0; i < Math.min(row.cells().size(), table.operations().size()); i++) {
                Cell cell = row.cells().get(i);
                if (Double.isNaN(cell.nanos())) {
                    reasons.computeIfAbsent(LatencyFinding.why(cell), why -> new LinkedHashSet<>())
                            .add(SafeText.line(table.operations().get(i), 60));
                }
            }
        }
        Map<String, String> joined = new LinkedHashMap<>();
        reasons.forEach((why, operations) -> joined.put(why, String.join(", ", operations)));
        return joined;
    }

    /** {@code text} broken at spaces into lines of at most {@code max} characters, and within a word that is longer. */
    private static List<String> wrap(String text, int max) {
        List<String> lines = new ArrayList<>();
        String rest = text.strip();
        while (rest.length() > max) {
            int space = rest.lastIndexOf(' ', max);
            int end = space > 0 ? space : max - (Character.isHighSurrogate(rest.charAt(max - 1)) ? 1 : 0);
            lines.add(rest.substring(0, end).strip());
            rest = rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }
}
