package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a timeline of copies says, and that it tells apart what differs. */
class CopyTimelineTest {
    private static List<String> labels(CopyTimeline timeline) {
        return CopyTimelineView.canvas(timeline).labels().stream()
                .map(Canvas.Label::text)
                .toList();
    }

    @Test
    void timeline_staleReader_namesStepBytesAndCure() {
        assertEquals(
                "CPU0 reads stale bytes after step 4, camera writes: .... instead of NEW!; right after step 5",
                CopyFinding.of(CopyExamples.frame()));
    }

    @Test
    void timeline_severalReaders_isAboutTheOneWhoReadOldBytesLast() {
        assertEquals(
                "cached reads stale bytes after step 2, fimc0 writes: cpu instead of dev; right after step 4",
                CopyFinding.of(CopyExamples.readers()));
    }

    @Test
    void timeline_staleAndDirty_saysBoth() {
        List<String> labels = CopyTimelineView.canvas(CopyExamples.readers()).labels().stream()
                .map(Canvas.Label::text)
                .toList();
        assertEquals(2, labels.stream().filter("STALE, dirty"::equals).count(), labels.toString());
        assertTrue(labels.contains("STALE, dirty: old bytes that will replace the latest"), labels.toString());
        assertTrue(Renderers.render(CopyExamples.readers()).plainText().contains("cpu STALE, dirty"));
    }

    @Test
    void timeline_staleCopyThatNobodyReads_saysSo() {
        assertEquals(
                "No reader sees stale bytes, but L2 holds some after step 1, CPU0 writes",
                CopyFinding.of(CopyExamples.hidden()));
        assertEquals("No copy is stale after any of the 2 steps", CopyFinding.of(CopyExamples.fresh()));
    }

    @Test
    void timeline_staleCell_differsWithoutColour() {
        List<String> labels = CopyTimelineView.canvas(CopyExamples.frame()).labels().stream()
                .map(Canvas.Label::text)
                .toList();
        assertEquals(5, labels.stream().filter("STALE"::equals).count());
        assertTrue(labels.contains("dirty") && labels.contains("camera writes"), labels.toString());
    }

    @Test
    void timeline_staleDirtyLineWrittenBack_isTheFinding() {
        assertEquals(
                "Data lost in step 3, line evicted: a stale dirty line of L1 of CPU0 was written back, memset() over"
                        + " PACKET 1 (step 2, device writes)",
                CopyFinding.of(CopyExamples.lostWrite()));
    }

    @Test
    void timeline_lateStore_isNotTakenForAWriteBack() {
        CopyTimeline written = CopyExamples.lostWrite();
        List<Step> steps = new ArrayList<>(written.steps());
        Step last = steps.remove(2);
        steps.add(new Step("device writes again", "PACKET 2", last.copies()));
        assertEquals(
                "sdhci2 reads stale bytes after step 3, device writes again: memset() instead of PACKET 2",
                CopyFinding.of(new CopyTimeline("t", written.places(), steps, "s")));
    }

    @Test
    void timeline_longValuesThatDifferInOneByte_lookDifferent() {
        String fresh = "000102030405060708090a0b0c0d0e0f";
        String stale = "000102030405060708090a0bff0d0e0f";
        CopyTimeline timeline = CopyExamples.values(8, fresh, stale);
        List<String> labels = labels(timeline);
        assertTrue(labels.contains("…0b|0c0d…") && labels.contains("…0b|ff0d…"), labels.toString());
        String text = Renderers.render(timeline).plainText();
        assertTrue(text.contains("…090a0b|0c0d0e0f  ") && text.contains("…090a0b|ff0d0e0f STALE"), text);
        assertTrue(text.startsWith("RAM holds stale bytes after step 1, step: …08090a0b|ff0d0e0f instead of"), text);
    }

    @Test
    void excerpt_alone_isItsStart() {
        String hex = "00112233445566778899aabbccddeeff";
        assertEquals("00112233…", new Excerpts(List.of(hex, "short"), 9).of(hex));
        assertEquals("short", new Excerpts(List.of(hex, "short"), 9).of("short"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void excerpt_differentTexts_lookDifferentAndHaveRoom(int seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>(List.of("a".repeat(20), "a".repeat(21), "aaaaaaaaaaaaaaaaaaa…", ""));
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder("00".repeat(16));
            for (int change = random.nextInt(3); change >= 0; change--) {
                text.setCharAt(random.nextInt(text.length()), (char) ('0' + random.nextInt(3)));
            }
            texts.add(text.toString());
        }
        for (int room : new int[] {9, 14, 20, 24}) {
            Excerpts excerpts = new Excerpts(texts, room);
            HashSet<String> shown = new HashSet<>();
            for (String text : new HashSet<>(texts)) {
                String excerpt = excerpts.of(text);
                assertTrue(excerpt.length() <= room, "seed " + seed + ": " + excerpt);
                assertTrue(shown.add(excerpt), "seed " + seed + " shows two texts as " + excerpt);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"60, 20, 44", "25, 3, 1", "40, 7, 18"})
    void timeline_moreStepsThanHaveRoom_keepsFirstAndNewestAndCountsTheRest(int steps, int places, int leftOut) {
        CopyTimeline timeline = CopyExamples.large(steps, places);
        List<String> labels = labels(timeline);
        for (int step : new int[] {1, 8, 8 + leftOut + 1, steps}) {
            assertTrue(labels.contains("step with a name of its own " + (step - 1)), "step " + step + ": " + labels);
        }
        for (int step : new int[] {9, 8 + leftOut}) {
            assertFalse(labels.contains("step with a name of its own " + (step - 1)), "step " + step + ": " + labels);
        }
        String note = leftOut == 1 ? "1 step left out" : leftOut + " steps left out";
        assertTrue(labels.contains("… " + note + " …") && labels.contains(note), labels.toString());
    }

    @Test
    void timeline_textOfManySteps_endsWithTheNewest() {
        List<String> rows =
                Renderers.render(CopyExamples.large(60, 3)).plainText().lines().toList();
        assertTrue(rows.get(rows.size() - 2).startsWith("60  step with a name of its own 59"), rows.toString());
        assertTrue(rows.stream().anyMatch(row -> row.strip().equals("…  41 steps left out")), rows.toString());
        assertTrue(rows.stream().anyMatch(row -> row.startsWith(" 1  ")), rows.toString());
    }
}
