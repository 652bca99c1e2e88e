package org.dmalab.engine.replay;

import java.io.IOException;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmalab.engine.memory.PageBitmap;

/**
 * What {@code bitmap_find_next_zero_area_off} of Linux 6.12 found: {@code bits=N start=N nr=N mask=HEX off=N map=HEX -> N},
 * with {@code FAIL} where the area found leaves the bitmap.
 */
final class ZeroAreaRecording implements RecordedFormat {
    private static final Pattern LINE = Pattern.compile(
            "bits=(\\d+) start=(\\d+) nr=(\\d+) mask=(\\p{XDigit}+) off=(\\d+) map=(\\p{XDigit}+) -> (\\d+(?: FAIL)?)");

    @Override
    public String name() {
        return "bitmap-zero-area-v6.12";
    }

    @Override
    public void replay(ReplayRun run) throws IOException {
        while (run.next()) {
            if (run.text().startsWith("#")) {
                continue;
            }
            Matcher line = LINE.matcher(run.text().trim());
            if (!line.matches()) {
                throw run.unknown();
            }
            run.operation();
            int bits = run.decimal(line.group(1), 1 << 24);
            int start = run.decimal(line.group(2), Integer.MAX_VALUE);
            int count = run.decimal(line.group(3), Integer.MAX_VALUE);
            long mask = run.hex(line.group(4));
            int offset = run.decimal(line.group(5), Integer.MAX_VALUE);
            PageBitmap bitmap = bitmap(bits, new BigInteger(line.group(6), 16));
            long found = bitmap.findNextZeroArea(start, count, mask, offset);
            run.compare(line.group(7), found + (found + count > bits ? " FAIL" : ""));
        }
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
}
