package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.engine.experiment.LatencyTable.Row;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** Where the time of one operation goes: a stacked bar per attribute set, a colour per cause. */
public final class BreakdownView {
    /** Causes beyond this many are put together. */
    static final int MAX_CAUSES = 6;

    /** Rows beyond this many are not drawn. */
    static final int MAX_ROWS = 24;

    /**
     * One attribute set's bar.
     *
     * @param nanos by cause, in the order of {@link #causes}
     */
    record Bar(String attributes, Cell cell, List<Part> nanos) {}

    private final LatencyTable table;
    private final String operation;
    private final List<String> causes;
    private final List<Bar> bars = new ArrayList<>();

    private BreakdownView(LatencyTable table, String operation) {
        this.table = table;
        this.operation = operation;
        int column = table.operations().indexOf(operation);
        if (column < 0) {
            throw new IllegalArgumentException(
                    "operation must be one of " + table.operations() + ": " + SafeText.line(operation, 60));
        }
        List<Row> rows = table.rows().stream()
                .filter(row -> column < row.cells().size())
                .limit(MAX_ROWS)
                .toList();
        causes = causes(rows, column);
        for (Row row : rows) {
            Cell cell = row.cells().get(column);
            bars.add(new Bar(SafeText.line(row.attributes(), 60), cell, parts(cell, causes)));
        }
    }

    /**
     * The bars of {@code operation}.
     *
     * @throws IllegalArgumentException if the table has no such operation
     */
    public static Picture of(LatencyTable table, String operation) {
        BreakdownView view = new BreakdownView(table, operation);
        Map<String, Object> interactive = Map.of(MimeBundle.VEGA_LITE, BreakdownSpec.of(view));
        return new Picture(Png.chart(view::canvas, interactive, view.text()));
    }

    /** The painted form alone. */
    static Canvas canvas(LatencyTable table, String operation) {
        return new BreakdownView(table, operation).canvas();
    }

    private Canvas canvas() {
        return card().paint(new BreakdownPainter(this));
    }

    private Card card() {
        return new Card(finding(), context(), table.source());
    }

    /** Every cause with a part in some bar, the largest first; the last may be {@code other}. */
    List<String> causes() {
        return causes;
    }

    List<Bar> bars() {
        return bars;
    }

    /** The colour of the cause at {@code index}. */
    int colour(int index) {
        return index == MAX_CAUSES ? Palette.others() : Palette.owner(index);
    }

    /** The longest bar, at least a nanosecond. */
    double longest() {
        return bars.stream()
                .mapToDouble(bar -> bar.cell().nanos())
                .filter(nanos -> nanos > 0)
                .max()
                .orElse(1);
    }

    String source() {
        return SafeText.line(table.source(), 300);
    }

    String operation() {
        return SafeText.line(operation, 60);
    }

    /** The slowest bar and the fastest, or what takes the time they share. */
    String finding() {
        return LatencyFinding.of(table, table.operations().indexOf(operation))
                .map(LatencyFinding::sentence)
                .orElse(operation() + ": takes no time with any attribute");
    }

    String context() {
        int more = table.rows().size() - bars.size();
        return LatencyFinding.subject(table) + ", simulated time by cause"
                + (more > 0 ? ", " + more + " more attribute sets not shown" : "");
    }

    private String text() {
        Card card = card();
        List<Header> headers = new ArrayList<>(List.of(new Header("", Kind.TEXT), new Header("total", Kind.NUMBER)));
        causes.forEach(cause -> headers.add(new Header(cause, Kind.NUMBER)));
        List<List<String>> rows = new ArrayList<>();
        for (Bar bar : bars) {
            List<String> row = new ArrayList<>(List.of(bar.attributes(), LatencyFinding.time(bar.cell())));
            bar.nanos().forEach(part -> row.add(part.nanos() > 0 ? LatencyTable.time(part.nanos()) : ""));
            rows.add(row);
        }
        return card.title() + "\n" + card.subtitle() + "\n" + new Grid("", headers, rows, rows.size()).text()
                + "\nSource: " + card.source();
    }

    private static List<String> causes(List<Row> rows, int column) {
        Map<String, Double> sums = new LinkedHashMap<>();
        for (Row row : rows) {
            for (Part part : row.cells().get(column).parts()) {
                sums.merge(SafeText.line(part.cause(), 40), part.nanos(), Double::sum);
            }
        }
        List<String> largest = sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(MAX_CAUSES)
                .map(Map.Entry::getKey)
                .toList();
        if (sums.size() <= MAX_CAUSES) {
            return largest;
        }
        List<String> withOther = new ArrayList<>(largest);
        withOther.add(sums.size() - MAX_CAUSES + " others");
        return withOther;
    }

    private static List<Part> parts(Cell cell, List<String> causes) {
        double[] nanos = new double[causes.size()];
        for (Part part : cell.parts()) {
            int index = causes.indexOf(SafeText.line(part.cause(), 40));
            nanos[index < 0 ? causes.size() - 1 : index] += part.nanos();
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < nanos.length; i++) {
            parts.add(new Part(causes.get(i), nanos[i]));
        }
        return parts;
    }
}
