package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaSpace;
import org.dmalab.engine.iova.IovaPolicy;
import org.junit.jupiter.api.Test;

/** What the pictures of windows without a board say. */
class IovaPicturesTest {
    private static List<String> texts(Canvas canvas) {
        return canvas.labels().stream().map(Canvas.Label::text).toList();
    }

    @Test
    void compare_reportedSequence_namesTheRefusalTheHoleAndWhoGotIt() {
        List<IovaMap> maps = IovaExamples.comparisons().get(0);
        assertEquals(
                "Largest hole: from 10 MiB (Linux 6.1, unaligned) to 12 MiB (Linux 5.10, unaligned: 2 MiB refused)",
                IovaComparisonView.finding(maps));
        List<String> texts = texts(IovaComparisonView.canvas("title", maps));
        for (String expected :
                List.of("Linux 5.10, unaligned: 2 MiB refused", "12 MiB free", "network 2 MiB", "camera 500 MiB")) {
            assertTrue(texts.contains(expected), () -> expected + " is not in " + texts);
        }
    }

    @Test
    void compare_otherWindows_isRefused() {
        IovaMap one = new IovaSpace(new AddrRange<>(new DmaAddr(0), Bytes.mib(1)), IovaPolicy.BEST_FIT).map();
        IovaMap two = new IovaSpace(new AddrRange<>(new DmaAddr(0), Bytes.mib(2)), IovaPolicy.BEST_FIT).map();
        assertEquals(
                "maps must be of the same window [first=[0x00000000-0x000fffff]] [other=[0x00000000-0x001fffff]]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Renderers.compare(List.of(one, two)).plainText())
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> Renderers.compare(List.of()).plainText());
    }

    @Test
    void history_manyPolicies_hasAPanelEachAndUnitsOnItsAxes() {
        Canvas canvas = FragmentationHistoryView.canvas(IovaExamples.histories().get(1));
        List<String> texts = texts(canvas);
        for (IovaPolicy policy : IovaPolicy.shipped()) {
            assertEquals(1, texts.stream().filter(policy.name()::equals).count(), policy.name());
        }
        assertTrue(texts.contains("external fragmentation, %"), texts::toString);
        assertTrue(texts.contains("operations (allocations and frees)"), texts::toString);
    }

    @Test
    void history_notCounted_saysSo() {
        List<String> texts = texts(FragmentationHistoryView.canvas(
                IovaExamples.histories().get(IovaExamples.histories().size() - 1)));
        assertTrue(texts.contains("not counted"), texts::toString);
    }
}
