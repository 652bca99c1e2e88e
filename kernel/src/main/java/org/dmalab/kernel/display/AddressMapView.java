package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AddressMap.Area;
import org.dmalab.engine.dma.AddressMap.Mark;
import org.dmalab.engine.dma.AddressMap.Strip;
import org.dmalab.kernel.display.AddressFold.Element;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** Views of the same machine side by side: strips of named areas, and where one byte is in each of them. */
final class AddressMapView {
    private static final int NAME = 60;

    private AddressMapView() {}

    static MimeBundle render(AddressMap map) {
        return Png.chart(() -> canvas(map), Map.of(), text(map));
    }

    /** The painted form alone. */
    static Canvas canvas(AddressMap map) {
        return card(map).paint(new AddressMapPainter(map));
    }

    private static Card card(AddressMap map) {
        return new Card(finding(map), context(map), map.source());
    }

    /** The title with the addresses of the first mark, or with the largest gap of the one strip and how full it is. */
    static String finding(AddressMap map) {
        String title = SafeText.line(map.title(), 120);
        List<Mark> marks =
                map.strips().stream().flatMap(strip -> strip.marks().stream()).toList();
        if (!marks.isEmpty()) {
            String label = marks.get(0).label();
            List<String> places = new ArrayList<>();
            for (Strip strip : map.strips()) {
                for (Mark mark : strip.marks()) {
                    if (mark.label().equals(label) && places.size() < AddressMapPainter.MAX_STRIPS) {
                        places.add(SafeText.line(strip.name(), NAME) + " "
                                + AddressFold.hex(mark.address().value()));
                    }
                }
            }
            return title + ": " + String.join(", ", places);
        }
        if (map.strips().size() != 1 || map.strips().get(0).areas().isEmpty()) {
            return title;
        }
        return title + ": " + usage(map.strips().get(0));
    }

    private static String usage(Strip strip) {
        List<Element> elements = AddressFold.all(strip);
        long used = elements.stream().mapToLong(Element::usedBytes).sum();
        long areas = elements.stream().filter(element -> !element.isGap()).count();
        String use = areas == 0
                ? "nothing in use"
                : (areas == 1 ? "1 area holds " : areas + " areas hold ") + Bytes.text(used);
        return AddressFold.largestGap(elements)
                .map(gap -> "largest gap " + Bytes.text(gap.bytes()) + " at " + AddressFold.hex(gap.start()) + " – "
                        + AddressFold.hex(gap.last()) + ", " + use)
                .orElse("no gap, " + use);
    }

    private static String context(AddressMap map) {
        StringBuilder text = new StringBuilder();
        if (!map.moment().isEmpty()) {
            text.append("at ").append(SafeText.line(map.moment(), NAME)).append(" · ");
        }
        text.append("addresses grow downwards; heights are not to scale: small areas are enlarged, gaps cut short");
        boolean folded = map.strips().stream()
                .limit(AddressMapPainter.MAX_STRIPS)
                .anyMatch(strip -> AddressFold.all(strip).size() > AddressFold.MAX);
        if (folded) {
            text.append("; small neighbours are put together, to scale among themselves");
        }
        int more = map.strips().size() - AddressMapPainter.MAX_STRIPS;
        if (more > 0) {
            text.append("; ").append(more).append(" more not shown");
        }
        return text.toString();
    }

    private static String text(AddressMap map) {
        Card card = card(map);
        StringBuilder text = new StringBuilder(card.title()).append('\n').append(card.subtitle());
        List<Header> headers = List.of(
                new Header("from", Kind.ADDRESS),
                new Header("to", Kind.ADDRESS),
                new Header("size", Kind.NUMBER),
                new Header("area", Kind.TEXT),
                new Header("kind", Kind.TEXT),
                new Header("note", Kind.TEXT));
        for (Strip strip : map.strips().subList(0, Math.min(12, map.strips().size()))) {
            List<List<String>> rows = strip.areas().stream()
                    .limit(Grid.ROWS)
                    .map(AddressMapView::row)
                    .toList();
            text.append('\n')
                    .append(new Grid(strip.name(), headers, rows, strip.areas().size()).text());
            for (Mark mark : AddressFold.marks(strip)) {
                text.append("\n  > ")
                        .append(AddressFold.hex(mark.address().value()))
                        .append("  ")
                        .append(SafeText.line(mark.label(), NAME));
            }
        }
        return text.append("\nSource: ").append(card.source()).toString();
    }

    private static List<String> row(Area area) {
        return List.of(
                AddressFold.hex(area.range().start().value()),
                AddressFold.hex(area.range().last()),
                Bytes.text(area.range().bytes()),
                area.name(),
                AddressMapPainter.text(area.kind()),
                area.note());
    }
}
