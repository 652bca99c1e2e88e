package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dmalab.engine.replay.GoldenReplay;
import org.dmalab.engine.replay.ReplayReport;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the IOMMU drivers of Linux 3.14 answered under {@code iommu_map} and {@code iommu_unmap}, and their final tables. */
final class DriverGoldenTest {
    static Stream<GoldenFile> recordings() {
        return Stream.of("exynos", "omap", "msm", "tegra-smmu")
                .flatMap(driver -> GoldenFile.in("drv-" + driver + "-v3.14"));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_ofARecording_hasNoDifference(GoldenFile recording) {
        long operations = recording.lines().stream()
                .filter(line -> line.matches("[mut] .*"))
                .count();
        ReplayReport report = GoldenReplay.check(recording.path());
        assertEquals(Optional.empty(), report.first(), report::toString);
        assertEquals(operations, report.operations());
        boolean crashed = recording.lines().stream().anyMatch(line -> line.startsWith("CRASH"));
        assertEquals(
                crashed ? List.of("the recorded driver crashed, so there is no final table") : List.of(),
                report.notes());
    }
}
