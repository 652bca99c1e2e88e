package org.dmalab.engine.iova;

import java.util.stream.Stream;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code drivers/iommu/iova.c} gave out, with how many steps. */
final class RbTreeIovaGoldenTest {
    static Stream<GoldenFile> recordings() {
        return Stream.concat(GoldenFile.in("iova-v3.14"), GoldenFile.in("iova-v6.12"));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_linux314And612_sameAddressesStepsAndTrees(GoldenFile file) {
        file.assertSame(file.lines().size() - 2L);
    }
}
