package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;

/**
 * Draws free memory by order, a panel per zone: bars for the memory, a line for the part of it a request of that order
 * cannot use, and below them the numbers in rows. Of two snapshots the bars stand side by side.
 */
final class FragmentationPainter implements Card.Body {
    private static final double LEFT = Card.MARGIN + 128;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN - 46;
    private static final double PLOT = 118;
    private static final double ABOVE = 24;
    private static final double PANEL_GAP = 20;
    private static final double ROW = 16;
    private static final int LINE = Palette.TEXT;

    private final List<FragmentationSnapshot> snapshots;
    private final List<String> zones = new ArrayList<>();
    private final int orders;

    FragmentationPainter(List<FragmentationSnapshot> snapshots) {
        this.snapshots = snapshots;
        this.orders = FragmentationView.orders(snapshots);
        for (FragmentationSnapshot snapshot : snapshots) {
            for (ZoneOrders zone : snapshot.zones()) {
                if (!zones.contains(key(zone))) {
                    zones.add(key(zone));
                }
            }
        }
    }

    private boolean compares() {
        return snapshots.size() > 1;
    }

    private double panel() {
        return ABOVE + PLOT + 6 + ROW * (1 + 2 * snapshots.size());
    }

    @Override
    public double height() {
        return zones.size() * panel() + Math.max(0, zones.size() - 1) * PANEL_GAP;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        double y = top;
        for (String zone : zones) {
            panel(canvas, zone, y);
            y += panel() + PANEL_GAP;
        }
    }

    private void panel(Canvas canvas, String key, double top) {
        List<Optional<ZoneOrders>> states = new ArrayList<>();
        snapshots.forEach(snapshot -> states.add(
                snapshot.zones().stream().filter(zone -> key(zone).equals(key)).findFirst()));
        double upper = top + ABOVE;
        double base = upper + PLOT;
        double most = most(states);
        head(canvas, key, states, top);
        grid(canvas, most, upper, base);
        for (int i = 0; i < states.size(); i++) {
            int colour = colour(i);
            int place = i;
            states.get(i).ifPresent(zone -> bars(canvas, zone, place, colour, most, base));
        }
        for (int i = 0; i < states.size(); i++) {
            boolean before = compares() && i == 0;
            states.get(i).ifPresent(zone -> line(canvas, zone, base, before));
        }
        rows(canvas, states, base + 6);
    }

    private void head(Canvas canvas, String key, List<Optional<ZoneOrders>> states, double top) {
        StringBuilder text = new StringBuilder(SafeText.line(key, 40)).append(": ");
        for (int i = 0; i < states.size(); i++) {
            text.append(i == 0 ? "" : " → ")
                    .append(states.get(i)
                            .map(zone -> FragmentationView.bytes(zone.freePages()))
                            .orElse("-"));
        }
        canvas.text(text + " free", Face.STRONG, Palette.TEXT, Align.LEFT, Card.MARGIN, top);
        if (!key.equals(zones.get(0))) {
            return;
        }
        canvas.text("unusable at this block size", Face.SMALL, LINE, Align.RIGHT, Palette.WIDTH - Card.MARGIN, top);
        double right = Palette.WIDTH - Card.MARGIN - Face.SMALL.width("unusable at this block size") - 6;
        canvas.line(right - 22, top + 8, right, top + 8, LINE, 1.75);
        canvas.dot(right - 11, top + 8, 2.75, LINE);
        if (!compares()) {
            return;
        }
        double x = right - 46;
        for (int i = states.size() - 1; i >= 0; i--) {
            String name = name(i);
            canvas.text(name, Face.SMALL, Palette.TEXT, Align.RIGHT, x, top);
            x -= Face.SMALL.width(name) + 14;
            canvas.fill(x, top + 3, 10, 10, colour(i));
            x -= 16;
        }
    }

    private void grid(Canvas canvas, double most, double upper, double base) {
        for (int quarter = 0; quarter <= 4; quarter += 2) {
            double y = base - PLOT * quarter / 4;
            canvas.line(LEFT, y, RIGHT, y, quarter == 0 ? Palette.AXIS : Palette.GRID, 1);
            String size = quarter == 0 ? "0" : FragmentationView.bytes((long) (most * quarter / 4));
            canvas.text(size, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, LEFT - 6, y - 8);
            canvas.text(quarter * 25 + " %", Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, RIGHT + 6, y - 8);
        }
        canvas.line(RIGHT, upper, RIGHT, base, Palette.GRID, 1);
    }

