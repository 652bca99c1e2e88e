package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageMap.Run;
import org.dmalab.engine.memory.PageMap.Use;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.Key.Item;
import org.jspecify.annotations.Nullable;

/**
 * Draws page frames in rows of equal length, addresses at the left, names at the right. Where several pages share a
 * pixel their colours are mixed by share; a pinned page is never thinner than {@link #LEAST_PINNED} and has a pointer. Each
 * contiguous allocation begins with a gap.
 */
final class PageMapPainter implements Card.Body {
    /** Pages in a block of one migrate type where the largest order is 10. */
    private static final long PAGEBLOCK = 1024;

    private static final int MAX_ROWS = 32;
    private static final long LEAST_PER_ROW = 16;
    private static final double LEAST_PINNED = 2.5;
    private static final double LEAST_BETWEEN = 6;
    private static final double BUFFER_GAP = 2;
    private static final double LEAST_NAMES = 150;
    private static final double MOST_NAMES = 220;
    private static final String PINNED = "pinned: ";
    private static final double BAR = 14;
    private static final double STEP = 20;
    private static final double AXIS = 20;

    private final PageMap map;
    private final Key key;
    private final long perRow;
    private final long firstRow;
    private final int rows;
    private final double left;
    private final double right;
    private final double names;
    private final double page;
    /** Pages between two white lines; 0 for no lines. */
    private final long between;

    private final @Nullable Run longest;
    private final Set<Run> named = new LinkedHashSet<>();
    private int next;

    /** What one row shows of a run: pages from the row's start, and whether the run begins there. */
    private record Piece(Run run, long from, long to, boolean begins) {}

    PageMapPainter(PageMap map) {
        this.map = map;
        long size = LEAST_PER_ROW;
        while (rows(map, size) > MAX_ROWS) {
            size *= 2;
        }
        perRow = size;
        firstRow = map.firstPfn() & -perRow;
        rows = (int) rows(map, perRow);
        String last = PageMapView.address(firstRow + perRow * Math.max(0, rows - 1));
        left = Card.MARGIN + Face.ADDRESS.width(last) + 10;
        names = map.runs().stream()
                .filter(run -> run.use() == Use.PINNED)
                .mapToDouble(run -> Face.SMALL.width(PINNED + SafeText.line(run.owner(), 60)) + 12)
                .map(width -> Math.min(MOST_NAMES, width))
                .reduce(LEAST_NAMES, Math::max);
        right = Palette.WIDTH - Card.MARGIN - names;
        page = (right - left) / perRow;
        between = page >= LEAST_BETWEEN ? 1 : PAGEBLOCK * page >= LEAST_BETWEEN && PAGEBLOCK < perRow ? PAGEBLOCK : 0;
        longest = map.runs().stream()
                .filter(run -> run.use() == Use.FREE)
                .max(Comparator.comparingLong(Run::pages))
                .orElse(null);
        key = key();
    }

    private static long rows(PageMap map, long perRow) {
        long first = map.firstPfn() & -perRow;
        return map.pages() == 0 ? 0 : (map.firstPfn() + map.pages() - first + perRow - 1) / perRow;
    }

    private Key key() {
        List<Item> items = new ArrayList<>();
        for (Use use : Use.values()) {
            if (map.pages(use) > 0) {
                String text = use.text() + ", " + PageMapView.bytes(map.pages(use))
                        + (use == Use.CONTIGUOUS ? buffers(map) : "");
                items.add(
                        use == Use.RESERVED
                                ? Item.hatched(text)
                                : use == Use.PINNED ? pinned(text) : Item.of(text, colour(use)));
            }
        }
        if (map.largestFreeRun() > 0) {
            items.add(new Item("longest free run, " + PageMapView.bytes(map.largestFreeRun()), (canvas, x, y) -> {
                canvas.fill(x, y, Key.SIZE, Key.SIZE, Palette.FREE);
                canvas.outline(x, y, Key.SIZE, Key.SIZE, Palette.BLACK);
            }));
        }
        return new Key(items);
    }

    private static String buffers(PageMap map) {
        long buffers =
                map.runs().stream().filter(run -> run.use() == Use.CONTIGUOUS).count();
        return buffers == 1 ? " in 1 piece" : " in " + buffers + " pieces";
    }

    private static Item pinned(String text) {
        return new Item(text, (canvas, x, y) -> {
            canvas.fill(x + 3, y + 5, 5, Key.SIZE - 5, colour(Use.PINNED));
            pointer(canvas, x + 5.5, y + 4);
        });
    }

