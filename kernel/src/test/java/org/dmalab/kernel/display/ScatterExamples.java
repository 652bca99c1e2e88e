package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.ScatterMap;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.ScatterList;
import org.dmalab.engine.memory.SgTable;

/** Scatter lists beside their segments, for the tests of their pictures. */
final class ScatterExamples {
    private static final BusMaster CAMERA = new BusMaster(0, "fimc0");

    private ScatterExamples() {}

    /** {@code entries} pages in segments of {@code joined} entries each. */
    static ScatterMap pages(int entries, int joined) {
        List<ScatterList> list = new ArrayList<>();
        List<AddrRange<DmaAddr>> segments = new ArrayList<>();
        Random random = new Random(entries);
        for (int i = 0; i < entries; i++) {
            list.add(new ScatterList(new PhysAddr(0x40000000L + random.nextInt(1 << 18) * 4096L), 0, 4096));
        }
        for (int i = 0; i < entries; i += joined) {
            segments.add(new AddrRange<>(new DmaAddr(0x20000000L + i * 8192L), Math.min(joined, entries - i) * 4096L));
        }
        return map(CAMERA, new SgTable(list), segments);
    }

    /** Pieces that begin and end within pages, and an empty tail. */
    static ScatterMap pieces() {
        List<ScatterList> list = List.of(
                new ScatterList(new PhysAddr(0x40001000L), 0x200, 0xE00),
                new ScatterList(new PhysAddr(0x4F000000L), 0, 0x1000),
                new ScatterList(new PhysAddr(0x41000000L), 0x10, 0x7F0),
                new ScatterList(new PhysAddr(0x41000000L), 0, 0));
        return map(
                CAMERA,
                new SgTable(list),
                List.of(
                        new AddrRange<>(new DmaAddr(0x20000200L), 0x1E00),
                        new AddrRange<>(new DmaAddr(0x20002010L), 0x7F0)));
    }

    private static ScatterMap map(BusMaster device, SgTable table, List<AddrRange<DmaAddr>> segments) {
        return new ScatterMap(
                new SgMapping(device, table, segments, DmaDirection.TO_DEVICE), "41.3 µs", Examples.BOARD);
    }

    static List<ScatterMap> all() {
        SgTable one = new SgTable(List.of(new ScatterList(new PhysAddr(1L << 47), 0, 1L << 33)));
        return List.of(
                pages(1, 1),
                pages(16, 16),
                pages(16, 1),
                pages(16, 4),
                pages(2000, 7),
                pieces(),
                new ScatterMap(
                        new SgMapping(
                                new BusMaster(1, Examples.HOSTILE),
                                one,
                                List.of(new AddrRange<>(new DmaAddr(0xffff_ff00_0000_0000L), 1L << 33)),
                                DmaDirection.BIDIRECTIONAL),
                        Examples.HOSTILE,
                        Examples.HOSTILE));
    }
}
