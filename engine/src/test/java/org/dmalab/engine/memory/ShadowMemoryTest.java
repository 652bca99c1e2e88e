package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.RandomOperations;
import org.junit.jupiter.api.Test;

final class ShadowMemoryTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);
    private static final PhysAddr SECOND_BANK = new PhysAddr(0x80000000L);

    private long now;
    private final ShadowMemory shadow = new ShadowMemory(
            new PhysicalMemory(List.of(new AddrRange<>(RAM, Bytes.gib(1)), new AddrRange<>(SECOND_BANK, Bytes.mib(8)))),
            () -> now);

    @Test
    void wrote_isReadBack_andStampsItsLinesOnly() {
        now = 10;
        shadow.wrote("CPU0", RAM.plus(60), new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 6);
        now = 20;
        shadow.wrote("fimc0", RAM.plus(64), new byte[] {9}, 0, 1);

        byte[] bytes = new byte[8];
        shadow.read(RAM.plus(59), bytes, 0, 8);

        assertArrayEquals(new byte[] {0, 2, 3, 4, 5, 9, 7, 0}, bytes);
        assertEquals(
                "CPU0 at 10 ns", shadow.lastWriter(RAM.plus(32)).orElseThrow().toString());
        assertEquals(
                "fimc0 at 20 ns", shadow.lastWriter(RAM.plus(95)).orElseThrow().toString());
        assertEquals(Optional.empty(), shadow.lastWriter(RAM.plus(96)));
        assertEquals(Optional.empty(), shadow.lastWriter(RAM.plus(31)));
        assertEquals(
                "fimc0 at 20 ns",
                shadow.lastWriter(RAM, Bytes.mib(512)).orElseThrow().toString());
    }

    @Test
    void cleared_isOneWriterForWholeFrames_untilALineIsStored() {
        shadow.wrote("CPU1", RAM.plus(100), new byte[] {7}, 0, 1);
        now = 5;
        shadow.cleared("kernel", RAM.plus(32), Bytes.mib(16));
        now = 6;
        shadow.wrote("CPU0", RAM.plus(8192), new byte[] {1}, 0, 1);

        assertEquals(Optional.empty(), shadow.lastWriter(RAM));
        assertEquals(
                "kernel at 5 ns", shadow.lastWriter(RAM.plus(100)).orElseThrow().toString());
        assertEquals(
                "CPU0 at 6 ns", shadow.lastWriter(RAM.plus(8192)).orElseThrow().toString());
        assertEquals(
                "kernel at 5 ns",
                shadow.lastWriter(RAM.plus(8224)).orElseThrow().toString());
        assertEquals(
                "kernel at 5 ns",
                shadow.lastWriter(RAM.plus(12288)).orElseThrow().toString());
        assertEquals(2 * 4096, shadow.residentBytes(), "the frame of the first store, and that of the last");
    }

    @Test
    void stores_outsideRam_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> shadow.wrote("CPU0", RAM.plus(-1), new byte[] {1, 2}, 0, 2));
        assertThrows(IllegalArgumentException.class, () -> shadow.cleared("CPU0", SECOND_BANK, Bytes.mib(9)));
        assertThrows(IllegalArgumentException.class, () -> shadow.lastWriter(SECOND_BANK.plus(Bytes.mib(8))));
        assertEquals(Optional.empty(), shadow.lastWriter(RAM));
        assertEquals(0, shadow.residentBytes());
    }

    @Test
    void stores_random_agreeWithOneWriterPerLine() {
        int bytes = 5 << 12;
        byte[] flat = new byte[bytes];
        String[] writers = new String[bytes / 32];
        RandomOperations.run(ShadowMemoryTest.class, 0x5ead0, 3000, (random, log) -> {
            now++;
            String who = "writer " + random.nextInt(20);
            int start = random.nextInt(bytes);
            int count = random.nextInt(bytes - start) + 1;
            boolean clear = random.nextInt(4) == 0;
            log.accept((clear ? "clear " : "store ") + start + " + " + count);
            if (clear) {
                shadow.cleared(who, SECOND_BANK.plus(start), count);
                Arrays.fill(flat, start, start + count, (byte) 0);
            } else {
                count = Math.min(count, 100);
                byte[] data = data(random, count);
                shadow.wrote(who, SECOND_BANK.plus(start), data, 0, count);
                System.arraycopy(data, 0, flat, start, count);
            }
            Arrays.fill(writers, start / 32, (start + count - 1) / 32 + 1, who + " at " + now + " ns");
            byte[] read = new byte[bytes];
            shadow.read(SECOND_BANK, read, 0, bytes);
            assertArrayEquals(flat, read);
            for (int line = 0; line < writers.length; line++) {
                assertEquals(
                        Optional.ofNullable(writers[line]),
                        shadow.lastWriter(SECOND_BANK.plus(32L * line)).map(ShadowMemory.Store::toString));
            }
        });
    }

    private static byte[] data(SplittableRandom random, int count) {
        byte[] data = new byte[count];
        random.nextBytes(data);
        return data;
    }
}
