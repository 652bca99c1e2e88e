package org.dmalab.kernel.display;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A bitmap with a palette, a third of its size before compression. A picture of at most 256 colours keeps each of them. One
 * of more, which text and slanted lines make at their edges, keeps those of its areas; the colours of edges take the
 * nearest that is kept.
 */
final class Indexed {
    private static final int MOST = 256;
    /** More colours than this are a photograph. */
    private static final int MOST_COUNTED = 8192;

    private static final int SLOTS = 4 * MOST_COUNTED;
    /** A colour of more than one pixel in so many is that of an area. */
    private static final int AREA_SHARE = 2048;

    private final int[] pixels;
    /** An open hash table from colour to count, then to place in the palette; a slot is free if its count is 0. */
    private final int[] colours = new int[SLOTS];

    private final int[] values = new int[SLOTS];
    private int distinct;

    /** A colour and how many pixels have it. */
    private record Colour(int rgb, int count, int slot) {}

    private Indexed(int[] pixels) {
        this.pixels = pixels;
    }

    /**
     * {@code image} with a palette; {@code image} itself where it has transparency, or more colours than a palette holds
     * even if those that differ by at most {@code tolerance} in each channel are one.
     */
    static BufferedImage of(BufferedImage image, int tolerance) {
        int width = image.getWidth();
        int height = image.getHeight();
        if (image.getColorModel().hasAlpha()) {
            return image;
        }
        Indexed counted = new Indexed(image.getRGB(0, 0, width, height, null, 0, width));
        return counted.count() ? counted.image(image, tolerance) : image;
    }

    private boolean count() {
        int slot = 0;
        for (int i = 0; i < pixels.length; i++) {
            if (i == 0 || pixels[i] != pixels[i - 1]) {
                slot = slot(pixels[i]);
                if (values[slot] == 0) {
                    colours[slot] = pixels[i];
                    distinct++;
                }
            }
            values[slot]++;
            if (distinct > MOST_COUNTED) {
                return false;
            }
        }
        return true;
    }

    private int slot(int rgb) {
        int slot = (rgb * 0x9E3779B1) >>> 17;
        while (values[slot] != 0 && colours[slot] != rgb) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        return slot;
    }

    private BufferedImage image(BufferedImage image, int tolerance) {
        List<Colour> ranked = new ArrayList<>(distinct);
        for (int slot = 0; slot < SLOTS; slot++) {
            if (values[slot] != 0) {
                ranked.add(new Colour(colours[slot], values[slot], slot));
            }
        }
        ranked.sort(Comparator.comparingInt(Colour::count).reversed().thenComparing(Colour::rgb));
        for (int apart : new int[] {0, tolerance}) {
            List<Colour> kept = kept(ranked, apart);
            if (kept.size() <= MOST) {
                return drawn(image, ranked, kept);
            }
        }
        return image;
    }

    /** The colours of areas, and of the rest those that are further than {@code apart} from all kept before; or too many. */
    private List<Colour> kept(List<Colour> ranked, int apart) {
        List<Colour> kept = new ArrayList<>();
        for (Colour colour : ranked) {
            boolean area = colour.count() > pixels.length / AREA_SHARE;
            if (area || kept.stream().noneMatch(other -> distance(other.rgb(), colour.rgb()) <= apart)) {
                kept.add(colour);
            }
            if (kept.size() > MOST) {
                break;
            }
        }
        return kept;
    }

    private BufferedImage drawn(BufferedImage image, List<Colour> ranked, List<Colour> kept) {
        byte[][] channels = new byte[3][kept.size()];
        for (int i = 0; i < kept.size(); i++) {
            for (int channel = 0; channel < 3; channel++) {
                channels[channel][i] = (byte) (kept.get(i).rgb() >> (16 - 8 * channel));
            }
        }
        int[] places = new int[SLOTS];
        for (Colour colour : ranked) {
            places[colour.slot()] = nearest(kept, colour.rgb());
        }
        BufferedImage indexed = new BufferedImage(
                image.getWidth(),
                image.getHeight(),
                BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, kept.size(), channels[0], channels[1], channels[2]));
        byte[] data = ((DataBufferByte) indexed.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i++) {
            data[i] = i > 0 && pixels[i] == pixels[i - 1] ? data[i - 1] : (byte) places[slot(pixels[i])];
        }
        return indexed;
    }

    private static int nearest(List<Colour> kept, int rgb) {
        int nearest = 0;
        for (int i = 1; i < kept.size(); i++) {
            if (distance(kept.get(i).rgb(), rgb) < distance(kept.get(nearest).rgb(), rgb)) {
                nearest = i;
            }
        }
        return nearest;
    }

    /** The largest difference in a channel. */
    static int distance(int one, int other) {
        int most = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            most = Math.max(most, Math.abs(((one >> shift) & 0xFF) - ((other >> shift) & 0xFF)));
        }
        return most;
    }
}
