package org.dmalab.engine.pagetable;

import java.util.stream.Stream;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the io-pgtables of Linux 6.1 answered and their final tables, and what QEMU's MMU and SMMUv3 made of random tables.
 */
final class ArmTablesGoldenTest {
    static Stream<GoldenFile> recordings() {
        return Stream.of("io-pgtable-v6.1", "ptw-v7-short", "ptw-lpae32", "smmuv3-s1")
                .flatMap(GoldenFile::in);
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_ofARecording_hasNoDifference(GoldenFile recording) {
        recording.assertSame(recording.lines().stream()
                .filter(line -> line.matches("[mutQ] .*"))
                .count());
    }
}
