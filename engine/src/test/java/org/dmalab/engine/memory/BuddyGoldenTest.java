package org.dmalab.engine.memory;

import java.util.stream.Stream;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code mm/page_alloc.c} of Linux 3.14 did. */
final class BuddyGoldenTest {
    static Stream<GoldenFile> recordings() {
        return GoldenFile.in("buddy-v3.14");
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_recordedOperations_sameFramesAndFreeLists(GoldenFile file) {
        file.assertSame(file.lines().size() - 3L);
    }

    @Test
    void replay_cmaAndReserveCases_sameFramesStealsAndPageblocks() {
        GoldenFile.of("dma/buddy-cases-v3.14.txt.gz").assertSame(1033);
    }
}
