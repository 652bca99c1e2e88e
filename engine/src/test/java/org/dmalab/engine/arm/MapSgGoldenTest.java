package org.dmalab.engine.arm;

import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.api.Test;

/** How Linux 3.14's {@code __iommu_map_sg} cut scatter lists into ranges, and where it put them. */
final class MapSgGoldenTest {
    @Test
    void replay_ofTheRecording_hasNoDifference() {
        GoldenFile.of("dma/armiommu-mapsg-v3.14.txt.gz").assertSame(60);
    }
}
