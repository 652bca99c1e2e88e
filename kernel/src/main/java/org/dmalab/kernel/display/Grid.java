package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table ready to be written: the rows that are shown, and how many there are.
 *
 * @param title above the table, may be empty
 * @param headers one per column
 * @param rows at most {@link #ROWS} rows of as many cells as headers
 * @param total the number of rows of the whole
 */
record Grid(String title, List<Header> headers, List<List<String>> rows, long total) {
    /** Rows shown; the rest is a number. */
    static final int ROWS = 20;
    /** Columns shown; the rest is a number. */
    static final int COLUMNS = 30;

    /** Characters of the title shown. */
    static final int TITLE = 200;

    /** Characters of a cell shown. */
    static final int CELL = 600;
    /** Characters of a cell in one line of text; longer ones are wrapped. */
    private static final int TEXT_CELL = 60;

    private static final int HEADER = 200;

    /** What a column's cells are. */
    enum Kind {
        TEXT,
        /** Right-aligned. */
        NUMBER,
        /** Right-aligned hex. */
        ADDRESS
    }

    /** A column. */
    record Header(String name, Kind kind) {}

    Grid {
        if (headers.size() > COLUMNS) {
            title = title + (title.isEmpty() ? "" : ", ") + "first " + COLUMNS + " of " + headers.size() + " columns";
        }
        headers = List.copyOf(headers.subList(0, Math.min(headers.size(), COLUMNS)));
        rows = List.copyOf(rows.subList(0, Math.min(rows.size(), ROWS)));
    }

    /** The table as HTML and as aligned text. */
    MimeBundle bundle() {
        return bundle(text());
    }

    /** The table as HTML, with {@code text} as its other form. */
    MimeBundle bundle(String text) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html());
        data.put(MimeBundle.TEXT, SafeText.clean(text));
        return new MimeBundle(data, Map.of());
    }

    /** The table as a piece of HTML with inline styles. */
    String html() {
        StringBuilder html = new StringBuilder("<table" + Html.NO_MATH
                + " style=\"border-collapse:collapse;table-layout:auto;margin:4px 0;color:inherit;font-size:13px\">");
        if (!title.isEmpty()) {
            html.append(
                            "<caption style=\"text-align:left;font-weight:bold;padding:2px 8px;caption-side:top;color:inherit\">")
                    .append(Html.escape(SafeText.line(title, TITLE)))
                    .append("</caption>");
        }
        html.append("<thead><tr>");
        for (Header header : headers) {
            html.append("<th style=\"")
                    .append(style(header))
                    .append("border-bottom:1px solid #8a929b\">")
                    .append(Html.escape(SafeText.line(header.name(), HEADER)))
                    .append("</th>");
        }
        html.append("</tr></thead><tbody>");
        for (List<String> row : rows) {
            html.append("<tr>");
            for (int i = 0; i < headers.size(); i++) {
                Header header = headers.get(i);
                html.append("<td style=\"")
                        .append(style(header))
                        .append(header.kind() == Kind.ADDRESS ? Html.MONOSPACE : "")
                        .append("\">")
                        .append(Html.escape(SafeText.line(row.get(i), CELL)))
                        .append("</td>");
            }
            html.append("</tr>");
        }
        if (total > rows.size()) {
            html.append("<tr><td colspan=\"")
                    .append(headers.size())
                    .append("\" style=\"padding:2px 8px;text-align:left;font-style:italic\">")
                    .append(more())
                    .append("</td></tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    /** The table in aligned columns. */
    String text() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(headers.stream()
                .map(header -> SafeText.line(header.name(), TEXT_CELL))
                .toList());
        rows.forEach(row -> lines.addAll(wrapped(row)));
        int[] widths = new int[headers.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        if (!title.isEmpty()) {
            text.append(SafeText.line(title, TITLE)).append('\n');
        }
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String blank = " ".repeat(widths[i] - line.get(i).length());
                boolean right = headers.get(i).kind() != Kind.TEXT;
                padded.append(i == 0 ? "" : "  ").append(right ? blank + line.get(i) : line.get(i) + blank);
            }
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        if (total > rows.size()) {
            text.append(more()).append('\n');
        }
        return text.toString().stripTrailing();
    }

    /** A row as lines of text, as many as its longest cell takes. */
    private List<List<String>> wrapped(List<String> row) {
        List<List<String>> cells = row.stream()
                .limit(headers.size())
                .map(cell -> SafeText.wrap(SafeText.line(cell, CELL), TEXT_CELL))
                .toList();
        int height = cells.stream().mapToInt(List::size).max().orElse(1);
        List<List<String>> lines = new ArrayList<>();
        for (int i = 0; i < height; i++) {
            int line = i;
            lines.add(cells.stream()
                    .map(cell -> line < cell.size() ? cell.get(line) : "")
                    .toList());
        }
        return lines;
    }

    private String more() {
        return "… " + (total - rows.size()) + " more";
    }

    private static String style(Header header) {
        return "padding:2px 8px;text-align:" + (header.kind() == Kind.TEXT ? "left" : "right") + ";";
    }
}
