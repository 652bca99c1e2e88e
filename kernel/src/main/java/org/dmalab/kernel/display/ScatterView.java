package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.ScatterMap;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** A scatter list and what it became for a device: pieces of memory on the left, segments on the right. */
final class ScatterView {
    private ScatterView() {}

    /**
     * One entry of the list and where the device finds it.
     *
     * @param index in the list, from 0
     * @param segment in which, from 0
     * @param dma where the device finds its first byte
     */
    record Piece(int index, ScatterList entry, int segment, DmaAddr dma) {}

    static MimeBundle render(ScatterMap map) {
        return Png.chart(() -> canvas(map), Map.of(), text(map));
    }

    /** The painted form alone. */
    static Canvas canvas(ScatterMap map) {
        return card(map).paint(new ScatterPainter(pieces(map.mapping()), map.mapping()));
    }

    /** Every entry that has bytes, in the list's order. */
    static List<Piece> pieces(SgMapping mapping) {
        List<Piece> pieces = new ArrayList<>();
        int segment = 0;
        long into = 0;
        List<ScatterList> entries = mapping.table().entries();
        for (int i = 0; i < entries.size(); i++) {
            ScatterList entry = entries.get(i);
            if (entry.bytes() == 0) {
                continue;
            }
            AddrRange<DmaAddr> found = mapping.segments().get(segment);
            pieces.add(new Piece(i, entry, segment, found.start().plus(into)));
            into += entry.bytes();
            if (into >= found.bytes() && segment < mapping.nents() - 1) {
                segment++;
                into = 0;
            }
        }
        return pieces;
    }

    private static Card card(ScatterMap map) {
        return new Card(finding(map.mapping()), context(map), map.source());
    }

    /** What map returned, and what that means for the device. */
    static String finding(SgMapping mapping) {
        int entries = pieces(mapping).size();
        String device = SafeText.line(mapping.device().name(), 60);
        String first = AddressFold.hex(mapping.dmaAddr().value());
        if (mapping.nents() == 1) {
            return (entries == 1 ? "1 entry is" : entries + " entries are") + " one segment for " + device + ": "
                    + Bytes.text(mapping.table().bytes()) + " in a row from " + first;
        }
        String given = entries + " entries are " + mapping.nents() + " segments for " + device;
        return mapping.nents() == entries
                ? given + ": nothing was joined, it must be given each"
                : given + ": it is given these, not the entries";
    }

    private static String context(ScatterMap map) {
        int more = pieces(map.mapping()).size() - ScatterPainter.MAX_ROWS;
        return "at " + SafeText.line(map.moment(), 60)
                + " · left: memory in the order of its addresses, numbered as in the list · right: DMA addresses · dma_map_sg"
                + " returned " + map.mapping().nents() + (more > 0 ? " · " + more + " more entries not drawn" : "");
    }

    private static String text(ScatterMap map) {
        Card card = card(map);
        List<Header> headers = List.of(
                new Header("entry", Kind.NUMBER),
                new Header("memory", Kind.ADDRESS),
                new Header("size", Kind.NUMBER),
                new Header("segment", Kind.NUMBER),
                new Header("DMA address", Kind.ADDRESS));
        List<Piece> pieces = pieces(map.mapping());
        List<List<String>> rows = pieces.stream()
                .limit(Grid.ROWS)
                .map(piece -> List.of(
                        Integer.toString(piece.index()),
                        AddressFold.hex(piece.entry().start().value()),
                        Bytes.text(piece.entry().bytes()),
                        Integer.toString(piece.segment()),
                        AddressFold.hex(piece.dma().value())))
                .toList();
        return card.title() + '\n' + card.subtitle() + '\n' + new Grid("", headers, rows, pieces.size()).text()
                + "\nSource: " + card.source();
    }
}