    private void bars(Canvas canvas, ZoneOrders zone, int place, int colour, double most, double base) {
        double column = (RIGHT - LEFT) / orders;
        double width = column * 0.68 / snapshots.size();
        for (int order = 0; order < zone.orders(); order++) {
            double height = most == 0 ? 0 : PLOT * zone.freePages(order) / most;
            double x = LEFT + column * (order + 0.16) + place * width;
            double seen = zone.freePages(order) == 0 ? 0 : Math.max(1, height);
            canvas.fill(x, base - seen, width - (compares() ? 1 : 0), seen, colour);
        }
    }

    private void line(Canvas canvas, ZoneOrders zone, double base, boolean before) {
        double column = (RIGHT - LEFT) / orders;
        double[] points = new double[2 * zone.orders()];
        for (int order = 0; order < zone.orders(); order++) {
            points[2 * order] = LEFT + column * (order + 0.5);
            points[2 * order + 1] = base - PLOT * zone.unusableIndex(order) / 1000.0;
        }
        int colour = before ? Palette.AXIS : LINE;
        canvas.path(points, colour, 1.75, before);
        for (int order = 0; order < zone.orders(); order++) {
            canvas.dot(points[2 * order], points[2 * order + 1], 4, Palette.CARD);
            canvas.dot(points[2 * order], points[2 * order + 1], 2.75, colour);
        }
    }

    private void rows(Canvas canvas, List<Optional<ZoneOrders>> states, double top) {
        row(canvas, "block", top, Palette.TEXT, FragmentationView::blockSize);
        double y = top + ROW;
        for (int i = 0; i < states.size(); i++) {
            Optional<ZoneOrders> state = states.get(i);
            String when = compares() ? ", " + name(i) : "";
            row(
                    canvas,
                    "free blocks" + when,
                    y + i * ROW,
                    Palette.FAINT_TEXT,
                    order -> state.filter(zone -> order < zone.orders())
                            .map(zone -> count(zone.freeBlocks().get(order)))
                            .orElse("-"));
            row(
                    canvas,
                    "unusable" + when,
                    y + (states.size() + i) * ROW,
                    LINE,
                    order -> state.filter(zone -> order < zone.orders())
                            .map(zone -> FragmentationView.percent(zone.unusableIndex(order) / 1000.0))
                            .orElse("-"));
        }
    }

    /** What a row shows for an order. */
    private interface ByOrder {
        String text(int order);
    }

    private void row(Canvas canvas, String name, double top, int colour, ByOrder cells) {
        canvas.text(name, Face.SMALL, colour, Align.RIGHT, LEFT - 6, top);
        double column = (RIGHT - LEFT) / orders;
        for (int order = 0; order < orders; order++) {
            String text = Canvas.fit(cells.text(order), Face.SMALL, column - 2);
            canvas.text(text, Face.SMALL, colour, Align.CENTER, LEFT + column * (order + 0.5), top);
        }
    }

    private static double most(List<Optional<ZoneOrders>> states) {
        long pages = 1;
        for (Optional<ZoneOrders> state : states) {
            if (state.isPresent()) {
                for (int order = 0; order < state.get().orders(); order++) {
                    pages = Math.max(pages, state.get().freePages(order));
                }
            }
        }
        long bytes = pages * PageSize.PAGE_BYTES;
        long step = Long.highestOneBit(bytes);
        long top = bytes == step ? step : bytes <= step + step / 2 ? step + step / 2 : 2 * step;
        return (double) top / PageSize.PAGE_BYTES;
    }

    private static String count(long blocks) {
        return blocks < 1_000_000 ? Long.toString(blocks) : blocks / 1000 + "k";
    }

    private int colour(int index) {
        return compares() && index == 0 ? Palette.BEFORE : Palette.owner(0);
    }

    private static String name(int index) {
        return index == 0 ? "before" : "after";
    }

    private static String key(ZoneOrders zone) {
        return zone.node() == 0 ? zone.zone() : "node " + zone.node() + ", " + zone.zone();
    }
}
