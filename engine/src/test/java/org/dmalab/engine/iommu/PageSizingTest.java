package org.dmalab.engine.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.dmalab.engine.base.PageSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rule of {@code iommu_pgsize}, case by case. */
final class PageSizingTest {
    private static final List<PageSize> SIZES =
            List.of(PageSize.SMALL_4K, PageSize.LARGE_64K, PageSize.SECTION_1M, PageSize.SUPERSECTION_16M);

    @ParameterizedTest
    @CsvSource({
        // iova, phys, bytes, page
        "0x00000000, 0x00000000, 0x1000000, 24",
        "0x00000000, 0x00000000, 0x0ffffff, 20",
        "0x00100000, 0x40000000, 0x1000000, 20",
        "0x00100000, 0x40010000, 0x1000000, 16",
        "0x00100000, 0x40001000, 0x1000000, 12",
        "0x00010000, 0x40000000, 0x000f000, 12",
        "0xff000000, 0x00000000, 0x1000000, 24",
        "0x00001000, 0x00000000, 0x1000, 12"
    })
    void size_ofARange_isTheLargestThatFitsAndDivides(String iova, String phys, String bytes, int shift) {
        PageSizing sizing = new PageSizing(SIZES, true);
        assertEquals(new PageSize(shift), sizing.size(Long.decode(iova) | Long.decode(phys), Long.decode(bytes)));
    }

    @ParameterizedTest
    @CsvSource({
        // A run ends where the next larger page fits whole.
        "0x0000f000, 0x4000f000, 0x0020000, 12, 1",
        "0x00001000, 0x40001000, 0x0020000, 12, 15",
        // The larger page would not fit whole: on to the end.
        "0x00001000, 0x40001000, 0x001e000, 12, 30",
        "0x00001000, 0x40001000, 0x001f000, 12, 15",
        // The two addresses never share the larger alignment.
        "0x00001000, 0x40002000, 0x0100000, 12, 256",
        // Only the next size counts, not those above it.
        "0x000f0000, 0x400f0000, 0x0200000, 16, 1",
        "0x00010000, 0x40110000, 0x0200000, 16, 15",
        // No larger size.
        "0x00000000, 0x40000000, 0x4000000, 24, 4",
        // The end of the larger page is beyond the last address.
        "0xfffffffffffff000, 0xfffffffffffff000, 0x1000, 12, 1"
    })
    void count_ofARun_endsWhereALargerPageFits(String iova, String phys, String bytes, int shift, int count) {
        long at = Long.parseUnsignedLong(iova.substring(2), 16);
        long to = Long.parseUnsignedLong(phys.substring(2), 16);
        PageSizing sizing = new PageSizing(SIZES, true);
        assertEquals(count, sizing.count(new PageSize(shift), at, at ^ to, Long.decode(bytes)));
    }

    @Test
    void count_whereOnlyAHigherBitDiffers_stillEndsAtTheLargerPage() {
        PageSizing sizing = new PageSizing(SIZES, true);
        assertEquals(15, sizing.count(PageSize.SMALL_4K, 0x1000, 0x10000, 0x20000));
        assertEquals(32, sizing.count(PageSize.SMALL_4K, 0x1000, 0x8000, 0x20000));
    }

    @Test
    void count_beforeLinux61_isOne() {
        assertEquals(1, new PageSizing(SIZES, false).count(PageSize.SMALL_4K, 0, 0, 0x100000));
    }

    @Test
    void new_withoutSizes_isTheCallersMistake() {
        IllegalArgumentException mistake =
                assertThrows(IllegalArgumentException.class, () -> new PageSizing(List.of(), true));
        assertEquals("sizes must have at least 1 page size: []", mistake.getMessage());
    }
}
