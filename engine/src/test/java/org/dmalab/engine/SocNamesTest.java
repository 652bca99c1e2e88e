package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.MovablePages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The names a user of a machine tries first. */
final class SocNamesTest {
    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void free_pageOfAllocPage_isThereForTheNext() {
        Soc soc = Soc.exynos4412();
        String before = soc.proc().buddyinfo();
        PhysAddr page = soc.allocPage();
        soc.free(page);
        assertEquals(before, soc.proc().buddyinfo());
        assertEquals(page, soc.allocPage());
    }

    @Test
    void free_whatIsNobodysOrSomebodyElses_isRefusedAndChangesNothing() {
        Soc soc = Soc.exynos4412().toBuilder().ram(mib(64)).cma(mib(16)).build();
        PhysAddr page = soc.allocPage();
        MovablePages cache = soc.movable("page cache");
        assertEquals(1, cache.alloc(1));
        PhysAddr owned = PhysAddr.ofPfn(cache.pfns().findFirst().orElseThrow());
        PhysAddr contiguous = soc.cma().alloc(16, 4, "decoder").orElseThrow(DmaFailure::new);
        assertTrue(refusal(() -> soc.free(page.plus(4))).contains("page must be page-aligned"));
        assertTrue(refusal(() -> soc.free(owned)).contains("belongs to page cache"));
        assertTrue(refusal(() -> soc.free(contiguous)).contains("an allocation of [CMA \"reserved\""));
        assertTrue(refusal(() -> soc.free(new PhysAddr(0))).contains("one that allocPage() gave"));
        DmaBuffer buffer = soc.device("fimc0").alloc(4096);
        PhysAddr table = soc.device("fimc0").iommu().domain().orElseThrow().tableRoot();
        assertTrue(refusal(() -> soc.free(buffer.pages().page(0))).contains("one that allocPage() gave"));
        assertTrue(refusal(() -> soc.free(table)).contains("one that allocPage() gave"));
        soc.device("fimc0").free(buffer);
        String before = soc.proc().pagetypeinfo();
        soc.free(page);
        String after = soc.proc().pagetypeinfo();
        assertThrows(IllegalArgumentException.class, () -> soc.free(page), "twice");
        assertEquals(after, soc.proc().pagetypeinfo());
        assertTrue(!before.equals(after), "only the one free changed anything");
    }

    @Test
    void audit_page_isOfAllOfIt() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        AliasAudit audit = soc.audit(page.plus(100));
        assertEquals(page, audit.start());
        assertEquals(4096, audit.bytes());
        assertEquals(soc.audit(page, 4096), audit);
    }

    @Test
    void proc_files_areThoseOfTheMachineNow() {
        Soc soc = Soc.exynos4412().toBuilder().era(Era.V3_6).build();
        String empty = soc.proc().vmallocinfo();
        assertTrue(soc.device("fimc0").alloc(mib(1)).bytes() == mib(1));
        assertTrue(
                soc.proc().buddyinfo().startsWith("Node 0, zone   Normal "),
                soc.proc().buddyinfo());
        assertEquals(soc.fragmentation().buddyinfo(), soc.proc().buddyinfo());
        assertEquals(soc.pageTypes().text(Era.V3_6), soc.proc().pagetypeinfo());
        assertTrue(
                soc.proc().vmallocinfo().contains("arm_iommu_alloc_attrs"),
                soc.proc().vmallocinfo());
        assertTrue(!empty.contains("arm_iommu_alloc_attrs"), empty);
    }
}
