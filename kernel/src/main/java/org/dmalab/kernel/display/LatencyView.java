package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.LatencyTable.Cell;
import org.dmalab.engine.experiment.LatencyTable.Row;

/**
 * A latency table as a heat map in HTML and as aligned text: a row per operation, a column per attribute set.
 *
 * <p>A cell's shade compares it with the fastest of its row, on one logarithmic scale for all rows: times that are
 * nearly the same look the same, and {@value #DARKEST} times the fastest is as dark as it gets. The widths are those of
 * a notebook's output on a small screen: five attribute sets take 760 CSS pixels and less.
 */
final class LatencyView {
    /** From this many times the fastest on, all cells have the darkest shade. */
    static final int DARKEST = 10;

    private static final int OPERATION_WIDTH = 95;
    private static final int SET_WIDTH = 133;
    private static final int LEAST_SET_WIDTH = 84;
    /** A cause that takes less of a cell than this is named in the tooltip only. */
    private static final double NAMED_SHARE = 0.5;

    private static final String SCALE =
            "The darker, the slower than the fastest of its row; darkest: " + DARKEST + " times and more";
    private static final String CELL =
            "padding:3px 5px;text-align:left;vertical-align:top;overflow-wrap:break-word;white-space:normal;";
    private static final String SMALL = "font-size:11px;font-weight:normal;line-height:1.25;";

    private LatencyView() {}

    static MimeBundle render(LatencyTable table) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html(table));
        data.put(MimeBundle.TEXT, SafeText.clean(LatencyText.of(table, finding(table))));
        return new MimeBundle(data, Map.of());
    }

    /** The operation in which the attributes make the largest difference, and both ends of it, in words. */
    static String finding(LatencyTable table) {
        return LatencyFinding.largest(table)
                .map(largest -> {
                    if (table.rows().size() < 2) {
                        return largest.sentence();
                    }
                    return largest.differs()
                            ? largest.operation() + " takes " + largest.ends()
                            : "The attributes make no difference here";
                })
                .orElse("No operation takes any time");
    }

    private static String html(LatencyTable table) {
        int sets = table.rows().size();
        StringBuilder html = new StringBuilder("<table" + Html.NO_MATH
                + " style=\"border-collapse:separate;border-spacing:2px;table-layout:fixed;width:100%;max-width:"
                + (OPERATION_WIDTH + sets * SET_WIDTH) + "px;min-width:" + (OPERATION_WIDTH + sets * LEAST_SET_WIDTH)
                + "px;margin:4px 0;color:inherit;font-size:13px\">");
        html.append("<caption style=\"text-align:left;caption-side:top;padding:2px 4px;color:inherit;")
                .append("overflow-wrap:break-word\">")
                .append(Html.block("font-weight:bold;font-size:15px", finding(table)))
                .append(Html.block("font-size:12px", LatencyFinding.subject(table)))
                .append("</caption><thead><tr><th style=\"")
                .append(CELL)
                .append("width:")
                .append(OPERATION_WIDTH)
                .append("px\"></th>");
        for (Row row : table.rows()) {
            html.append("<th style=\"")
                    .append(CELL)
                    .append("font-size:11px\">")
                    .append(breakable(row.attributes()))
                    .append("</th>");
        }
        html.append("</tr>").append(notes(table)).append("</thead><tbody>");
        for (int i = 0; i < table.operations().size(); i++) {
            row(html, table, i);
        }
        return html.append("</tbody><tfoot><tr style=\"background-color:transparent\"><td colspan=\"")
                .append(sets + 1)
                .append("\" style=\"")
                .append(CELL)
                .append("\">")
                .append(Html.block(SMALL, SCALE))
                .append(Html.block(SMALL, "Source: " + SafeText.line(table.source(), 300)))
                .append("</td></tr></tfoot></table>")
                .toString();
    }

    private static String notes(LatencyTable table) {
        if (table.rows().stream().allMatch(row -> row.note().isEmpty())) {
            return "";
        }
        StringBuilder html = new StringBuilder("<tr><th></th>");
        for (Row row : table.rows()) {
            html.append("<td style=\"")
                    .append(CELL)
                    .append("\">")
                    .append(Html.block(SMALL, SafeText.line(row.note(), 200)))
                    .append("</td>");
        }
        return html.append("</tr>").toString();
    }

    private static void row(StringBuilder html, LatencyTable table, int column) {
        html.append("<tr style=\"background-color:transparent\"><th style=\"")
                .append(CELL)
                .append("font-size:12px\">")
                .append(breakable(table.operations().get(column)))
                .append("</th>");
        double fastest = LatencyFinding.of(table, column)
                .map(found -> found.fastest().nanos())
                .orElse(Double.NaN);
        for (Row row : table.rows()) {
            html.append(column < row.cells().size() ? cell(row.cells().get(column), fastest) : "<td></td>");
        }
        html.append("</tr>");
    }

    private static String cell(Cell cell, double fastest) {
        if (Double.isNaN(cell.nanos())) {
            return "<td style=\"" + CELL + "\">" + LatencyFinding.time(cell)
                    + Html.block(SMALL, LatencyFinding.why(cell)) + "</td>";
        }
        int background = Palette.heat(shade(cell.nanos(), fastest));
        String colours = "background:" + Palette.hex(background) + ";color:" + Palette.hex(Palette.textOn(background));
        return "<td style=\"" + CELL + colours + "\" title=\"" + Html.escape(parts(cell)) + "\">"
                + Html.escape(LatencyFinding.time(cell)) + Html.block(SMALL, cause(cell)) + "</td>";
    }

    /** 0 for the fastest of the row, 1 for {@link #DARKEST} times as long and more. */
    static double shade(double nanos, double fastest) {
        return nanos > fastest ? Math.min(1, Math.log(nanos / fastest) / Math.log(DARKEST)) : 0;
    }

    /** The cause of half the cell's time or more; how much of it the tooltip tells. */
    private static String cause(Cell cell) {
        return LatencyFinding.dominant(cell)
                .filter(part -> part.nanos() >= NAMED_SHARE * cell.nanos())
                .map(part -> SafeText.line(part.cause(), 40))
                .orElse("");
    }

    private static String parts(Cell cell) {
        List<String> parts = new ArrayList<>();
        cell.parts().stream()
                .limit(12)
                .forEach(part -> parts.add(SafeText.line(part.cause(), 60) + ": "
                        + LatencyTable.time(part.nanos())
                        + (cell.nanos() > 0 ? ", " + LatencyFinding.share(part, cell) : "")));
        return String.join("; ", parts);
    }

    /** Escaped, and free to wrap after an underscore: attribute names have no spaces. */
    private static String breakable(String text) {
        return Html.escape(SafeText.line(text, 200)).replace("_", "_<wbr>");
    }
}
