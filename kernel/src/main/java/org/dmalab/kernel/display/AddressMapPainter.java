package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AddressMap.Area;
import org.dmalab.engine.dma.AddressMap.Kind;
import org.dmalab.engine.dma.AddressMap.Mark;
import org.dmalab.engine.dma.AddressMap.Strip;
import org.dmalab.kernel.display.AddressFold.Element;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.Key.Item;

/** Draws strips of boxes, each as high as its words and the logarithm of its size ask, and joins equal marks. */
final class AddressMapPainter implements Card.Body {
    /** Strips that stand side by side. */
    static final int MAX_STRIPS = 6;

    private static final int MAX_LABELS = 12;
    private static final double LINE = 15;
    private static final double HEAD = 22;
    private static final double GAP = 20;
    private static final double BAND = 8;
    private static final double PER_DOUBLING = 1.4;
    /** Between the lines that go past a strip. */
    private static final double PASSING = 4;

    private final List<Strip> strips;
    private final List<List<Element>> folds = new ArrayList<>();
    private final List<String> labels;
    private final Key key;
    private final double between;
    private final double width;
    private final double texture;

    AddressMapPainter(AddressMap map) {
        strips = map.strips().subList(0, Math.min(MAX_STRIPS, map.strips().size()));
        strips.forEach(strip -> folds.add(AddressFold.fold(strip)));
        between = strips.size() > 4 ? 22 : 44;
        double room = (Card.inner() - (strips.size() - 1) * between) / Math.max(1, strips.size());
        width = strips.size() == 1 ? room : Math.min(room, 420);
        texture = Math.max(24, width / 8);
        labels = strips.stream()
                .flatMap(strip -> AddressFold.marks(strip).stream())
                .map(Mark::label)
                .distinct()
                .limit(MAX_LABELS)
                .toList();
        key = key();
    }

    private Key key() {
        List<Item> items = new ArrayList<>();
        for (String label : labels) {
            int colour = colour(label);
            items.add(new Item(label, (canvas, x, y) -> {
                canvas.line(x - 2, y + 5.5, x + 13, y + 5.5, colour, 1.5);
                canvas.dot(x + 5.5, y + 5.5, 4, colour);
            }));
        }
        for (Kind kind : Kind.values()) {
            boolean present =
                    strips.stream().flatMap(strip -> strip.areas().stream()).anyMatch(area -> area.kind() == kind);
            if (present && kind != Kind.HOLE) {
                items.add(kind == Kind.RESERVED ? Item.hatched(text(kind)) : Item.of(text(kind), colour(kind)));
            }
        }
        return new Key(items);
    }

    private int colour(String label) {
        int index = labels.indexOf(label);
        return index <= 0 ? Palette.FAULT : Palette.owner(index + 2);
    }

    static String text(Kind kind) {
        return switch (kind) {
            case MEMORY -> "memory";
            case UNCACHED -> "not cached";
            case WINDOW -> "address window";
            case DEVICE -> "registers";
            case RESERVED -> "reserved";
            case HOLE -> "hole";
        };
    }

    static int colour(Kind kind) {
        return switch (kind) {
            case MEMORY -> Palette.owner(0);
            case UNCACHED -> Palette.owner(1);
            case WINDOW -> Palette.owner(2);
            case DEVICE -> Palette.owner(3);
            case RESERVED -> Palette.RESERVED;
            case HOLE -> Palette.CARD;
        };
    }

    @Override
    public double height() {
        double highest = IntStream.range(0, strips.size())
                .mapToDouble(this::bodyHeight)
                .max()
                .orElse(0);
        double passing = isAnyPassed() ? PASSING * (1 + labels.size()) : 0;
        return key.height() + HEAD + highest + LINE + 8 + passing;
    }

    private double height(Element element) {
        double marks = element.marks().size() * LINE;
        if (element.isGap()) {
            return GAP + marks + (oneLine(element) || element.areas().isEmpty() ? 0 : LINE);
        }
        double pages = Math.max(1, (element.bytes() >>> 1) / 2048.0);
        double lines = oneLine(element)
                ? 1
                : 1 + nameLines(element).size() + (notes(element).isEmpty() ? 0 : 1);
        return 6 + lines * LINE + marks + PER_DOUBLING * Math.log(pages) / Math.log(2);
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double upper = top + key.height();
        List<List<Placed>> placed = new ArrayList<>();
        for (int i = 0; i < strips.size(); i++) {
            placed.add(strip(canvas, i, upper));
        }
        for (int i = 0; i < placed.size(); i++) {
            for (Placed from : placed.get(i)) {
                String label = from.mark().label();
                int next = next(i, label);
                for (Placed to : next < 0 ? List.<Placed>of() : placed.get(next)) {
                    if (to.mark().label().equals(label)) {
                        canvas.path(route(i, from.y(), next, to.y(), upper, label), colour(label), 1.75, false);
                    }
                }
            }
        }
    }

