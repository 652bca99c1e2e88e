package org.dmalab.kernel.display;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.engine.experiment.LatencyTable.Row;

/**
 * The two ends of one operation: the slowest attribute set and the fastest. Of sets whose printed times are the same,
 * the first is named.
 *
 * @param sets how many attribute sets take any time for it
 */
record LatencyFinding(String operation, int sets, Row slow, Cell slowest, Row fast, Cell fastest) {
    /** Below this ratio a difference is not worth a title. */
    private static final double LEAST = 1.05;

    /** The ends of the operation in {@code column}; empty if it takes no time with any attribute. */
    static Optional<LatencyFinding> of(LatencyTable table, int column) {
        List<Row> rows = table.rows().stream()
                .filter(row ->
                        column < row.cells().size() && row.cells().get(column).nanos() > 0)
                .toList();
        Comparator<Row> byTime =
                Comparator.comparingDouble(row -> row.cells().get(column).nanos());
        return rows.stream().max(byTime).map(last -> {
            Row slow = firstLike(last, rows, column);
            Row fast = firstLike(rows.stream().min(byTime).orElse(last), rows, column);
            return new LatencyFinding(
                    SafeText.line(table.operations().get(column), 60),
                    rows.size(),
                    slow,
                    slow.cells().get(column),
                    fast,
                    fast.cells().get(column));
        });
    }

    /** The operation whose ends lie furthest apart. */
    static Optional<LatencyFinding> largest(LatencyTable table) {
        return IntStream.range(0, table.operations().size())
                .mapToObj(column -> of(table, column))
                .flatMap(Optional::stream)
                .max(Comparator.comparingDouble(LatencyFinding::ratio));
    }

    private static Row firstLike(Row row, List<Row> rows, int column) {
        String time = time(row.cells().get(column));
        return rows.stream()
                .filter(other -> time(other.cells().get(column)).equals(time))
                .findFirst()
                .orElse(row);
    }

    /** The slowest time over the fastest. */
    double ratio() {
        return slowest.nanos() / fastest.nanos();
    }

    boolean differs() {
        return ratio() >= LEAST;
    }

    /** {@code 29.5 ms for none (coherent), 5.11 ms for NON_CONSISTENT}. */
    String ends() {
        return time(slowest) + " for " + name(slow) + ", " + time(fastest) + " for " + name(fast);
    }

    /** Both ends if they differ, else the time they share and what it goes to. */
    String sentence() {
        if (differs()) {
            return operation + ": " + ends();
        }
        String about = time(slowest).equals(time(fastest)) ? "" : "about ";
        String all = (sets == 2 ? "both" : "all " + sets) + " attribute sets";
        String cause = dominant(slowest)
                .map(part -> ", " + (share(part, slowest).equals("100 %") ? "all" : share(part, slowest))
                        + " of it for " + SafeText.line(part.cause(), 40))
                .orElse("");
        return operation + ": " + about + time(slowest) + " for " + (sets == 1 ? name(slow) : all) + cause;
    }

    /** What the table is about: its title, with the buffer's size unless the title says it. */
    static String subject(LatencyTable table) {
        String title = SafeText.line(table.title(), 120);
        String bytes = Bytes.text(table.bytes());
        return title.contains(bytes) ? title : title + ", " + bytes;
    }

    /** The part that takes most of the cell's time. */
    static Optional<Part> dominant(Cell cell) {
        return cell.nanos() > 0 ? cell.parts().stream().max(Comparator.comparingDouble(Part::nanos)) : Optional.empty();
    }

    /** {@code 60 %}: the part's share of the cell. */
    static String share(Part part, Cell cell) {
        return FragmentationView.percent(part.nanos() / cell.nanos());
    }

    /** {@code 4.13 µs}, and a dash where the operation does not apply. */
    static String time(Cell cell) {
        return Double.isNaN(cell.nanos()) ? "–" : LatencyTable.time(cell.nanos());
    }

    /** Why the operation does not apply. */
    static String why(Cell cell) {
        return cell.why().isEmpty() ? "does not apply" : SafeText.line(cell.why(), 120);
    }

    private static String name(Row row) {
        return SafeText.line(row.attributes(), 60);
    }
}
