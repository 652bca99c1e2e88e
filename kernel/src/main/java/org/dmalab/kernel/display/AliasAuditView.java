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
import org.dmalab.kernel.display.LyingRows.Row;

/** The ways to a piece of memory, the copies of it and the hazards: three tables, the rows that lie in red and in words. */
final class AliasAuditView {
    private static final int NAME = 80;

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

    private static LyingRows aliasRows(AliasAudit audit) {
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
        return new LyingRows(ALIASES, rows, audit.aliases().size());
    }

    private static LyingRows copyRows(AliasAudit audit) {
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
        return new LyingRows(COPIES, rows, audit.copies().size());
    }

    private static String count(long bytes) {
        return bytes == 1 ? "1 byte" : bytes + " bytes";
    }

    private static String html(AliasAudit audit) {
        StringBuilder html = new StringBuilder("<div" + Html.NO_MATH + " style=\"margin:4px 0;color:inherit\">");
        html.append(Html.block("font-weight:bold;font-size:15px;overflow-wrap:anywhere", finding(audit)))
                .append(Html.block("font-size:12px;overflow-wrap:anywhere", context(audit)));
        html.append(aliasRows(audit).html()).append(copyRows(audit).html());
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
                .append(aliasRows(audit).text())
                .append('\n')
                .append(copyRows(audit).text())
                .append('\n')
                .append(hazardHead(audit));
        hazards(audit).forEach(hazard -> text.append("\n! ").append(hazard));
        return SafeText.clean(text.append("\nSource: ")
                .append(SafeText.line(audit.source(), 300))
                .toString());
    }
}
