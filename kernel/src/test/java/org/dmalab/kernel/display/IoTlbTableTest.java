package org.dmalab.kernel.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.iommu.IoTlbEntry;
import org.dmalab.engine.iommu.IoTlbGeometry;
import org.dmalab.engine.iommu.IoTlbStatistics;
import org.dmalab.engine.iommu.IoTlbView;
import org.junit.jupiter.api.Test;

/** What an IO-TLB's table says, and which of its rows lie. */
class IoTlbTableTest {
    private static IoTlbEntry page(long iova, boolean locked, boolean stale) {
        return new IoTlbEntry(
                1,
                new DmaAddr(iova),
                PageSize.SMALL_4K,
                Optional.of(new PhysAddr(iova + 0x20000000L)),
                true,
                false,
                locked,
                stale);
    }

    private static IoTlbView view(IoTlbEntry... entries) {
        return new IoTlbView(
                "11a20000.sysmmu",
                IoTlbGeometry.EXYNOS_V1,
                List.of(entries),
                List.of(
                        new IoTlbStatistics(new BusMaster(0, "fimc0"), 30, 10),
                        new IoTlbStatistics(new BusMaster(1, "fimc1"), 0, 1)));
    }

    @Test
    void finding_saysHowManyAreStale() {
        String holds = "The IO-TLB of 11a20000.sysmmu holds ";
        assertEquals(holds + "no page", IoTlbTable.finding(view()));
        assertEquals(holds + "1 page, none is stale", IoTlbTable.finding(view(page(0x20000000L, false, false))));
        assertEquals(
                holds + "2 pages, 1 is STALE: the table says otherwise by now",
                IoTlbTable.finding(view(page(0x20000000L, false, false), page(0x20001000L, false, true))));
    }

    @Test
    void render_staleEntry_isARedRowAboveTheOthers() {
        MimeBundle bundle = Renderers.render(view(page(0x20000000L, true, false), page(0x20001000L, false, true)));
        String html = Examples.html(bundle);
        String red = "<tr style=\"background-color:" + Palette.hex(Palette.LIE);
        assertEquals(2, html.split(red, -1).length, html);
        int lying = html.indexOf(red);
        String row = html.substring(lying, html.indexOf("</tr>", lying));
        assertTrue(row.contains("0x20001000") && row.contains("0x40001000") && row.contains("STALE"), row);
        assertFalse(row.contains("0x20000000") || row.contains("locked"), row);
        assertTrue(html.indexOf("0x20000000") > lying, html);
    }

    @Test
    void render_text_hasARowPerPageAndHitsAndMissesByDevice() {
        String text = Renderers.render(view(page(0x20000000L, true, false))).plainText();
        List<String> words =
                text.lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
        assertTrue(words.contains("1 0x20000000 4 KiB 0x40000000 R- locked agrees"), text);
        assertTrue(words.contains("fimc0 30 10 75 %"), text);
        assertTrue(words.contains("fimc1 0 1 0 %"), text);
        assertTrue(text.contains("since boot 30 hits, 11 misses"), text);
    }

    @Test
    void render_moreStalePagesThanRows_counted() {
        IoTlbEntry[] many = Collections.nCopies(Grid.ROWS + 5, page(0x20000000L, false, true))
                .toArray(new IoTlbEntry[0]);
        MimeBundle bundle = Renderers.render(view(many));
        assertTrue(Examples.html(bundle).contains("… 5 more"), Examples.html(bundle));
        assertTrue(bundle.plainText().contains("25 are STALE"), bundle.plainText());
    }
}
