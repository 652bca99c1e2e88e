package org.dmalab.kernel.display;

import java.util.Locale;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.kernel.display.Canvas.Align;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.IovaFold.Segment;

/**
 * An axis of addresses: ticks at multiples of a power of two, the address in hex, below it the distance from the axis'
 * start in binary units.
 */
final class HexAxis {
    private static final double BETWEEN = 10;

    private final AddrRange<DmaAddr> window;
    private final Segment segment;
    private final double left;
    private final double right;
    private final int digits;

    HexAxis(AddrRange<DmaAddr> window, Segment segment, double left, double right) {
        this.window = window;
        this.segment = segment;
        this.left = left;
        this.right = right;
        this.digits = Math.max(8, Long.toHexString(window.last()).length());
    }

    void paint(Canvas canvas, double y, double gap) {
        double top = y + gap;
        double second = top + Face.ADDRESS.height();
        String first = hex(segment.from());
        tick(canvas, left, y);
        canvas.text(first, Face.ADDRESS, Palette.TEXT, Align.LEFT, left, top);
        String whole = Bytes.text(segment.bytes());
        canvas.text(whole, Face.SMALL, Palette.FAINT_TEXT, Align.RIGHT, right, second);
        String last = hex(segment.to() - 1);
        if (canvas.tryText(last, Face.ADDRESS, Palette.TEXT, Align.RIGHT, right, top, BETWEEN)) {
            tick(canvas, right, y);
        }

        long step = step(Face.ADDRESS.width(first) + 2 * BETWEEN);
        long start = window.start().value() + segment.from();
        long toTick = -start & (step - 1);
        for (long offset = toTick; offset < segment.bytes() && offset >= 0; offset += step) {
            double x = left + (right - left) * offset / segment.bytes();
            boolean labelled = offset > 0
                    && canvas.tryText(
                            hex(segment.from() + offset), Face.ADDRESS, Palette.TEXT, Align.CENTER, x, top, BETWEEN);
            if (labelled) {
                tick(canvas, x, y);
                canvas.tryText(
                        "+" + Bytes.text(offset), Face.SMALL, Palette.FAINT_TEXT, Align.CENTER, x, second, BETWEEN);
            }
        }
    }

    /** The smallest power of two that leaves {@code room} between two ticks. */
    private long step(double room) {
        double smallest = segment.bytes() * room / (right - left);
        long step = 1;
        while (step < smallest && step < 1L << 62) {
            step <<= 1;
        }
        return step;
    }

    private String hex(long offset) {
        String text = Long.toHexString(window.start().value() + offset);
        return String.format(Locale.ROOT, "0x%s%s", "0".repeat(Math.max(0, digits - text.length())), text);
    }

    private static void tick(Canvas canvas, double x, double y) {
        canvas.line(x, y, x, y + 4, Palette.AXIS, 1);
    }
}
