package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.AliasAudit.Alias;
import org.dmalab.engine.dma.AliasAudit.Copy;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** The ways to a piece of memory, the copies of it and the hazards: three tables, the rows that lie in red and in words. */
final class AliasAuditView {
    private static final int NAME = 80;
    private static final int CELL = 160;
    private static final String STYLE = "padding:2px 8px;vertical-align:top;";

    private static final List<Header> ALIASES = List.of(
            new Header("reached by", Kind.TEXT),
            new Header("address", Kind.ADDRESS),
            new Header("bytes", Kind.NUMBER),
            new Header("memory type", Kind.TEXT),
            new Header("reads", Kind.TEXT));

    private static final List<Header> COPIES = List.of(
            new Header("held by", Kind.TEXT),
            new Header("bytes", Kind.NUMBER),
            new Header("dirty bytes", Kind.NUMBER),
            new Header("holds", Kind.TEXT));

    /** A table's cells and whether the row lies. */
    private record Row(boolean lies, List<String> cells) {}

    private AliasAuditView() {}

    static MimeBundle render(AliasAudit audit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html(audit));
        data.put(MimeBundle.TEXT, text(audit));
        return new MimeBundle(data, Map.of());
    }

    /** Who lies, and since whose store. */
    static String finding(AliasAudit audit) {
        List<Alias> lying =
                audit.aliases().stream().filter(alias -> alias.staleBytes() > 0).toList();
        String all = audit.aliases().size() == 1
                ? "The one alias"
                : "All " + audit.aliases().size() + " aliases";
        if (audit.aliases().isEmpty()) {
            return "No alias leads to " + SafeText.line(audit.subject(), NAME);
        }
        if (lying.isEmpty()) {
            String hazards =
                    audit.hazards().size() == 1 ? "1 hazard" : audit.hazards().size() + " hazards";
            return all + (audit.aliases().size() == 1 ? " reads" : " read") + " the truth"
                    + (audit.hazards().isEmpty()
                            ? ""
                            : ", but there " + (audit.hazards().size() == 1 ? "is " : "are ") + hazards);
        }
        Alias first = lying.get(0);
        String others = lying.size() == 1 ? "" : " and " + (lying.size() - 1) + " more";
        return SafeText.line(first.who(), NAME) + others + (lying.size() == 1 ? " reads " : " read ")
                + "stale bytes: " + first.staleBytes() + " of " + count(first.bytes())
                + first.firstStale().map(at -> ", the first at " + at).orElse("");
    }

    private static String context(AliasAudit audit) {
        return SafeText.line(audit.subject(), NAME)
                + (audit.moment().isEmpty() ? "" : " at " + SafeText.line(audit.moment(), 40)) + " · " + audit.start()
                + " (" + Bytes.text(audit.bytes()) + ") · last written by " + SafeText.line(audit.lastWriter(), NAME);
    }

    private static List<Row> aliases(AliasAudit audit) {
        List<Row> rows = new ArrayList<>();
        for (Alias alias :
                audit.aliases().subList(0, Math.min(Grid.ROWS, audit.aliases().size()))) {
            String type = alias.type()
                    .map(known -> known.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .orElse("–");
            boolean lies = alias.staleBytes() > 0;
            String reads = lies
                    ? "STALE: " + count(alias.staleBytes())
                            + alias.firstStale().map(at -> " from " + at).orElse("")
                    : "the truth";
            rows.add(new Row(
                    lies,
                    List.of(alias.who(), String.valueOf(alias.address()), Long.toString(alias.bytes()), type, reads)));
        }
        return rows;
    }

    private static List<Row> copies(AliasAudit audit) {
        List<Row> rows = new ArrayList<>();
        for (Copy copy :
                audit.copies().subList(0, Math.min(Grid.ROWS, audit.copies().size()))) {
            boolean lies = copy.staleBytes() > 0;
            rows.add(new Row(
                    lies,
                    List.of(
                            copy.where(),
                            Long.toString(copy.bytes()),
                            Long.toString(copy.dirtyBytes()),
                            lies ? "STALE: " + count(copy.staleBytes()) : "the truth")));
        }
        return rows;
    }

    private static String count(long bytes) {
        return bytes == 1 ? "1 byte" : bytes + " bytes";
    }

    private static String html(AliasAudit audit) {
        StringBuilder html = new StringBuilder("<div" + Html.NO_MATH + " style=\"margin:4px 0;color:inherit\">");
        html.append(Html.block("font-weight:bold;font-size:15px;overflow-wrap:anywhere", finding(audit)))
                .append(Html.block("font-size:12px;overflow-wrap:anywhere", context(audit)));
        table(html, ALIASES, aliases(audit), audit.aliases().size());
        table(html, COPIES, copies(audit), audit.copies().size());
        html.append(Html.block("font-weight:bold;font-size:13px;padding:2px 8px", hazardHead(audit)));
        for (String hazard : hazards(audit)) {
            html.append(Html.block(
                    "font-size:13px;padding:2px 8px;margin:2px 0;border-left:4px solid " + Palette.hex(Palette.DIRTY)
                            + ";overflow-wrap:anywhere",
                    hazard));
        }
        return html.append(Html.block("font-size:11px", "Source: " + SafeText.line(audit.source(), 300)))
                .append("</div>")
                .toString();
    }

    private static void table(StringBuilder html, List<Header> headers, List<Row> rows, int total) {
        html.append("<table style=\"border-collapse:collapse;margin:6px 0;color:inherit;font-size:13px\"><thead><tr>");
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
        html.append("</tbody></table>");
    }

    private static String style(Header header) {
        return STYLE + "text-align:" + (header.kind() == Kind.TEXT ? "left;" : "right;");
    }

    private static String hazardHead(AliasAudit audit) {
        int hazards = audit.hazards().size();
        return hazards == 0 ? "no hazard" : hazards == 1 ? "1 hazard" : hazards + " hazards";
    }

    private static List<String> hazards(AliasAudit audit) {
        List<String> hazards = new ArrayList<>();
        audit.hazards().stream().limit(Grid.ROWS).forEach(hazard -> hazards.add(SafeText.line(hazard, 400)));
        if (audit.hazards().size() > Grid.ROWS) {
            hazards.add("… " + (audit.hazards().size() - Grid.ROWS) + " more");
        }
        return hazards;
    }

    private static String text(AliasAudit audit) {
        StringBuilder text = new StringBuilder(finding(audit)).append('\n').append(context(audit));
        text.append('\n')
                .append(grid(ALIASES, aliases(audit), audit.aliases().size()))
                .append('\n')
                .append(grid(COPIES, copies(audit), audit.copies().size()))
                .append('\n')
                .append(hazardHead(audit));
        hazards(audit).forEach(hazard -> text.append("\n! ").append(hazard));
        return SafeText.clean(text.append("\nSource: ")
                .append(SafeText.line(audit.source(), 300))
                .toString());
    }

    private static String grid(List<Header> headers, List<Row> rows, int total) {
        return new Grid("", headers, rows.stream().map(Row::cells).toList(), total).text();
    }
}
