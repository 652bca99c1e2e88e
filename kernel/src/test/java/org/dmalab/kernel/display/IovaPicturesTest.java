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
import org.dmalab.engine.experiment.FragmentationHistory;
import org.dmalab.engine.experiment.FragmentationHistory.Measure;
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
                "Largest hole: from 10 MiB (unaligned, 6.1) to 12 MiB (unaligned, 5.10: 2 MiB refused)",
                IovaComparisonView.finding(maps));
        List<String> texts = texts(IovaComparisonView.canvas("title", maps));
        for (String expected :
                List.of("unaligned, 5.10: 2 MiB refused", "12 MiB free", "network 2 MiB", "camera 500 MiB")) {
            assertTrue(texts.contains(expected), () -> expected + " is not in " + texts);
        }
    }

    @Test
    void map_stretchInUse_isLabelledWithWhatIsMappedNotWithWhatIsShown() {
        IovaSummary summary = new IovaSummary(Examples.frames());
        IovaFold fold = new IovaFold(summary, IovaMapPainter.PIXELS);
        List<String> texts = texts(IovaMapPainter.paint(summary, fold));
        assertTrue(texts.contains("in use, 24 MiB of the 26 MiB shown"), texts::toString);
        String spec = IovaMapSpec.of(summary, fold).toString();
        assertTrue(spec.contains("DMA address, 24 MiB of 26 MiB in use ("), spec);
    }

    @Test
    void compare_everyPolicy_namesWhatItRefusedAndWhoHoldsTheNarrowest() {
        List<IovaMap> maps = List.of(IovaExamples.reported(IovaPolicy.BEST_FIT)
                .replay(IovaPolicy.BUDDY)
                .map());
        List<String> texts = texts(IovaComparisonView.canvas("title", maps));
        assertTrue(texts.contains("buddy: 499 MiB refused"), texts::toString);
        assertTrue(texts.contains("network 2 MiB"), texts::toString);
    }

    @Test
    void history_title_saysThatItIsTheLastSample() {
        FragmentationHistory history = IovaExamples.histories().get(1);
        String title = texts(FragmentationHistoryView.canvas(history)).get(0);
        assertTrue(title.startsWith("External fragmentation at the end: from "), title);
    }

    @Test
    void history_subtitle_explainsTheGreyLinesAndWhatEachPointCounts() {
        FragmentationHistory history = IovaExamples.histories().get(1);
        String grey = FragmentationHistoryView.context(history);
        assertTrue(grey.endsWith("band: all of them, grey: the other policies"), grey);
        String counted = FragmentationHistoryView.context(history.show(Measure.REFUSED));
        assertTrue(counted.endsWith("grey: the other policies · each point counts all requests up to it"), counted);
        String alone = FragmentationHistoryView.context(IovaExamples.histories().get(0));
        assertTrue(alone.endsWith(" · one seed"), alone);
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
