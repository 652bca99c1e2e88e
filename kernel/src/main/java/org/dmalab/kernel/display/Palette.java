package org.dmalab.kernel.display;

import java.util.List;
import java.util.Locale;

/**
 * The one visual language of the pictures: what each colour means, and the sizes of type.
 *
 * <p>The hues are Okabe and Ito's, which stay apart for every common colour blindness. A colour never carries a meaning
 * alone: reserved is hatched, a fault has a pointer and its address, an owner has a lane with its name. Every picture is
 * an opaque white card, so that it reads the same in a light and in a dark theme, in the PNG and in the interactive
 * form. Sizes are CSS pixels; a PNG has {@link #SCALE} device pixels for each.
 *
 * <pre>
 *   free       light grey       cached   sky blue
 *   owner      {@link #owner}   dirty    orange
 *   reserved   grey, hatched    stale    purple
 *   fault      vermilion, pointer
 * </pre>
 */
final class Palette {
    static final int CARD = 0xFFFFFF;
    static final int BLACK = 0x000000;
    static final int TEXT = 0x1F2933;
    static final int FAINT_TEXT = 0x566069;
    static final int AXIS = 0x8A929B;
    static final int GRID = 0xE1E5EA;
    static final int WEDGE = 0xF1F4F7;

    static final int FREE = 0xE4E9EE;
    static final int RESERVED = 0xD3D8DE;
    static final int HATCH = 0x7C858F;
    static final int FAULT = 0xD55E00;

    static final int CACHED = 0x56B4E9;
    static final int DIRTY = 0xE69F00;
    static final int STALE = 0xAA3377;

    /** A table's row that is not true, and the words in it. */
    static final int LIE = 0xFBE3E0;

    static final int LIE_TEXT = 0x9B1C1C;

    /** The state before the one a picture is about. */
    static final int BEFORE = 0xA9B2BC;

    /** Every picture's width. */
    static final int WIDTH = 800;
    /** Device pixels for one CSS pixel. */
    static final int SCALE = 2;

    static final int TITLE_SIZE = 15;
    static final int SUBTITLE_SIZE = 12;
    static final int LABEL_SIZE = 12;
    static final int SMALL_SIZE = 11;

    private static final List<Integer> OWNERS = List.of(0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0x8A6D3B);
    private static final int OTHERS = 0x6B7680;

    // White to dark blue, steps of equal perceived lightness.
    private static final int[] HEAT = {0xF2F7FC, 0xC9DDF0, 0x8FBBDD, 0x4A90C4, 0x1F64A5, 0x0B3C73};

    private Palette() {}

    /** The colour of the {@code index}-th owner, cause or series; colours repeat after six, names do not. */
    static int owner(int index) {
        return OWNERS.get(Math.floorMod(index, OWNERS.size()));
    }

    /** The colour of everything that was put together for want of room. */
    static int others() {
        return OTHERS;
    }

    /** The colour of {@code share} 0..1 on the scale from little to much. */
    static int heat(double share) {
        double place = Math.max(0, Math.min(1, share)) * (HEAT.length - 1);
        int lower = (int) Math.min(place, HEAT.length - 2);
        return mix(HEAT[lower], HEAT[lower + 1], place - lower);
    }

    /** Black or white, whichever reads better on {@code background}: a contrast of at least 4.5 on any. */
    static int textOn(int background) {
        return contrast(BLACK, background) >= contrast(CARD, background) ? BLACK : CARD;
    }

    /** The contrast ratio of two colours, 1 to 21 (WCAG 2.1, 1.4.3). */
    static double contrast(int one, int other) {
        double a = luminance(one) + 0.05;
        double b = luminance(other) + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    /** {@code from} with {@code share} 0..1 of {@code to} mixed in. */
    static int mix(int from, int to, double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = (from >> shift) & 0xFF;
            int b = (to >> shift) & 0xFF;
            mixed |= (int) Math.round(a + (b - a) * share) << shift;
        }
        return mixed;
    }

    /** {@code #0072b2}. */
    static String hex(int colour) {
        return String.format(Locale.ROOT, "#%06x", colour);
    }

    private static double luminance(int colour) {
        return 0.2126 * linear((colour >> 16) & 0xFF)
                + 0.7152 * linear((colour >> 8) & 0xFF)
                + 0.0722 * linear(colour & 0xFF);
    }

    private static double linear(int channel) {
        double value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
}
