package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Part;
import org.dmalab.engine.experiment.LatencyTable.Row;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** A latency table as a heat map in HTML, each cell with its dominant cause, and as aligned text. */
final class LatencyView {
    private static final String CELL = "padding:4px 10px;text-align:right;white-space:nowrap;";
    private static final String SMALL = "font-size:11px;font-weight:normal;";

    private LatencyView() {}

    static MimeBundle render(LatencyTable table) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html(table));
        data.put(MimeBundle.TEXT, SafeText.clean(text(table)));
        return new MimeBundle(data, Map.of());
    }

    /** The largest difference between two attribute sets in one operation, in words. */
    static String finding(LatencyTable table) {
        double largest = 1;
        String words = "";
        for (int column = 0; column < table.operations().size(); column++) {
            int index = column;
            List<Row> rows = table.rows().stream()
                    .filter(row ->
                            index < row.cells().size() && row.cells().get(index).nanos() > 0)
                    .sorted(Comparator.comparingDouble(
                            (Row row) -> row.cells().get(index).nanos()))
                    .toList();
            if (rows.isEmpty()) {
                continue;
            }
            Row fast = rows.get(0);
            Row slow = rows.get(rows.size() - 1);
            double slowest = slow.cells().get(index).nanos();
            double fastest = fast.cells().get(index).nanos();
            if (slowest / fastest > largest) {
                largest = slowest / fastest;
                words = table.operations().get(index) + ": " + slow.attributes() + " takes "
                        + LatencyTable.time(slowest) + ", " + ratio(largest) + " times " + fast.attributes() + " ("
                        + LatencyTable.time(fastest) + ")";
            }
        }
        if (table.rows().size() < 2) {
            return "";
        }
        return largest < 1.05 ? "the attributes make no difference here" : words;
    }

    private static String ratio(double ratio) {
        return String.format(Locale.ROOT, ratio < 9.95 ? "%.1f" : "%.0f", ratio);
    }

    /** {@code zero pages 82 %}; empty if the cell has no parts. */
    static String dominant(Cell cell) {
        return largest(cell)
                .map(part -> {
                    String share = FragmentationView.percent(part.nanos() / cell.nanos());
                    return part.cause() + (share.equals("100 %") ? "" : " " + share);
                })
                .orElse("");
    }

    /** The part that takes most of the cell's time. */
    static Optional<Part> largest(Cell cell) {
        return cell.nanos() > 0 ? cell.parts().stream().max(Comparator.comparingDouble(Part::nanos)) : Optional.empty();
    }

    private static String html(LatencyTable table) {
        boolean notes = table.rows().stream().anyMatch(row -> !row.note().isEmpty());
        StringBuilder html = new StringBuilder("<table" + Html.NO_MATH
                + " style=\"border-collapse:separate;border-spacing:2px;table-layout:auto;margin:4px 0;color:inherit;"
                + "font-size:13px\">");
        html.append("<caption style=\"text-align:left;caption-side:top;padding:2px 4px;color:inherit\">")
                .append(Html.block("font-weight:bold;font-size:15px", title(table)))
                .append(Html.block("font-size:12px", "Source: " + SafeText.line(table.source(), 300)))
                .append("</caption><thead><tr><th></th>");
        for (String operation : table.operations()) {
            html.append("<th style=\"")
                    .append(CELL)
                    .append("\">")
                    .append(escaped(operation))
                    .append("</th>");
        }
        html.append(notes ? "<th></th>" : "").append("</tr></thead><tbody>");
        double[] range = range(table);
        for (Row row : table.rows()) {
            html.append("<tr><th style=\"")
                    .append(CELL)
                    .append("text-align:left\">")
                    .append(escaped(row.attributes()))
                    .append("</th>");
            for (int i = 0; i < table.operations().size(); i++) {
                html.append(i < row.cells().size() ? html(row.cells().get(i), range) : "<td></td>");
            }
            if (notes) {
                html.append("<td style=\"")
                        .append(CELL)
                        .append("text-align:left;white-space:normal;max-width:260px\">")
                        .append(escaped(row.note()))
                        .append("</td>");
            }
            html.append("</tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    private static String html(Cell cell, double[] range) {
        if (Double.isNaN(cell.nanos())) {
            String why = cell.why().isEmpty() ? "does not apply" : cell.why();
            return "<td style=\"" + CELL + "white-space:normal;max-width:150px\">-"
                    + Html.block(SMALL, SafeText.line(why, 120)) + "</td>";
        }
        int background = Palette.heat(share(cell.nanos(), range));
        String colours = "background:" + Palette.hex(background) + ";color:" + Palette.hex(Palette.textOn(background));
        return "<td style=\"" + CELL + colours + "\" title=\"" + Html.escape(parts(cell)) + "\">"
                + Html.escape(LatencyTable.time(cell.nanos())) + Html.block(SMALL, SafeText.line(dominant(cell), 40))
                + "</td>";
    }

    private static String parts(Cell cell) {
        List<String> parts = new ArrayList<>();
        cell.parts().stream()
                .limit(12)
                .forEach(part -> parts.add(SafeText.line(part.cause(), 60) + ": " + LatencyTable.time(part.nanos())));
        return String.join("; ", parts);
    }

    private static String title(LatencyTable table) {
        String finding = finding(table);
        String subject = SafeText.line(table.title(), 120) + ", " + Bytes.text(table.bytes());
        return finding.isEmpty() ? subject : subject + "; " + SafeText.line(finding, 240);
    }

    /** The logarithms of the smallest and largest time. */
    private static double[] range(LatencyTable table) {
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (Row row : table.rows()) {
            for (Cell cell : row.cells()) {
                if (cell.nanos() > 0) {
                    least = Math.min(least, cell.nanos());
                    most = Math.max(most, cell.nanos());
                }
            }
        }
        return new double[] {Math.log(least), Math.log(most)};
    }

    private static double share(double nanos, double[] range) {
        if (nanos <= 0 || range[1] <= range[0]) {
            return 0;
        }
        return (Math.log(nanos) - range[0]) / (range[1] - range[0]);
    }

    private static String escaped(String text) {
        return Html.escape(SafeText.line(text, 200));
    }

    private static String text(LatencyTable table) {
        List<Header> headers = new ArrayList<>(List.of(new Header("", Kind.TEXT)));
        table.operations().forEach(operation -> headers.add(new Header(operation, Kind.NUMBER)));
        headers.add(new Header("", Kind.TEXT));
        List<List<String>> rows = new ArrayList<>();
        for (Row row : table.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.attributes()));
            for (int i = 0; i < table.operations().size(); i++) {
                cells.add(
                        i < row.cells().size()
                                ? LatencyTable.time(row.cells().get(i).nanos())
                                : "");
            }
            cells.add(row.note());
            rows.add(cells);
        }
        return new Grid(title(table), headers, rows, rows.size()).text() + "\nSource: "
                + SafeText.line(table.source(), 300);
    }
}
