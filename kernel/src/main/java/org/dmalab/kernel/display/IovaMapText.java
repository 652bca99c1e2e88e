package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.engine.dma.IovaMap.Kind;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.IovaSummary.Lane;

/** An IOVA map for a terminal: the finding, a bar per owner, and the first mappings. */
final class IovaMapText {
    private static final int BAR = 64;
    private static final int NAME = 16;

    private IovaMapText() {}

    static String of(IovaSummary summary) {
        StringBuilder text = new StringBuilder(summary.finding()).append('\n').append(summary.context());
        for (Lane lane : summary.lanes()) {
            String name = SafeText.line(lane.name(), NAME);
            text.append('\n')
                    .append(name)
                    .append(" ".repeat(NAME - name.length() + 1))
                    .append(bar(summary, lane.entries()))
                    .append(' ')
                    .append(lane.entries().size())
                    .append(", ")
                    .append(Bytes.text(lane.bytes()));
        }
        if (!summary.map().entries().isEmpty()) {
            text.append('\n').append(list(summary));
        }
        return text.append("\nSource: ")
                .append(SafeText.line(summary.map().source(), 300))
                .toString();
    }

    /** {@code #} where a cell is in use, {@code +} where a part of it is, {@code .} where it is free. */
    private static String bar(IovaSummary summary, List<Entry> entries) {
        double[] covered = new double[BAR];
        double cell = (double) summary.map().window().bytes() / BAR;
        for (Entry entry : entries) {
            double from = (double) summary.from(entry.range()) / cell;
            double to = (double) summary.to(entry.range()) / cell;
            for (int i = Math.min(BAR - 1, (int) from); i < Math.min(BAR, Math.ceil(to)); i++) {
                covered[i] += Math.max(1e-9, Math.min(to, i + 1) - Math.max(from, i));
            }
        }
        StringBuilder bar = new StringBuilder("|");
        for (double share : covered) {
            bar.append(share == 0 ? '.' : share > 0.99 ? '#' : '+');
        }
        return bar.append('|').toString();
    }

    private static String list(IovaSummary summary) {
        List<Header> headers = List.of(
                new Header("first", Grid.Kind.ADDRESS),
                new Header("last", Grid.Kind.ADDRESS),
                new Header("size", Grid.Kind.NUMBER),
                new Header("owner", Grid.Kind.TEXT),
                new Header("what", Grid.Kind.TEXT),
                new Header("attributes", Grid.Kind.TEXT),
                new Header("age", Grid.Kind.NUMBER));
        List<List<String>> rows = new ArrayList<>();
        List<Entry> entries = summary.map().entries();
        for (Entry entry : entries.subList(0, Math.min(entries.size(), Grid.ROWS))) {
            rows.add(List.of(
                    entry.range().start().toString(),
                    Addresses.hex(entry.range().last()),
                    Bytes.text(entry.range().bytes()),
                    entry.owner(),
                    entry.kind() == Kind.RESERVED ? "reserved " + entry.label() : entry.label(),
                    entry.attributes(),
                    entry.age().toString()));
        }
        return new Grid("", headers, rows, entries.size()).text();
    }
}
