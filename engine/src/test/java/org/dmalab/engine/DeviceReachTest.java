package org.dmalab.engine;

import static org.dmalab.engine.base.DmaDirection.BIDIRECTIONAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.iommu.IotlbGather;
import org.junit.jupiter.api.Test;

/** What a watch, an audit and a map say of pages that a device reaches by its IOMMU's table, or by what its IO-TLB kept. */
final class DeviceReachTest {
    private static final DmaAddr IOVA = new DmaAddr(0x50000000L);
    private static final AddrRange<DmaAddr> PAGE = new AddrRange<>(IOVA, 4096);

    private final Soc soc = Soc.exynos4412();
    private final DmaDevice camera = soc.device("fimc0");
    private final IommuDomain domain = camera.iommuDomain().orElseThrow();
    private final PhysAddr page = soc.allocPage();

    private void map(DmaAddr iova, PhysAddr phys, long bytes) {
        AddrRange<DmaAddr> mapped = domain.map(iova, phys, bytes).orElseThrow(DmaFailure::new);
        assertEquals(bytes, mapped.bytes());
    }

    private List<String> ways() {
        return soc.audit(page).aliases().stream()
                .filter(alias -> alias.who().startsWith("fimc0"))
                .map(alias -> alias.who() + " at " + alias.address() + ", " + alias.bytes())
                .toList();
    }

    private static List<State> row(CopyTimeline timeline, String place) {
        int row = timeline.places().indexOf(place);
        assertTrue(row >= 0, timeline.places().toString());
        return timeline.steps().stream()
                .map(step -> step.copies().get(row))
                .map(Copy::state)
                .toList();
    }

