package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.ScatterView.Piece;

/** Draws a row for each entry on either side and a line from its memory to its DMA address; segments are boxes. */
final class ScatterPainter implements Card.Body {
    /** Entries drawn; of a longer list the first. */
    static final int MAX_ROWS = 32;

    private static final double ROW = 18;
    private static final double HEAD = 24;
    private static final double GAP = 6;
    private static final double LEFT_WIDTH = 250;
    private static final double RIGHT_WIDTH = 330;

    private final List<Piece> pieces;
    private final List<Piece> byMemory;
    private final SgMapping mapping;

    ScatterPainter(List<Piece> all, SgMapping mapping) {
        this.mapping = mapping;
        pieces = all.subList(0, Math.min(MAX_ROWS, all.size()));
        byMemory = new ArrayList<>(pieces);
        byMemory.sort(Comparator.comparing(piece -> piece.entry().start()));
    }

    @Override
    public double height() {
        return HEAD + rows() + 8;
    }

    /** How high the rows on the right are, with the gaps between segments. */
    private double rows() {
        long segments = pieces.stream().mapToInt(Piece::segment).distinct().count();
        return pieces.size() * ROW + (segments - 1) * GAP;
    }

    @Override
    public void paint(Canvas canvas, double top) {
        double left = Card.MARGIN;
        double right = Palette.WIDTH - Card.MARGIN - RIGHT_WIDTH;
        canvas.text("memory", Face.STRONG, Palette.TEXT, Align.LEFT, left, top);
        canvas.text(
                Canvas.fitName(
                        "what " + SafeText.line(mapping.device().name(), 60) + " sees", Face.STRONG, RIGHT_WIDTH),
                Face.STRONG,
                Palette.TEXT,
                Align.LEFT,
                right,
                top);
        double[] memoryAt = new double[pieces.size()];
        for (int i = 0; i < byMemory.size(); i++) {
            Piece piece = byMemory.get(i);
            double y = leftRow(top, i);
            memoryAt[pieces.indexOf(piece)] = y + ROW / 2;
            memory(canvas, piece, left, y);
        }
        double y = top + HEAD;
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            boolean begins = i == 0 || pieces.get(i - 1).segment() != piece.segment();
            if (begins && i > 0) {
                y += GAP;
            }
            int colour = Palette.owner(piece.segment());
            canvas.line(left + LEFT_WIDTH, memoryAt[i], right, y + ROW / 2, colour, 1.5);
            canvas.dot(left + LEFT_WIDTH, memoryAt[i], 2.5, colour);
            canvas.dot(right, y + ROW / 2, 2.5, colour);
            address(canvas, piece, begins, right, y);
            y += ROW;
        }
    }

    /** Rows on the left stand as far apart as those on the right are high in all. */
    private double leftRow(double top, int index) {
        return top + HEAD + (pieces.size() == 1 ? 0 : index * (rows() - ROW) / (pieces.size() - 1));
    }

    private void memory(Canvas canvas, Piece piece, double x, double y) {
        int colour = Palette.owner(piece.segment());
        canvas.fill(x, y, LEFT_WIDTH, ROW - 2, Palette.mix(colour, Palette.CARD, 0.85));
        canvas.fill(x + LEFT_WIDTH - 4, y, 4, ROW - 2, colour);
        canvas.text("entry " + piece.index(), Face.SMALL, Palette.FAINT_TEXT, Align.LEFT, x + 6, y + 1);
        PhysAddr start = piece.entry().start();
        canvas.text(AddressFold.hex(start.value()), Face.ADDRESS, Palette.TEXT, Align.LEFT, x + 76, y + 1);
        canvas.text(
                Bytes.text(piece.entry().bytes()),
                Face.SMALL,
                Palette.FAINT_TEXT,
                Align.RIGHT,
                x + LEFT_WIDTH - 10,
                y + 1);
    }

    /** The DMA address of a piece; where a segment begins, also its number and size. */
    private void address(Canvas canvas, Piece piece, boolean begins, double x, double y) {
        int colour = Palette.owner(piece.segment());
        canvas.fill(x, y, RIGHT_WIDTH, ROW, Palette.mix(colour, Palette.CARD, 0.85));
        canvas.fill(x, y, 4, ROW, colour);
        if (begins) {
            canvas.line(x, y, x + RIGHT_WIDTH, y, colour, 1);
            AddrRange<DmaAddr> segment = mapping.segments().get(piece.segment());
            canvas.text(
                    "segment " + piece.segment() + ", " + Bytes.text(segment.bytes()),
                    Face.SMALL,
                    Palette.TEXT,
                    Align.RIGHT,
                    x + RIGHT_WIDTH - 6,
                    y + 2);
        }
        canvas.text(
                AddressFold.hex(piece.dma().value()),
                Face.ADDRESS,
                begins ? Palette.TEXT : Palette.FAINT_TEXT,
                Align.LEFT,
                x + 10,
                y + 2);
    }
}