    static int colour(Use use) {
        return switch (use) {
            case FREE -> Palette.FREE;
            case CONTIGUOUS -> Palette.owner(0);
            case MOVABLE -> Palette.owner(4);
            case PINNED -> Palette.FAULT;
            case UNMOVABLE -> Palette.owner(3);
            case RESERVED -> Palette.RESERVED;
        };
    }

    @Override
    public double height() {
        return key.height() + AXIS + rows * STEP + 4;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        key.paint(canvas, top);
        double y = top + key.height();
        axis(canvas, y);
        y += AXIS;
        String before = "";
        for (int row = 0; row < rows; row++) {
            canvas.text(
                    PageMapView.address(firstRow + row * perRow),
                    Face.ADDRESS,
                    Palette.TEXT,
                    Align.LEFT,
                    Card.MARGIN,
                    y + 5);
            String name = row(canvas, pieces(row), y + STEP - BAR);
            if (!name.equals(before)) {
                String shown = Canvas.fitName(name, Face.SMALL, names - 10);
                canvas.text(shown, Face.SMALL, Palette.TEXT, Align.LEFT, right + 10, y + 6);
            }
            before = name;
            y += STEP;
        }
    }

    private void axis(Canvas canvas, double top) {
        if (rows == 0) {
            return;
        }
        for (int quarter = 0; quarter <= 4; quarter++) {
            double x = left + (right - left) * quarter / 4;
            String text = quarter == 0 ? "+0" : "+" + Bytes.text(perRow * PageSize.PAGE_BYTES * quarter / 4);
            Align align = quarter == 0 ? Align.LEFT : quarter == 4 ? Align.RIGHT : Align.CENTER;
            canvas.text(text, Face.SMALL, Palette.FAINT_TEXT, align, x, top);
            canvas.line(x, top + 15, x, top + AXIS, Palette.AXIS, 1);
        }
        canvas.text("address", Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, Card.MARGIN, top);
        if (between > 0) {
            String text = between == 1 ? "white line: each page" : "white line: each pageblock";
            canvas.text(text, Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, right + 10, top);
        }
    }

    private List<Piece> pieces(int row) {
        long from = firstRow + row * perRow;
        List<Piece> pieces = new ArrayList<>();
        while (next < map.runs().size()) {
            Run run = map.runs().get(next);
            long end = run.pfn() + run.pages();
            if (run.pfn() >= from + perRow) {
                break;
            }
            pieces.add(new Piece(run, Math.max(run.pfn() - from, 0), Math.min(end - from, perRow), run.pfn() >= from));
            if (end > from + perRow) {
                break;
            }
            next++;
        }
        return pieces;
    }

    /** Draws a row and says what is to be written behind it. */
    private String row(Canvas canvas, List<Piece> pieces, double top) {
        mixed(canvas, pieces, top);
        for (Piece piece : pieces) {
            double x = x(piece.from());
            double width = x(piece.to()) - x;
            if (piece.run().use() == Use.RESERVED && width >= 2) {
                canvas.hatch(x, top, width, BAR);
            }
        }
        lines(canvas, pieces, top);
        buffers(canvas, pieces, top);
        pinned(canvas, pieces, top);
        for (Piece piece : pieces) {
            if (piece.run().equals(longest)) {
                frame(canvas, piece, top);
            }
        }
        return names(canvas, pieces, top);
    }

    private void mixed(Canvas canvas, List<Piece> pieces, double top) {
        int columns = (int) ((right - left) * Palette.SCALE);
        double[] shares = new double[columns * Use.values().length];
        for (Piece piece : pieces) {
            double from = (double) piece.from() / perRow * columns;
            double to = (double) piece.to() / perRow * columns;
            for (int column = (int) from; column < Math.min(columns, Math.ceil(to)); column++) {
                double share = Math.min(to, column + 1) - Math.max(from, column);
                shares[column * Use.values().length + piece.run().use().ordinal()] += share;
            }
        }
        int[] colours = new int[columns];
        for (int column = 0; column < columns; column++) {
            colours[column] = mixed(shares, column);
        }
        double pixel = (right - left) / columns;
        int start = 0;
        for (int column = 1; column <= columns; column++) {
            if (column == columns || colours[column] != colours[start]) {
                canvas.fill(left + start * pixel, top, (column - start) * pixel, BAR, colours[start]);
                start = column;
            }
        }
    }

