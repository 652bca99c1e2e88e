package org.dmalab.engine.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.junit.jupiter.api.Test;

final class IovaMapTest {
    @Test
    void holes_lieBetweenEntriesEvenIfTheyOverlapOrLeaveTheWindow() {
        IovaMap map = map(0x1000, 0x9000, List.of(range(0, 0x1800), range(0x3000, 0x1000), range(0x3800, 0x1000)));
        assertEquals(
                "[[0x00001800-0x00002fff], [0x00004800-0x00009fff]]",
                map.holes().toString());
        assertEquals(0x9000 - 0x1800 - 0x5800, map.usedBytes());
        assertEquals(0x5800, map.largestHole());
        assertEquals(1 - 0x5800 / (double) 0x7000, map.externalFragmentation());
    }

    @Test
    void holes_ofAFullAndOfAnEmptyWindow() {
        IovaMap full = map(0xFFFF_FFFF_FFFF_0000L, 0x10000, List.of(range(0xFFFF_FFFF_FFFF_0000L, 0x10000)));
        assertEquals(List.of(), full.holes());
        assertEquals(0, full.externalFragmentation());
        assertEquals(0x1000, map(0, 0x1000, List.of()).freeBytes());
    }

    private static IovaMap map(long start, long bytes, List<AddrRange<DmaAddr>> ranges) {
        return new IovaMap(
                "test",
                range(start, bytes),
                ranges.stream()
                        .map(range -> new IovaMap.Entry(IovaMap.Kind.MAPPED, range, "device", "map", "", 0))
                        .toList(),
                "0 ns",
                "test",
                OptionalLong.empty());
    }

    private static AddrRange<DmaAddr> range(long start, long bytes) {
        return new AddrRange<>(new DmaAddr(start), bytes);
    }
}
