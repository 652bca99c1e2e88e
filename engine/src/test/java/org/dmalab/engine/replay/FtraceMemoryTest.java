package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a reader holds does not grow with what it reads. */
final class FtraceMemoryTest {
    private static final long GIB = 1L << 30;

    @Test
    void stream_oneLineOfOneGib_reportedInConstantMemory() {
        Repeated line = new Repeated(new byte[] {'x'}, GIB);
        long allocated = allocated(() -> {
            TraceReport report = FtraceReader.stream("long", line, event -> {});
            assertEquals(1, report.lines());
            assertEquals(1, report.malformed());
            assertEquals(
                    "longer than 65536 bytes", report.firstMalformed().get(0).reason());
            assertTrue(report.firstMalformed().get(0).text().length() < 300);
        });
        assertTrue(allocated < 8 << 20, allocated + " bytes allocated");
    }

    @Test
    void stream_aMillionEvents_nothingIsAllocatedPerLine() {
        byte[] event = ("dd-1     [000] .....     1.000000: dma_map_page: sdma dir=TO_DEVICE dma_addr=ffffc000"
                        + " size=4096 phys_addr=43bef000 attrs=\n")
                .getBytes(StandardCharsets.UTF_8);
        Repeated log = new Repeated(event, 1_000_000L * event.length);
        long allocated = allocated(() -> {
            TraceReport report = FtraceReader.stream("many", log, ignored -> {});
            assertEquals(1_000_000, report.eventCount());
        });
        assertTrue(allocated < 8 << 20, allocated + " bytes allocated");
    }

    private static long allocated(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /** A pattern over and over. */
    private static final class Repeated extends InputStream {
        private final byte[] block;
        private long left;
        private int at;

        Repeated(byte[] pattern, long bytes) {
            int times = Math.max(1, (1 << 16) / pattern.length);
            block = new byte[times * pattern.length];
            Arrays.fill(block, pattern[0]);
            for (int i = 0; i < times; i++) {
                System.arraycopy(pattern, 0, block, i * pattern.length, pattern.length);
            }
            left = bytes;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            left--;
            int value = block[at] & 0xff;
            at = (at + 1) % block.length;
            return value;
        }

        @Override
        public int read(byte[] bytes, int from, int length) {
            if (left == 0) {
                return -1;
            }
            int count = (int) Math.min(left, Math.min(length, block.length - at));
            System.arraycopy(block, at, bytes, from, count);
            at = (at + count) % block.length;
            left -= count;
            return count;
        }
    }
}