    @Test
    void watch_ofATranslatedDevice_showsOnlyWhatItReaches() {
        Watch watch = soc.watch("word", page, 8, camera, soc.device("sdhci2"));
        watch.step("never mapped");
        map(IOVA, page, 4096);
        camera.write(IOVA, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        watch.step("mapped");
        IotlbGather gather = domain.unmap(PAGE);
        watch.step("unmapped");
        gather.sync();
        watch.step("synced");
        CopyTimeline timeline = watch.timeline();
        assertEquals(List.of(State.ABSENT, State.FRESH, State.ABSENT, State.ABSENT), row(timeline, "fimc0 reads"));
        assertEquals(
                List.of(State.ABSENT, State.ABSENT, State.FRESH, State.ABSENT),
                row(timeline, "fimc0's stale IO-TLB reads"));
        assertEquals(List.of(State.FRESH, State.FRESH, State.FRESH, State.FRESH), row(timeline, "sdhci2 reads"));
    }

    @Test
    void watch_whereVacantWordsAreTheIdentity_theDeviceReaches() {
        Soc tegra = Soc.tegra30();
        DmaDevice dc = tegra.device("dc");
        tegra.attach(dc, tegra.createMapping(dc, new AddrRange<>(new DmaAddr(0x10000000L), Bytes.mib(64)), 0));
        Watch watch = tegra.watch("word", tegra.allocPage(), 8, dc);
        watch.step("never mapped");
        assertEquals(List.of(State.FRESH), row(watch.timeline(), "dc reads"));
    }

    @Test
    void audit_findsMappingsOfTheIommuApi_smallAndLarge_besideThoseOfTheDmaApi() {
        map(IOVA, page, 4096);
        PhysAddr section = new PhysAddr(page.value() & -Bytes.mib(1));
        map(new DmaAddr(0x60000000L), section, Bytes.mib(1));
        DmaMapping mapping = camera.map(page, 4096, BIDIRECTIONAL);
        long inSection = page.minus(section);
        assertEquals(
                List.of(
                        "fimc0, map BIDIRECTIONAL at " + mapping.dmaAddr() + ", 4096",
                        "fimc0, mapped by the IOMMU-API at 0x50000000, 4096",
                        "fimc0, mapped by the IOMMU-API at " + new DmaAddr(0x60000000L + inSection) + ", 4096"),
                ways());
        AddressMap map = soc.addressMap("page", page, camera);
        AddressMap.Strip strip = map.strips().get(2);
        assertTrue(
                strip.areas().stream()
                        .anyMatch(area ->
                                area.name().equals("IOMMU-API") && area.range().equals(PAGE)),
                strip.areas().toString());
        assertTrue(strip.marks().stream().anyMatch(mark -> mark.address().equals(IOVA)));
        camera.unmap(mapping);
        domain.unmap(PAGE).sync();
        domain.unmap(new AddrRange<>(new DmaAddr(0x60000000L), Bytes.mib(1))).sync();
        assertEquals(List.of(), ways());
    }

    @Test
    void audit_afterAnUnmapWithoutSync_saysThatTheDeviceStillReachesThePage() {
        map(IOVA, page, 4096);
        camera.write(IOVA, (byte) 1);
        IotlbGather gather = domain.unmap(PAGE);
        assertEquals(List.of("fimc0, stale IO-TLB entry at 0x50000000, 4096"), ways());
        List<String> hazards = soc.audit(page).hazards();
        assertEquals(1, hazards.size(), hazards.toString());
        assertTrue(
                hazards.get(0)
                        .startsWith("fimc0 still reaches the page at " + page
                                + " through a stale IO-TLB entry at 0x50000000: it was unmapped without a sync"),
                hazards.get(0));
        soc.free(page);
        assertTrue(
                soc.audit(page).hazards().stream().anyMatch(hazard -> hazard.contains("is free, and a device still")),
                soc.audit(page).toString());
        camera.write(IOVA, (byte) 2);
        assertEquals(page, soc.allocPage(), "the next owner gets it");
        assertEquals(1, soc.audit(page).hazards().size());
        gather.sync();
        assertEquals(List.of(), soc.audit(page).hazards());
    }

    @Test
    void audit_ofAFreePageThatIsStillMapped_saysSo() {
        DmaMapping mapping = camera.map(page, 4096, BIDIRECTIONAL);
        soc.free(page);
        AliasAudit audit = soc.audit(page);
        assertEquals(
                List.of("the page at " + page + " is free, and a device still reaches it (fimc0, map BIDIRECTIONAL at "
                        + mapping.dmaAddr()
                        + "): whoever gets it next shares it with the device; unmap, and sync, before free"),
                audit.hazards());
        camera.unmap(mapping);
        assertEquals(List.of(), soc.audit(page).hazards());
    }

    @Test
    void lookingChangesNothing() {
        map(IOVA, page, 4096);
        camera.write(IOVA, (byte) 1);
        IotlbGather gather = domain.unmap(PAGE);
        String before = camera.port().iommus().get(0).tlb().toString();
        long moment = soc.clock().nanos();
        assertEquals(1, soc.audit(page).hazards().size());
        soc.watch("word", page, 8, camera).step("looked");
        assertEquals(before, camera.port().iommus().get(0).tlb().toString());
        assertEquals(moment, soc.clock().nanos());
        gather.sync();
    }

    @Test
    void gather_saysWhatWasUnmappedAndWhatIsOwed() {
        map(IOVA, page, 4096);
        IotlbGather gather = domain.unmap(PAGE);
        assertEquals("4 KiB unmapped at 0x50000000, IO-TLBs are owed " + PAGE + " until sync()", gather.toString());
        gather.sync();
        assertEquals("4 KiB unmapped at 0x50000000, nothing is owed to IO-TLBs", gather.toString());
        String refused = domain.unmap(new AddrRange<>(IOVA.plus(1), 4096)).toString();
        assertTrue(refused.startsWith("nothing unmapped at 0x50000001, iommu_unmap returns 4294967274: "), refused);
        assertTrue(
                domain.table().toString().startsWith("ExynosSysmmuTable at " + domain.tableRoot() + ", pages of 4 KiB"),
                domain.table().toString());
        assertEquals("0 events of at most 8, 0 lost", soc.record(8).toString());
        assertTrue(Soc.of(Boards.tegra30()).toString().startsWith("tegra30, Linux 3.14, "));
    }
}
