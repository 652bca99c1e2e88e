package org.dmalab.engine.iova;

import java.util.stream.Stream;
import org.dmalab.engine.testing.GoldenFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code __alloc_iova} and {@code __free_iova} of {@code arch/arm/mm/dma-mapping.c} did. */
final class BitmapIovaGoldenTest {
    static Stream<GoldenFile> recordings() {
        return Stream.concat(GoldenFile.in("arm-bitmap-v3.14"), GoldenFile.in("arm-bitmap-v6.1"));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void replay_linux314And61_sameAddresses(GoldenFile file) {
        file.assertSame(file.lines().size() - 2L);
    }

    @ParameterizedTest
    @CsvSource({"dma/arm-iova-v3.14.txt.gz", "dma/arm-iova-v6.12.txt.gz"})
    void replay_smallAndOddWindows_sameAddressesAndBitmaps(String name) {
        GoldenFile.of(name).assertSame(400);
    }
}
