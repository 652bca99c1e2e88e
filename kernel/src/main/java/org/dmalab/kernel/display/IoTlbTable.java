package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IoTlbEntry;
import org.dmalab.engine.iommu.IoTlbStatistics;
import org.dmalab.engine.iommu.IoTlbView;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;
import org.dmalab.kernel.display.LyingRows.Row;

/** What an IO-TLB holds: how much of it is stale, a row per page with the stale ones first, and each device's hits. */
final class IoTlbTable {
    private static final int NAME = 80;

    private static final List<Header> PAGES = List.of(
            new Header("domain", Kind.NUMBER),
            new Header("iova", Kind.ADDRESS),
            new Header("size", Kind.NUMBER),
            new Header("phys", Kind.ADDRESS),
            new Header("rights", Kind.TEXT),
            new Header("locked", Kind.TEXT),
            new Header("the table", Kind.TEXT));

    private static final List<Header> DEVICES = List.of(
            new Header("device", Kind.TEXT),
            new Header("hits", Kind.NUMBER),
            new Header("misses", Kind.NUMBER),
            new Header("hit rate", Kind.NUMBER));

    private IoTlbTable() {}

    static MimeBundle render(IoTlbView view) {
        LyingRows pages = pages(view);
        Grid devices = devices(view);
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(
                MimeBundle.HTML,
                "<div" + Html.NO_MATH + " style=\"margin:4px 0;color:inherit\">"
                        + Html.block("font-weight:bold;font-size:15px;overflow-wrap:anywhere", finding(view))
                        + Html.block("font-size:12px;overflow-wrap:anywhere", context(view))
                        + pages.html()
                        + devices.html()
                        + "</div>");
        data.put(
                MimeBundle.TEXT,
                SafeText.clean(String.join("\n", finding(view), context(view), pages.text(), devices.text())));
        return new MimeBundle(data, Map.of());
    }

    /** How many of its pages the table no longer agrees with. */
    static String finding(IoTlbView view) {
        String whose = "The IO-TLB of " + SafeText.line(view.iommu(), NAME);
        int held = view.entries().size();
        int stale = view.staleEntries().size();
        if (held == 0) {
            return whose + " holds no page";
        }
        String holds = whose + " holds " + held + (held == 1 ? " page" : " pages");
        return stale == 0
                ? holds + ", none is stale"
                : holds + ", " + stale + (stale == 1 ? " is" : " are") + " STALE: the table says otherwise by now";
    }

    private static String context(IoTlbView view) {
        long hits = view.statistics().stream().mapToLong(IoTlbStatistics::hits).sum();
        long misses =
                view.statistics().stream().mapToLong(IoTlbStatistics::misses).sum();
        return SafeText.line(view.geometry().toString(), 200) + " · since boot " + hits
                + (hits == 1 ? " hit, " : " hits, ") + misses + (misses == 1 ? " miss" : " misses");
    }

    private static LyingRows pages(IoTlbView view) {
        List<Row> rows = view.entries().stream()
                .sorted(Comparator.comparing((IoTlbEntry entry) -> !entry.stale()))
                .limit(Grid.ROWS)
                .map(IoTlbTable::row)
                .toList();
        return new LyingRows(PAGES, rows, view.entries().size());
    }

    private static Row row(IoTlbEntry entry) {
        return new Row(
                entry.stale(),
                List.of(
                        Integer.toString(entry.domain()),
                        entry.iova().toString(),
                        entry.size().toString(),
                        entry.phys().map(PhysAddr::toString).orElse("nothing"),
                        entry.rights(),
                        entry.locked() ? "locked" : "",
                        entry.stale() ? "STALE: says otherwise" : "agrees"));
    }

    private static Grid devices(IoTlbView view) {
        List<List<String>> rows = new ArrayList<>();
        for (IoTlbStatistics each : view.statistics()) {
            rows.add(List.of(
                    each.master().toString(),
                    Long.toString(each.hits()),
                    Long.toString(each.misses()),
                    FragmentationView.percent(each.hitRate())));
        }
        return new Grid("hits and misses by device, since boot", DEVICES, rows, rows.size());
    }
}
