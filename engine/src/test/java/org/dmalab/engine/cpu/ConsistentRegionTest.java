package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.testing.GoldenFile;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class ConsistentRegionTest {
    private final ConsistentRegion region = new ConsistentRegion(ConsistentRegion.DEFAULT_BYTES, TraceSink.NONE);

    @Test
    void recording_ofLinux34_isReplayedWithoutADifference() {
        GoldenFile golden = GoldenFile.of("dma/vmregion-v3.4.txt.gz");
        ConsistentRegion replayed = region;
        int operations = 0;
        for (String line : golden.lines()) {
            String[] words = line.split(" ", -1);
            String expected = words[words.length - 1];
            switch (words[0]) {
                case "#" -> replayed = new ConsistentRegion(Long.decode(words[3]), TraceSink.NONE);
                case "alloc" -> assertEquals(expected, alloc(replayed, Long.parseLong(words[1], 16)), line);
                case "free" -> assertEquals(expected, free(replayed, Long.parseLong(words[1], 16)), line);
                default -> throw new AssertionError("unknown line: " + line);
            }
            replayed.checkInvariants();
            operations++;
        }
        assertEquals(376, operations);
    }

    @Test
    void smallBuffers_halveWhatAMegabyteCanUse() {
        assertEquals("ffdff000", alloc(region, 0x1000));
        assertEquals("ffdfc000", alloc(region, 0x2000));
        assertEquals("ffdfe000", alloc(region, 0x1000));
        assertEquals("ffdf8000", alloc(region, 0x3000));
        assertEquals("ffc00000", alloc(region, 0x100000));
        assertEquals("ffde0000", alloc(region, 0x10000));
        assertEquals("ok", free(region, 0xffdff000L));
        assertEquals("ffdff000", alloc(region, 0x1000));
        assertEquals("ffdfb000", alloc(region, 0x1000));
        Reason noGap = reason(region.alloc(pages(0x100000), MemoryType.NORMAL_NONCACHEABLE, "test"));
        assertTrue(noGap.explain().contains("the largest hole has"), noGap.explain());
        assertEquals("NULL", alloc(region, 0x200000));
        assertEquals(
                "arm_vmregion_alloc: allocation too big (requested 0x201000)",
                reason(region.alloc(pages(0x201000), MemoryType.NORMAL_NONCACHEABLE, "test"))
                        .message());
    }

    @Test
    void free_ofWhatDoesNotStartThere_isRefusedAndChangesNothing() {
        assertEquals("ffdfe000", alloc(region, 0x2000));
        String before = region.dmaMappings();

        Reason inside = reason(region.free(new VirtAddr(0xffdff000L), 0x1000));

        assertEquals("__dma_free_remap: trying to free invalid coherent area: ffdff000", inside.message());
        assertTrue(inside.explain().contains("it lies inside [0xffdfe000-0xffdfffff]"), inside.explain());
        assertEquals(before, region.dmaMappings());
        assertEquals("ok", free(region, 0xffdfe000L));
        assertTrue(region.free(new VirtAddr(0xffdfe000L), 0x2000).isFailed(), "the second free");
        assertThrows(IllegalArgumentException.class, () -> region.free(new VirtAddr(0xffdfe000L), 0));
    }

    @Test
    void free_ofAnotherSize_takesTheBuffersOwnAndComplains() {
        assertEquals("ffdfe000", alloc(region, 0x2000));
        ConsistentRegion.Freed freed = done(region.free(new VirtAddr(0xffdfe000L), 0x1000));
        assertEquals(
                "__dma_free_remap: freeing wrong coherent size (8192 != 4096)",
                freed.complaint().orElseThrow().message());
        assertEquals(List.of(), region.buffers());
        assertEquals(List.of(region.window()), region.holes());
    }

    @Test
    void size_isRoundedToTwoMebibytesUpToFourteen() {
        assertEquals(
                "[0xff000000-0xffdfffff]",
                new ConsistentRegion(14 << 20, TraceSink.NONE).window().toString());
        assertEquals(
                "[0xffa00000-0xffdfffff]",
                new ConsistentRegion(3 << 20, TraceSink.NONE).window().toString());
        assertThrows(IllegalArgumentException.class, () -> new ConsistentRegion((14 << 20) + 1, TraceSink.NONE));
        assertThrows(IllegalArgumentException.class, () -> new ConsistentRegion(0, TraceSink.NONE));
    }

    @Test
    void dmaMappings_listsBuffersAscending() {
        assertEquals("ffdff000", alloc(region, 0x1000));
        assertEquals("ffdfc000", alloc(region, 0x3000));
        assertEquals("0xffdfc000-0xffdff000   12288 test\n0xffdff000-0xffe00000    4096 test\n", region.dmaMappings());
    }

    private static String alloc(ConsistentRegion region, long bytes) {
        return region.alloc(pages(bytes), MemoryType.NORMAL_NONCACHEABLE, "test")
                .fold(address -> address.toString().substring(2), reason -> "NULL");
    }

    private static String free(ConsistentRegion region, long address) {
        VirtAddr start = new VirtAddr(address);
        long bytes = region.buffers().stream()
                .filter(buffer -> buffer.range().start().equals(start))
                .mapToLong(buffer -> buffer.range().bytes())
                .findFirst()
                .orElse(1);
        return region.free(start, bytes).fold(freed -> "ok", reason -> "refused");
    }

    private static PageArray pages(long bytes) {
        return PageArray.contiguous(new PhysAddr(0x40000000L), (int) (bytes >>> 12));
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }
}
