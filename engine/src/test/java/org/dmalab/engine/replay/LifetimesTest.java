package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dmalab.engine.base.DmaAddr;
import org.junit.jupiter.api.Test;

/** An address that is given out again before, or without, the line that says it was unmapped. */
final class LifetimesTest {
    private static final String IOVA = "iova=0x00000000fffff000 - 0x0000000100000000";

    @Test
    void unmap_lineAfterAnotherCpusMap_endsTheOlderMapping() {
        Trace trace = trace(
                iommuMap("nic-1", 1),
                map("nic-1", 1),
                iommuUnmap("nic-1", 2),
                iommuMap("irq-2", 3),
                map("irq-2", 3),
                unmap("nic-1", 4));
        assertEquals(1, trace.iovaMap(3.5).entries().size());
        assertEquals(1, trace.iovaMap(4.5).entries().size());
        assertEquals(1, trace.aliveAtEnd().size());
        assertEquals(5, trace.aliveAtEnd().get(0).line());
        assertEquals(0, trace.unmatchedUnmaps());
        assertEquals(
                "2.000000 s",
                trace.history(new DmaAddr(0xfffff000L))
                        .get(0)
                        .unmapped()
                        .orElseThrow()
                        .toString());
    }

    @Test
    void unmap_bothLinesAfterBothUnmappings_endsBothInEitherOrder() {
        for (String[] lines : new String[][] {{"nic-1", "irq-2"}, {"irq-2", "nic-1"}}) {
            Trace trace = trace(
                    iommuMap("nic-1", 1),
                    map("nic-1", 1),
                    iommuUnmap("nic-1", 2),
                    iommuMap("irq-2", 3),
                    map("irq-2", 3),
                    iommuUnmap("irq-2", 4),
                    unmap(lines[0], 5),
                    unmap(lines[1], 5));
            assertEquals(0, trace.aliveAtEnd().size());
            assertEquals(0, trace.unmatchedUnmaps());
        }
    }

    @Test
    void unmap_earlierLineLost_endsTheLiveMapping() {
        Trace trace = trace(
                iommuMap("nic-1", 1),
                map("nic-1", 1),
                iommuUnmap("nic-1", 2),
                iommuMap("nic-1", 3),
                map("nic-1", 3),
                iommuUnmap("nic-1", 4),
                unmap("nic-1", 4));
        assertEquals(0, trace.aliveAtEnd().size());
        assertEquals(0, trace.unmatchedUnmaps());
    }

    @Test
    void unmap_earlierLineLostThenAnotherThreadWithoutIommuLine_endsTheLiveMapping() {
        Trace trace = trace(
                iommuMap("nic-1", 1),
                map("nic-1", 1),
                iommuUnmap("nic-1", 2),
                iommuMap("irq-2", 3),
                map("irq-2", 3),
                unmap("irq-2", 4));
        assertEquals(0, trace.aliveAtEnd().size());
    }

    @Test
    void free_afterALostUnmapLine_endsTheBufferAtOnce() {
        Trace trace = trace(
                iommuMap("nic-1", 1),
                map("nic-1", 1),
                iommuUnmap("nic-1", 2),
                iommuMap("nic-1", 3),
                event(
                        "nic-1",
                        3,
                        "dma_alloc: nic dir=BIDIRECTIONAL dma_addr=fffff000 size=4096 virt_addr=1 flags= attrs="),
                event("nic-1", 4, "dma_free: nic dir=BIDIRECTIONAL dma_addr=fffff000 size=4096 virt_addr=1 attrs="));
        assertEquals(0, trace.iovaMap(4.5).entries().size());
    }

    private static Trace trace(String... lines) {
        return FtraceReader.parse(String.join("\n", lines));
    }

    private static String iommuMap(String task, int second) {
        return event(task, second, "map: IOMMU: " + IOVA + " paddr=0x0000000040001000 size=4096");
    }

    private static String iommuUnmap(String task, int second) {
        return event(task, second, "unmap: IOMMU: " + IOVA + " size=4096 unmapped_size=4096");
    }

    private static String map(String task, int second) {
        return event(
                task,
                second,
                "dma_map_page: nic dir=FROM_DEVICE dma_addr=fffff000 size=4096 phys_addr=40001000 attrs=");
    }

    private static String unmap(String task, int second) {
        return event(task, second, "dma_unmap_page: nic dir=FROM_DEVICE dma_addr=fffff000 size=4096 attrs=");
    }

    private static String event(String task, int second, String text) {
        return task + " [000] ..... " + second + ".000000: " + text;
    }
}
