package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.api.Test;

final class PageBitmapTest {
    private static final Pattern LINE = Pattern.compile(
            "bits=(\\d+) start=(\\d+) nr=(\\d+) mask=(\\p{XDigit}+) off=(\\d+) map=(\\p{XDigit}+) -> (\\d+)( FAIL)?");

    @Test
    void findNextZeroArea_kernelsSearches_sameAnswers() {
        int searches = 0;
        for (String line : GoldenFile.of("dma/bitmap-zero-area-v6.12.txt.gz").lines()) {
            if (line.startsWith("#")) {
                continue;
            }
            Matcher search = LINE.matcher(line);
            assertTrue(search.matches(), line);
            int bits = Integer.parseInt(search.group(1));
            int count = Integer.parseInt(search.group(3));
            long found = bitmap(bits, new BigInteger(search.group(6), 16))
                    .findNextZeroArea(
                            Integer.parseInt(search.group(2)),
                            count,
                            Long.parseLong(search.group(4), 16),
                            Long.parseLong(search.group(5)));
            assertEquals(Long.parseLong(search.group(7)), found, line);
            assertEquals(search.group(8) != null, found + count > bits, line);
            searches++;
        }
        assertEquals(150, searches);
    }

    private static PageBitmap bitmap(int bits, BigInteger map) {
        PageBitmap bitmap = new PageBitmap(bits);
        for (int bit = map.getLowestSetBit(); bit >= 0 && bit < bits; bit++) {
            if (map.testBit(bit)) {
                bitmap.set(bit, 1);
            }
        }
        return bitmap;
    }

    @Test
    void takeFreeRegion_orders0To9In1000Bits_naturallyAlignedUntilItIsFull() {
        PageBitmap bitmap = new PageBitmap(1000);
        int[] expected = {0, 2, 4, 8, 16, 32, 64, 128, 256, PageBitmap.NONE};
        for (int order = 0; order < expected.length; order++) {
            assertEquals(expected[order], bitmap.takeFreeRegion(order), "order " + order);
        }
        assertEquals(511, bitmap.weight());
        for (int order = 0; order < expected.length - 1; order++) {
            bitmap.clear(expected[order], 1 << order);
        }
        assertEquals(0, bitmap.weight());
    }

    @Test
    void setAndClear_acrossWords_countOnce() {
        PageBitmap bitmap = new PageBitmap(200);
        bitmap.set(60, 70);
        bitmap.set(100, 50);
        assertEquals(90, bitmap.weight());
        assertTrue(bitmap.allSet(60, 90));
        assertFalse(bitmap.allSet(59, 2));
        bitmap.clear(64, 64);
        bitmap.clear(64, 64);
        assertEquals(26, bitmap.weight());
        assertEquals(64, bitmap.longestZeroRun());
        assertEquals(60, bitmap.nextSet(0, 200));
        assertEquals(150, bitmap.nextZero(128));
    }

    @Test
    void words32_66Bits_asDebugfsPrints() {
        PageBitmap bitmap = new PageBitmap(8192);
        bitmap.set(0, 66);
        long[] expected = new long[256];
        expected[0] = 4294967295L;
        expected[1] = 4294967295L;
        expected[2] = 3;
        assertArrayEquals(expected, bitmap.words32());
    }
}
