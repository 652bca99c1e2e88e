package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.engine.dma.IovaMap.Kind;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.IovaFold.Segment;

/** Draws one bar per map over one axis of addresses, a colour per owner in all of them; free space is light grey. */
final class IovaComparisonPainter implements Card.Body {
    private static final double LEFT = Card.MARGIN;
    private static final double RIGHT = Palette.WIDTH - Card.MARGIN;
    private static final double HEAD = 20;
    /** The row above a bar, for what is too narrow to be written into it. */
    private static final double CALLOUT = 20;

    private static final double BAR = 34;
    private static final double GAP = 12;
    private static final double AXIS = 5 + 2 * Face.ADDRESS.height();
    /** An owner's colour is explained if there are at most so many. */
    private static final int MOST_OWNERS = 6;

    /** So many holes are named, and, if there are no more, so many ranges. */
    private static final int MOST_CALLOUTS = 8;

    private final List<IovaMap> maps;
    private final AddrRange<DmaAddr> window;
    private final Map<String, Integer> colours = new LinkedHashMap<>();
    private final Key key;

    IovaComparisonPainter(List<IovaMap> maps) {
        this.maps = maps;
        window = maps.get(0).window();
        maps.stream()
                .flatMap(map -> map.entries().stream())
                .map(Entry::owner)
                .distinct()
                .sorted()
                .forEach(owner -> colours.put(
                        owner, colours.size() < MOST_OWNERS ? Palette.owner(colours.size()) : Palette.others()));
        List<Key.Item> items = new ArrayList<>();
        colours.entrySet().stream()
                .limit(MOST_OWNERS)
                .forEach(owner -> items.add(Key.Item.of(SafeText.line(owner.getKey(), 40), owner.getValue())));
        if (colours.size() > MOST_OWNERS) {
            items.add(Key.Item.of(colours.size() - MOST_OWNERS + " others", Palette.others()));
        }
        items.add(Key.Item.of("free", Palette.FREE));
        key = new Key(items);
    }

    @Override
    public double height() {
        return key.height() + maps.size() * (HEAD + CALLOUT + BAR + GAP) - GAP + AXIS;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double y = top + key.height();
        for (IovaMap map : maps) {
            row(canvas, map, y);
            y += HEAD + CALLOUT + BAR + GAP;
        }
        new HexAxis(window, new Segment(0, window.bytes()), LEFT, RIGHT).paint(canvas, y - GAP, 5);
    }

    private void row(Canvas canvas, IovaMap map, double top) {
        String counts = Bytes.text(map.freeBytes()) + " free, largest hole " + Bytes.text(map.largestHole())
                + ", external fragmentation " + Math.round(100 * map.externalFragmentation()) + " %";
        double room = RIGHT - LEFT - Face.SMALL.width(counts) - 12;
        String title = Canvas.fit(SafeText.line(map.title(), 120), Face.STRONG, room);
        canvas.text(title, Face.STRONG, Palette.TEXT, Align.LEFT, LEFT, top);
        canvas.text(counts, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, RIGHT, top + 1);
        double upper = top + HEAD + CALLOUT;
        canvas.fill(LEFT, upper, RIGHT - LEFT, BAR, Palette.FREE);
        for (Entry entry : map.entries()) {
            if (window.overlaps(entry.range())) {
                used(canvas, entry, upper);
            }
        }
        canvas.outline(LEFT, upper, RIGHT - LEFT, BAR, Palette.AXIS);
        map.mark().ifPresent(address -> mark(canvas, address, upper));
        map.holes().stream()
                .sorted(Comparator.comparingLong((AddrRange<DmaAddr> hole) -> -hole.bytes()))
                .limit(MOST_CALLOUTS)
                .forEach(hole -> hole(canvas, hole, upper));
        if (map.entries().size() <= MOST_CALLOUTS) {
            map.entries().forEach(entry -> narrow(canvas, entry, upper));
        }
    }

