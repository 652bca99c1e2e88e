package org.dmalab.kernel.display;

import java.util.List;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/**
 * A table in which some rows are not true any more: those are red, and the last of their cells says so in words.
 *
 * @param headers one per column
 * @param rows at most {@link Grid#ROWS}
 * @param total the number of rows of the whole
 */
record LyingRows(List<Header> headers, List<Row> rows, int total) {
    private static final int CELL = 160;
    private static final String STYLE = "padding:2px 8px;vertical-align:top;";

    /** A row's cells and whether it lies. */
    record Row(boolean lies, List<String> cells) {}

    /** The table as a piece of HTML with inline styles. */
    String html() {
        StringBuilder html = new StringBuilder(
                "<table style=\"border-collapse:collapse;margin:6px 0;color:inherit;font-size:13px\"><thead><tr>");
        for (Header header : headers) {
            html.append("<th style=\"")
                    .append(style(header))
                    .append("border-bottom:1px solid #8a929b\">")
                    .append(Html.escape(header.name()))
                    .append("</th>");
        }
        html.append("</tr></thead><tbody>");
        for (Row row : rows) {
            html.append("<tr style=\"background-color:")
                    .append(
                            row.lies()
                                    ? Palette.hex(Palette.LIE) + ";color:" + Palette.hex(Palette.LIE_TEXT)
                                    : "transparent")
                    .append("\">");
            for (int i = 0; i < headers.size(); i++) {
                boolean word = row.lies() && i == headers.size() - 1;
                html.append("<td style=\"")
                        .append(style(headers.get(i)))
                        .append(headers.get(i).kind() == Kind.ADDRESS ? Html.MONOSPACE : "")
                        .append(word ? "font-weight:bold;" : "")
                        .append("\">")
                        .append(Html.escape(SafeText.line(row.cells().get(i), CELL)))
                        .append("</td>");
            }
            html.append("</tr>");
        }
        if (rows.size() < total) {
            html.append("<tr><td colspan=\"")
                    .append(headers.size())
                    .append("\" style=\"" + STYLE + "text-align:left;font-style:italic\">… ")
                    .append(total - rows.size())
                    .append(" more</td></tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    /** The table in aligned columns. */
    String text() {
        return new Grid("", headers, rows.stream().map(Row::cells).toList(), total).text();
    }

    private static String style(Header header) {
        return STYLE + "text-align:" + (header.kind() == Kind.TEXT ? "left;" : "right;");
    }
}