    /** The nearest strip at the right of {@code strip} with the mark, -1 if there is none. */
    private int next(int strip, String label) {
        for (int i = strip + 1; i < strips.size(); i++) {
            if (isMarked(i, label)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isMarked(int strip, String label) {
        return AddressFold.marks(strips.get(strip)).stream()
                .anyMatch(mark -> mark.label().equals(label));
    }

    /** Whether a line must go past a strip without its mark. */
    private boolean isAnyPassed() {
        return labels.stream().anyMatch(label -> {
            int[] marked = IntStream.range(0, strips.size())
                    .filter(i -> isMarked(i, label))
                    .toArray();
            return marked.length > 1 && marked[marked.length - 1] - marked[0] >= marked.length;
        });
    }

    /** The corners from a mark to the next of its kind, below the strips between them. */
    private double[] route(int from, double y, int to, double end, double upper, String label) {
        double[] points = new double[4 + 4 * (to - from - 1)];
        points[0] = x(from) + width;
        points[1] = y;
        for (int strip = from + 1; strip < to; strip++) {
            double below = upper + HEAD + bodyHeight(strip) + LINE + 8 + PASSING * Math.max(0, labels.indexOf(label));
            int at = 2 + 4 * (strip - from - 1);
            points[at] = x(strip);
            points[at + 1] = below;
            points[at + 2] = x(strip) + width;
            points[at + 3] = below;
        }
        points[points.length - 2] = x(to);
        points[points.length - 1] = end;
        return points;
    }

    private double bodyHeight(int strip) {
        return folds.get(strip).stream().mapToDouble(this::height).sum();
    }

    /** A mark and the height at which it was drawn. */
    private record Placed(Mark mark, double y) {}

    private double x(int strip) {
        return Card.MARGIN + strip * (width + between);
    }

    private List<Placed> strip(Canvas canvas, int index, double top) {
        double x = x(index);
        Strip strip = strips.get(index);
        canvas.text(
                Canvas.fitName(SafeText.line(strip.name(), 60), Face.STRONG, width),
                Face.STRONG,
                Palette.TEXT,
                Align.LEFT,
                x,
                top);
        List<Placed> placed = new ArrayList<>();
        double y = top + HEAD;
        for (Element element : folds.get(index)) {
            double height = height(element);
            double words = element.isGap() ? gap(canvas, element, x, y, height) : box(canvas, element, x, y, height);
            for (Mark mark : element.marks()) {
                placed.add(mark(canvas, mark, x, words));
                words += LINE;
            }
            y += height;
        }
        if (folds.get(index).isEmpty()) {
            canvas.text("nothing", Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, x, y);
        } else {
            canvas.line(x, y, x + width, y, Palette.AXIS, 1);
            List<Element> elements = folds.get(index);
            String last = AddressFold.hex(elements.get(elements.size() - 1).last());
            String end = Canvas.fitName("to " + last, Face.ADDRESS, width - BAND - 4);
            canvas.text(end, Face.ADDRESS, Palette.FAINT_TEXT, Align.LEFT, x + BAND + 4, y + 2);
        }
        return placed;
    }

    /** Draws a gap and says where its marks go. */
    private double gap(Canvas canvas, Element element, double x, double y, double height) {
        canvas.fill(x, y, width, height, Palette.CARD);
        canvas.dashes(x + BAND / 2, y, x + BAND / 2, y + height, Palette.AXIS, 1);
        String size = Bytes.text(element.bytes());
        String address = AddressFold.hex(element.start());
        canvas.line(x, y, x + width, y, Palette.GRID, 1);
        double left = x + BAND + 4;
        String shown = Canvas.fitName(address, Face.ADDRESS, width - BAND - 4);
        canvas.text(shown, Face.ADDRESS, Palette.FAINT_TEXT, Align.LEFT, left, y + 3);
        double words = left + Face.ADDRESS.width(shown) + 6;
        double room = x + width - words - 4;
        String name = element.areas().isEmpty() ? "" : name(element);
        boolean inLine = name.isEmpty() || oneLine(element);
        String text = inLine && !name.isEmpty() ? name + ", " + size : "gap " + size;
        if (!inLine) {
            String below = Canvas.fitName(name, Face.SMALL, width - BAND - 6);
            canvas.text(below, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, left, y + 3 + LINE);
        }
        if (Face.SMALL.width(text) > room) {
            text = size;
        }
        if (Face.SMALL.width(text) <= room) {
            canvas.text(text, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, words, y + 3);
        }
        return y + 3 + (inLine ? LINE : 2 * LINE);
    }

    /** Draws an area, or areas put together, and says where its marks go. */
    private double box(Canvas canvas, Element element, double x, double y, double height) {
        boolean many = element.areas().size() > 1;
        double band = many ? texture : BAND;
        Kind kind = element.areas().get(0).kind();
        int tint = many ? Palette.WEDGE : Palette.mix(colour(kind), Palette.CARD, 0.82);
        canvas.fill(x, y, width, height, tint);
        if (many) {
            texture(canvas, element, x, y, height);
        } else if (kind == Kind.RESERVED) {
            canvas.hatch(x, y, BAND, height);
        } else {
            canvas.fill(x, y, BAND, height, colour(kind));
        }
        canvas.line(x, y, x + width, y, Palette.AXIS, 1);
        double left = x + band + 4;
        double room = width - band - 6;
        String address = Canvas.fitName(AddressFold.hex(element.start()), Face.ADDRESS, room);
        canvas.text(address, Face.ADDRESS, Palette.TEXT, Align.LEFT, left, y + 3);
        double words = y + 3;
        String size = Bytes.text(element.bytes());
        double right = x + width - 4;
        if (Face.ADDRESS.width(address) + Face.SMALL.width(size) + 8 <= room) {
            canvas.text(size, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, right, words);
        }
        if (oneLine(element)) {
            String name = name(element) + (notes(element).isEmpty() ? "" : " · " + notes(element));
            double start = left + Face.ADDRESS.width(address) + 10;
            double end = right - Face.SMALL.width(size) - 8;
            canvas.text(
                    Canvas.fit(name, Face.LABEL, end - start), Face.LABEL, Palette.TEXT, Align.LEFT, start, words - 1);
            return words + LINE;
        }
        words += LINE;
        for (String line : nameLines(element)) {
            canvas.text(line, Face.LABEL, Palette.TEXT, Align.LEFT, left, words - 1);
            words += LINE;
        }
        if (!notes(element).isEmpty()) {
            String note = Canvas.fit(notes(element), Face.SMALL, room);
            canvas.text(note, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, left, words);
            words += LINE;
        }
        return words;
    }

    /** The areas put together, to scale. */
    private void texture(Canvas canvas, Element element, double x, double y, double height) {
        double all = Math.max(0.5, (double) (element.bytes() >>> 1));
        for (Area area : element.areas()) {
            double from = ((area.range().start().value() - element.start()) >>> 1) / all;
            double length = (area.range().bytes() >>> 1) / all;
            int colour = area.kind() == Kind.RESERVED ? Palette.HATCH : colour(area.kind());
            canvas.fill(x, y + from * height, texture, Math.max(0.5, length * height), colour);
        }
    }

    private Placed mark(Canvas canvas, Mark mark, double x, double top) {
        int colour = colour(mark.label());
        double y = top + LINE / 2;
        canvas.fill(x, top, width, LINE - 1, Palette.CARD);
        canvas.outline(x, top, width, LINE - 1, colour);
        String hex = AddressFold.hex(mark.address().value());
        Face face = Face.STRONG_ADDRESS.width(hex) <= width - 16 ? Face.STRONG_ADDRESS : Face.ADDRESS;
        String address = Canvas.fitName(hex, face, width - 16);
        canvas.text(address, face, Palette.TEXT, Align.LEFT, x + 10, top - 1);
        double left = x + 10 + face.width(address) + 8;
        String label = SafeText.line(mark.label(), 60);
        if (Face.SMALL.width(label) <= x + width - 10 - left) {
            canvas.text(label, Face.SMALL, Palette.TEXT, Align.LEFT, left, top - 0.5);
        }
        canvas.dot(x, y, 3.5, colour);
        canvas.dot(x + width, y, 3.5, colour);
        return new Placed(mark, y);
    }

    /** Whether address, name and size fit on one line. */
    private boolean oneLine(Element element) {
        double needed = Face.ADDRESS.width(AddressFold.hex(element.start()))
                + Face.LABEL.width(name(element) + " · " + notes(element))
                + Face.SMALL.width(Bytes.text(element.bytes()))
                + texture
                + 40;
        return needed <= width;
    }

    /** The name of a box on a line of its own, on two if one is too short. */
    private List<String> nameLines(Element element) {
        double room = width - (element.areas().size() > 1 ? texture : BAND) - 6;
        List<String> lines = Canvas.wrap(name(element), Face.LABEL, room, 2);
        return lines.size() == 1 ? List.of(Canvas.fitName(name(element), Face.LABEL, room)) : lines;
    }

    private static String name(Element element) {
        return switch (element.areas().size()) {
            case 0 -> "gap";
            case 1 -> SafeText.line(element.areas().get(0).name(), 60);
            default -> element.areas().size() + " areas";
        };
    }

    private static String notes(Element element) {
        return element.areas().size() == 1
                ? SafeText.line(element.areas().get(0).note(), 60)
                : Bytes.text(element.usedBytes()) + " in use";
    }
}
