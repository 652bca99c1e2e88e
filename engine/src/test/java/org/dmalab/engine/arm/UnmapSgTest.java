package org.dmalab.engine.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.experiment.ScatteredPages;
import org.dmalab.engine.memory.SgTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dma_unmap_sg} wants the number of entries; what happens to drivers that give it the number of segments. */
class UnmapSgTest {
    private static final byte[] NEW = "NEW.".getBytes(StandardCharsets.US_ASCII);

    private final Soc soc = Soc.exynos4412();
    private final DmaDevice camera = soc.device("fimc0");
    private final SgTable table = ScatteredPages.of(soc, 16, 1);

    @Test
    void unmap_asManyEntriesAsMapped_leavesNothing() {
        camera.unmap(camera.map(table, DmaDirection.TO_DEVICE), 16);
        assertEquals(0, soc.liveMappings());
    }

    @Test
    void unmap_segmentsInsteadOfEntries_leavesTheLastPagesStale() {
        VirtAddr last = soc.kernel().linear(table.entries().get(15).start());
        SgMapping mapping = camera.map(table, DmaDirection.FROM_DEVICE);
        assertEquals(1, mapping.nents());
        byte[] peeked = read(last);
        camera.write(mapping.dmaAddr().plus(15 * 4096), NEW);
        camera.unmap(mapping, mapping.nents());
        assertEquals(0, soc.liveMappings());
        assertArrayEquals(peeked, read(last));
    }

    @Test
    void unmap_fewerEntriesThanSegments_leavesSegmentsMapped() {
        camera.maxSegSize(4096);
        SgMapping mapping = camera.map(table, DmaDirection.TO_DEVICE);
        assertEquals(16, mapping.nents());
        camera.unmap(mapping, 1);
        assertEquals(15, soc.liveMappings());
        assertTrue(camera.tryRead(mapping.segments().get(0).start(), 4).isFailed());
        assertEquals(4, camera.read(mapping.segments().get(1).start(), 4).length);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 17})
    void unmap_countThatWasNotMapped_isRefused(int nents) {
        SgMapping mapping = camera.map(table, DmaDirection.TO_DEVICE);
        assertThrows(IllegalArgumentException.class, () -> camera.unmap(mapping, nents));
        assertEquals(1, soc.liveMappings());
    }

    @Test
    void scatteredPages_anySeed_areApartAndTheSameAgain() {
        for (long seed = 0; seed < 50; seed++) {
            SgTable pages = ScatteredPages.of(Soc.exynos4412(), 64, seed);
            assertEquals(64, pages.origNents());
            assertEquals(pages, ScatteredPages.of(Soc.exynos4412(), 64, seed));
        }
    }

    private byte[] read(VirtAddr address) {
        return soc.cpu().read(soc.kernel(), address, 4).orElseThrow(DmaFailure::new);
    }
}
