package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.kernel.display.IovaFold.Segment;
import org.junit.jupiter.api.Test;

class IovaSummaryTest {
    private static final long BASE = 0x20000000L;

    private static String finding(IovaMap map) {
        return new IovaSummary(map).finding();
    }

    @Test
    void finding_threeBuffers_saysCountUseAndLargestHole() {
        assertEquals("fimc0: 3 buffers, 24 MiB of 128 MiB used, largest hole 104 MiB", finding(Examples.frames()));
    }

    @Test
    void finding_oneMapping_isSingular() {
        IovaMap map = Examples.map(
                Examples.range(BASE, Bytes.mib(1)), List.of(Examples.mapped(BASE, 4096, "mmc", "map TO_DEVICE")));
        assertEquals("fimc0: 1 mapping, 4 KiB of 1 MiB used, largest hole 1020 KiB", finding(map));
    }

    @Test
    void finding_nothingMapped_saysSo() {
        assertEquals(
                "fimc0: nothing mapped, 1 MiB free",
                finding(Examples.map(Examples.range(BASE, Bytes.mib(1)), List.of())));
    }

    @Test
    void finding_fullWindow_saysNoFreeAddress() {
        IovaMap map = Examples.map(
                Examples.range(BASE, Bytes.mib(1)), List.of(Examples.mapped(BASE, Bytes.mib(1), "a", "alloc")));
        assertEquals("fimc0: 1 buffer and no free address in 1 MiB", finding(map));
    }

    @Test
    void finding_crumbs_saysHowMuchIsFreeBesideTheLargestHole() {
        assertTrue(finding(Examples.fragmented()).contains("largest hole only "), finding(Examples.fragmented()));
    }

    @Test
    void finding_reservedRanges_areNotCountedAsUsed() {
        IovaMap map = Examples.map(
                Examples.range(0, Bytes.mib(4)),
                List.of(Examples.reserved(0, Bytes.mib(1)), Examples.mapped(Bytes.mib(2), Bytes.mib(1), "a", "alloc")));
        assertEquals("fimc0: 1 buffer, 1 MiB of 4 MiB used, largest hole 1 MiB", finding(map));
    }

    @Test
    void usedBytes_ofAStretch_countsSharedBytesOnceAndNothingOutside() {
        IovaMap map = Examples.map(
                Examples.range(BASE, Bytes.mib(1)),
                List.of(
                        Examples.mapped(BASE, 0x3000, "a", "alloc"),
                        Examples.mapped(BASE + 0x2000, 0x2000, "b", "alloc"),
                        Examples.mapped(BASE + 0x8000, 0x4000, "a", "alloc")));
        IovaSummary summary = new IovaSummary(map);
        assertEquals(0x8000, summary.usedBytes(new Segment(0, Bytes.mib(1))));
        assertEquals(0x3000 + 0x1000, summary.usedBytes(new Segment(0x1000, 0x9000)));
        assertEquals(0, summary.usedBytes(new Segment(0x4000, 0x8000)));
    }

    @Test
    void finding_markBehindMapping_saysHowFar() {
        assertEquals(
                "fimc0: 0x21802000 is not mapped, 8 KiB past the end of fimc0's alloc",
                finding(Examples.frames().mark(new DmaAddr(0x21802000L))));
    }

    @Test
    void finding_markAtFirstByteBehindMapping_saysSo() {
        assertEquals(
                "fimc0: 0x21800000 is not mapped, it is the first byte past fimc0's alloc",
                finding(Examples.frames().mark(new DmaAddr(0x21800000L))));
    }

    @Test
    void finding_markInMapping_namesIt() {
        assertEquals(
                "fimc0: 0x20000000 is mapped, in fimc0's alloc",
                finding(Examples.frames().mark(new DmaAddr(BASE))));
    }

    @Test
    void finding_markOutsideWindow_saysSo() {
        assertEquals(
                "fimc0: 0xffffffffffffffff lies outside the window",
                finding(Examples.frames().mark(new DmaAddr(-1))));
    }

    @Test
    void context_entryOutsideWindow_isCounted() {
        IovaMap map = Examples.map(Examples.range(BASE, Bytes.mib(1)), List.of(Examples.mapped(0, 4096, "a", "alloc")));
        assertTrue(new IovaSummary(map).context().endsWith("1 outside the window, not shown"));
    }

    @Test
    void lanes_moreOwnersThanLanes_shareTheLast() {
        IovaSummary summary = new IovaSummary(Examples.crowd(2000));
        assertEquals(IovaSummary.MAX_LANES, summary.lanes().size());
        assertEquals("5 others", summary.lanes().get(7).name());
        assertEquals(
                2000,
                summary.lanes().stream().mapToInt(lane -> lane.entries().size()).sum());
    }

    @Test
    void inUse_twoClustersFarApart_foldsTheGap() {
        List<Segment> segments = new IovaFold(new IovaSummary(Examples.arm64()), IovaMapPainter.PIXELS).inUse();
        assertEquals(2, segments.size());
        assertTrue(segments.get(0).contains(0xfff00000L));
        assertTrue(segments.get(1).contains(0xfffffffff000L));
    }

    @Test
    void inUse_windowHalfFull_isNotFolded() {
        assertEquals(List.of(), new IovaFold(new IovaSummary(Examples.fragmented()), IovaMapPainter.PIXELS).inUse());
    }

    @Test
    void busiest_specks_areDrawnLarger() {
        Segment busiest = new IovaFold(new IovaSummary(Examples.fragmented()), IovaMapPainter.PIXELS)
                .busiest()
                .orElseThrow();
        assertTrue(busiest.bytes() < Bytes.mib(8), "stretch of " + busiest.bytes());
    }
}
