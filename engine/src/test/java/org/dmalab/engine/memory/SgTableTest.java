package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SgTableTest {
    private static long[] pfns(String list) {
        return Stream.of(list.split(",", -1)).mapToLong(Long::parseLong).toArray();
    }

    /** What {@code lib/scatterlist.c} of Linux 6.12 made of random page lists. */
    @Test
    void fromPages_recordedLists_sameEntries() {
        GoldenFile.of("dma/sg-from-pages-v6.12.txt.gz").assertSame(150);
    }

    /** The vectors of the kernel's tools/testing/scatterlist: page list, most pages per entry (0: no limit), entries. */
    @ParameterizedTest
    @CsvSource({
        "'0', 0, 1",
        "'0,1', 0, 1",
        "'1,0', 0, 2",
        "'0,1,2', 0, 1",
        "'0,2,1', 0, 3",
        "'0,1,3', 0, 2",
        "'1,2,4', 0, 2",
        "'1,3,4', 0, 2",
        "'0,1,3,4', 0, 2",
        "'0,1,3,4,5', 0, 2",
        "'0,1,3,4,6', 0, 3",
        "'0,1,2,3,4', 0, 1",
        "'0,1,2,3,4', 2, 3",
        "'0,1,2,3,4,5', 2, 3",
        "'0,2,3,4,5,6', 2, 4"
    })
    void fromPages_kernelVectors_mergeNeighbours(String list, int maxPages, int entries) {
        long[] pfns = pfns(list);
        long bytes = pfns.length * 4096L;
        SgTable table = maxPages == 0
                ? SgTable.fromPages(pfns, 0, bytes)
                : SgTable.fromPages(pfns, 0, bytes, maxPages * 4096L + 4095);
        assertEquals(entries, table.origNents());
    }

    @Test
    void toString_table_isOneLine() {
        SgTable table = SgTable.fromPages(LongStream.range(0x43c00, 0x44400).toArray(), 0, 8L << 20, 4L << 20);
        assertEquals("8 MiB in 2 entries from 0x43c00000, the largest 4 MiB", table.toString());
        assertEquals("0x43c00200 + 512 bytes", new ScatterList(PhysAddr.ofPfn(0x43c00), 0x200, 512).toString());
    }

    @Test
    void fromPages_badBuffers_areRefused() {
        assertRefused("scatter table must have at least 1 page", new long[0], 0, 4096, 4096);
        assertRefused("segment limit must be at least one page of 4096 bytes: 4095", new long[] {1}, 0, 4096, 4095);
        assertRefused("offset must be 0..4095: 4096", new long[] {1}, 4096, 1, 4096);
        assertRefused("offset must be 0..4095: -1", new long[] {1}, -1, 1, 4096);
        assertRefused("buffer must end in the last of its 1 pages: 1..4096 bytes, not 0", new long[] {1}, 0, 0, 4096);
        assertRefused(
                "buffer must end in the last of its 2 pages: 4097..8192 bytes, not 8193",
                new long[] {1, 2},
                0,
                8193,
                4096);
        assertThrows(IllegalArgumentException.class, () -> new SgTable(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new ScatterList(new PhysAddr(0x1001), 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new ScatterList(new PhysAddr(0x1000), -1, 1));
    }

    private static void assertRefused(String message, long[] pfns, long offset, long bytes, long max) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> SgTable.fromPages(pfns, offset, bytes, max))
                        .getMessage());
    }
}