    private static int mixed(double[] shares, int column) {
        int colour = Palette.CARD;
        double sum = Math.max(
                0,
                1
                        - Arrays.stream(shares, column * Use.values().length, (column + 1) * Use.values().length)
                                .sum());
        for (Use use : Use.values()) {
            double share = shares[column * Use.values().length + use.ordinal()];
            if (share > 1e-9) {
                sum += share;
                colour = Palette.mix(colour, colour(use), share / sum);
            }
        }
        return colour;
    }

    /** White lines between pages, or between pageblocks, if there is room for them. */
    private void lines(Canvas canvas, List<Piece> pieces, double top) {
        for (long at = between; at < perRow && between > 0 && !pieces.isEmpty(); at += between) {
            canvas.line(x(at), top, x(at), top + BAR, Palette.CARD, 1);
        }
    }

    /** A gap where a contiguous allocation begins, if what is left of it can be seen. */
    private void buffers(Canvas canvas, List<Piece> pieces, double top) {
        for (Piece piece : pieces) {
            double width = x(piece.to()) - x(piece.from());
            if (piece.run().use() == Use.CONTIGUOUS && piece.begins() && width >= 2 * BUFFER_GAP) {
                canvas.fill(x(piece.from()), top, BUFFER_GAP, BAR, Palette.CARD);
            }
        }
    }

    private void pinned(Canvas canvas, List<Piece> pieces, double top) {
        double pointed = Double.NEGATIVE_INFINITY;
        for (Piece piece : pieces) {
            if (piece.run().use() != Use.PINNED) {
                continue;
            }
            double width = Math.max(LEAST_PINNED, x(piece.to()) - x(piece.from()) - 1);
            double middle = Math.min((x(piece.from()) + x(piece.to())) / 2, right - width / 2);
            canvas.fill(middle - width / 2, top, width, BAR, Palette.FAULT);
            if (width < 10 && middle - pointed >= 8) {
                pointer(canvas, middle, top - 1);
            }
            pointed = middle;
        }
    }

    private static void pointer(Canvas canvas, double x, double y) {
        canvas.area(new double[] {x - 3.5, y - 4.5, x + 3.5, y - 4.5, x, y}, Palette.FAULT);
    }

    private void frame(Canvas canvas, Piece piece, double top) {
        double from = x(piece.from());
        double to = x(piece.to());
        canvas.fill(from, top, to - from, 1.5, Palette.BLACK);
        canvas.fill(from, top + BAR - 1.5, to - from, 1.5, Palette.BLACK);
        if (piece.to() - piece.from() == piece.run().pages() || piece.from() > 0) {
            canvas.fill(from, top, 1.5, BAR, Palette.BLACK);
        }
        if (piece.to() - piece.from() == piece.run().pages() || piece.to() < perRow) {
            canvas.fill(to - 1.5, top, 1.5, BAR, Palette.BLACK);
        }
    }

    /** Writes owners into what is wide enough; the pinning owners or the largest of the rest go behind the row. */
    private String names(Canvas canvas, List<Piece> pieces, double top) {
        for (Piece piece : pieces) {
            Run run = piece.run();
            double room = x(piece.to()) - x(piece.from()) - 8;
            boolean nameable = run.use() == Use.CONTIGUOUS || run.use() == Use.MOVABLE || run.use() == Use.UNMOVABLE;
            String name = SafeText.line(run.owner(), 60);
            if (nameable && room >= 24 && !named.contains(run) && !name.isEmpty() && Face.SMALL.width(name) <= room) {
                canvas.text(
                        name,
                        Face.SMALL,
                        Palette.textOn(colour(run.use())),
                        Align.LEFT,
                        x(piece.from()) + 4,
                        top - 0.5);
                named.add(run);
            }
        }
        Set<String> pinning = new LinkedHashSet<>();
        pieces.stream()
                .filter(piece -> piece.run().use() == Use.PINNED)
                .forEach(piece -> pinning.add(SafeText.line(piece.run().owner(), 60)));
        if (!pinning.isEmpty()) {
            pinning.remove("");
            return pinning.stream()
                    .findFirst()
                    .map(first -> pinned(first, pinning.size() - 1))
                    .orElse("pinned");
        }
        return pieces.stream()
                .filter(piece -> !piece.run().owner().isEmpty() && !named.contains(piece.run()))
                .max(Comparator.comparingLong(piece -> piece.to() - piece.from()))
                .map(piece -> SafeText.line(piece.run().owner(), 60))
                .orElse("");
    }

    private String pinned(String first, int others) {
        String more = others == 0 ? "" : " + " + others;
        return PINNED + Canvas.fitName(first, Face.SMALL, names - 10 - Face.SMALL.width(PINNED + more)) + more;
    }

    private double x(long page) {
        return left + page * this.page;
    }
}