    /** Who has a range that is too narrow to be written into. */
    private void narrow(Canvas canvas, Entry entry, double upper) {
        double left = x(entry.range().start().value());
        double right = x(entry.range().last());
        String size = Bytes.text(entry.range().bytes());
        if (window.overlaps(entry.range()) && Face.SMALL.width(size) + 8 > right - left) {
            callout(canvas, SafeText.line(entry.owner(), 40) + " " + size, (left + right) / 2, upper);
        }
    }

    private void used(Canvas canvas, Entry entry, double upper) {
        double left = x(entry.range().start().value());
        double right = Math.max(left + 1, x(entry.range().last()));
        if (entry.kind() == Kind.RESERVED) {
            canvas.hatch(left, upper, right - left, BAR);
            return;
        }
        int colour = colours.getOrDefault(entry.owner(), Palette.others());
        canvas.fill(left, upper, right - left, BAR, colour);
        canvas.line(left, upper, left, upper + BAR, Palette.CARD, 0.75);
        String size = Bytes.text(entry.range().bytes());
        for (String text : List.of(SafeText.line(entry.owner(), 40) + " " + size, size)) {
            boolean fits = Face.SMALL.width(text) + 8 <= right - left;
            double middle = upper + (BAR - Face.SMALL.height()) / 2;
            if (fits
                    && canvas.tryText(
                            text, Face.SMALL, Palette.textOn(colour), Align.CENTER, (left + right) / 2, middle, 0)) {
                return;
            }
        }
    }

    /** Its size inside it, or above with a stroke that points at it. */
    private void hole(Canvas canvas, AddrRange<DmaAddr> hole, double upper) {
        double left = x(hole.start().value());
        double right = x(hole.last());
        String text = Bytes.text(hole.bytes()) + " free";
        if (Face.SMALL.width(text) + 8 <= right - left) {
            double middle = upper + (BAR - Face.SMALL.height()) / 2;
            canvas.tryText(text, Face.SMALL, Palette.TEXT, Align.CENTER, (left + right) / 2, middle, 0);
            return;
        }
        callout(canvas, text, (left + right) / 2, upper);
    }

    /** {@code text} above the bar, as near to {@code x} as there is room, with a stroke down to it. */
    private static void callout(Canvas canvas, String text, double x, double upper) {
        double half = Face.SMALL.width(text) / 2;
        for (double shift : new double[] {0, 30, -30, 60, -60, 90, -90, 120, -120, 150, -150, 180, -180}) {
            double at = Math.max(LEFT + half, Math.min(RIGHT - half, x + shift));
            if (canvas.tryText(text, Face.SMALL, Palette.TEXT, Align.CENTER, at, upper - CALLOUT + 1, 4)) {
                double from = Math.max(at - half, Math.min(at + half, x));
                canvas.line(from, upper - 5, x, upper, Palette.TEXT, 1);
                return;
            }
        }
    }

    private void mark(Canvas canvas, long address, double upper) {
        if (!window.contains(new DmaAddr(address))) {
            return;
        }
        String hex = Addresses.hex(address);
        double half = Face.STRONG_ADDRESS.width(hex) / 2;
        double x = x(address);
        double middle = Math.max(LEFT + half, Math.min(RIGHT - half, x));
        canvas.dashes(x, upper, x, upper + BAR, Palette.FAULT, 1.5);
        canvas.pointer(x, upper, Palette.FAULT);
        canvas.text(hex, Face.STRONG_ADDRESS, Palette.FAULT, Align.CENTER, middle, upper - CALLOUT - 3);
    }

    private double x(long address) {
        long start = window.start().value();
        double offset = Long.compareUnsigned(address, start) <= 0
                ? 0
                : Math.min((double) window.bytes(), (double) (address - start));
        return LEFT + (RIGHT - LEFT) * offset / window.bytes();
    }
}
