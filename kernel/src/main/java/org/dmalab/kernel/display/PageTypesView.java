package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.memory.PageTypeInfo;

/** Free blocks by zone, migrate type and order as a table: {@code /proc/pagetypeinfo} in one. */
final class PageTypesView {
    private PageTypesView() {}

    static MimeBundle render(PageTypeInfo info) {
        List<String> zones = new ArrayList<>();
        List<String> types = new ArrayList<>();
        List<PageTypeInfo.TypeOrders> rows = new ArrayList<>();
        for (PageTypeInfo.ZoneTypes zone : info.zones()) {
            for (PageTypeInfo.TypeOrders type : zone.types()) {
                if (type.pageblocks() > 0 || type.freeBlocks().stream().anyMatch(blocks -> blocks > 0)) {
                    zones.add(zone.zone());
                    types.add(type.type().text(Era.V3_14));
                    rows.add(type);
                }
            }
        }
        int orders =
                rows.stream().mapToInt(row -> row.freeBlocks().size()).max().orElse(0);
        List<Columns.Column> columns = new ArrayList<>();
        columns.add(new Columns.Text("zone", zones));
        columns.add(new Columns.Text("migrate type", types));
        columns.add(Columns.Longs.of(
                "pageblocks",
                rows.stream().mapToLong(PageTypeInfo.TypeOrders::pageblocks).toArray()));
        for (int i = 0; i < orders; i++) {
            int order = i;
            columns.add(Columns.Longs.of(
                    "order " + order,
                    rows.stream()
                            .mapToLong(row -> order < row.freeBlocks().size()
                                    ? row.freeBlocks().get(order)
                                    : 0)
                            .toArray()));
        }
        String names = String.join(
                ", ", info.zones().stream().map(PageTypeInfo.ZoneTypes::zone).toList());
        return Tables.render(new Columns("free blocks by type of " + names + " at " + info.moment(), columns));
    }
}
