package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheHierarchy;
import org.dmalab.engine.cache.CacheMaintenance;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.AliasAudit.Alias;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.engine.trace.CacheOperation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which aliases, copies and hazards an audit finds, and what a watch says. */
final class AuditTest {
    private static final byte[] OLD = "OLD DATA".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "NEW DATA".getBytes(StandardCharsets.US_ASCII);

    private static void write(Soc soc, VirtAddr address, byte[] bytes) {
        assertEquals(bytes.length, soc.cpu().write(soc.kernel(), address, bytes).orElseThrow(DmaFailure::new));
    }

    private static VirtAddr vmap(Soc soc, MemoryType type, PhysAddr... pages) {
        long[] pfns = new long[pages.length];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = pages[i].pfn();
        }
        return soc.kernel().vmap(PageArray.of(pfns), type, "test").orElseThrow(DmaFailure::new);
    }

    /** Another cached address of {@code page}, of the linear one's colour or of the other of two. */
    private static VirtAddr second(Soc soc, PhysAddr page, boolean sameColour) {
        PhysAddr filler = soc.allocPage();
        VirtAddr next = vmap(soc, MemoryType.WRITE_BACK, filler);
        soc.kernel().vunmap(next);
        boolean same = ((next.value() ^ soc.kernel().linear(page).value()) & 0x1000) == 0;
        return same == sameColour
                ? vmap(soc, MemoryType.WRITE_BACK, page)
                : vmap(soc, MemoryType.WRITE_BACK, filler, page).plus(4096);
    }

    private static List<Alias> by(AliasAudit audit, String who) {
        return audit.aliases().stream()
                .filter(alias -> alias.who().startsWith(who))
                .toList();
    }

    private static Soc withCache(CacheConfig inner) {
        return Soc.exynos4412().toBuilder().caches(CacheTopology.of(inner)).build();
    }

    @Test
    void audit_twoAreasOfOneType_areTwoAliasesOfAPageEach() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        VirtAddr one = vmap(soc, MemoryType.WRITE_BACK, page);
        VirtAddr two = vmap(soc, MemoryType.WRITE_BACK, page);
        List<Alias> found = by(soc.audit(page, 4096), "kernel, vmalloc");
        assertEquals(List.of(one, two), found.stream().map(Alias::address).toList());
        assertTrue(found.stream().allMatch(alias -> alias.bytes() == 4096), found.toString());
    }

    @Test
    void audit_pageTwiceInOneArea_isTwoAliases() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        PhysAddr between = soc.allocPage();
        VirtAddr area = vmap(soc, MemoryType.WRITE_BACK, page, between, page);
        List<Alias> found = by(soc.audit(page.plus(16), 100), "kernel, vmalloc");
        assertEquals(
                List.of(area.plus(16), area.plus(8192 + 16)),
                found.stream().map(Alias::address).toList());
        assertTrue(found.stream().allMatch(alias -> alias.bytes() == 100), found.toString());
    }

    @Test
    void audit_twoMappingsOfAProcessAndOfADevice_areTwoAliasesEach() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer buffer = camera.alloc(kib(64));
        var process = soc.newProcess();
        List<VirtAddr> shown = List.of(
                camera.mmap(buffer, process).range().start(),
                camera.mmap(buffer, process).range().start());
        SgTable table = camera.getSgtable(buffer);
        assertTrue(camera.map(table, DmaDirection.TO_DEVICE).nents() > 0);
        AliasAudit audit = soc.audit(buffer);
        assertEquals(2, by(audit, "process 1").size(), audit.aliases().toString());
        assertTrue(by(audit, "process 1").stream().allMatch(alias -> shown.contains(alias.address())));
        assertEquals(2, by(audit, "fimc0").size(), audit.aliases().toString());
        assertTrue(audit.aliases().stream().allMatch(alias -> alias.bytes() == kib(64)), audit.toString());
    }

    @Test
    void audit_sharedWindow_showsTheCoUsers() {
        Soc soc = Soc.exynos4412();
        DmaDevice mixer = soc.device("mixer");
        DmaBuffer frame = mixer.alloc(kib(64));
        AliasAudit audit = soc.audit(frame);
        DmaDevice other = soc.devices().stream()
                .filter(device -> device != mixer && device.ops() == mixer.ops())
                .findFirst()
                .orElseThrow();
        List<Alias> found = by(audit, other.name());
        assertEquals(
                List.of(other.name() + ", in a window shared with mixer"),
                found.stream().map(Alias::who).toList());
        assertEquals(frame.dmaAddr(), found.get(0).address());
        assertEquals(kib(64), found.get(0).bytes());
        assertEquals(List.of(), by(audit, "fimc0"), "has a window of its own");
        assertEquals(List.of(), by(audit, "sdhci2"), "sees all RAM, was given none of it");
        assertEquals(
                1,
                soc.addressMap("shared", frame.pages().page(0), other)
                        .strips()
                        .get(2)
                        .marks()
                        .size());
    }

    @Test
    void audit_highmemPage_isSeenThroughKmapSlots() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.pages().alloc(0, Gfp.HIGHUSER).orElseThrow(DmaFailure::new);
        assertFalse(soc.kernel().layout().lowmem().contains(page), "a page of highmem");
        VirtAddr slot = soc.kernel().kmap(page).orElseThrow(DmaFailure::new);
        VirtAddr atomic = soc.kernel().kmapAtomic(new CpuId(1), page).orElseThrow(DmaFailure::new);
        AliasAudit audit = soc.audit(page, 4096);
        assertEquals(
                List.of(slot, atomic),
                audit.aliases().stream().map(Alias::address).toList());
        assertEquals("kernel, kmap", audit.aliases().get(0).who());
    }

    @ParameterizedTest
    @CsvSource({"VIVT, 32, true", "VIPT, 32, true", "VIPT, 16, false", "PIPT, 32, false"})
    void audit_twoCachedMappings_areAHazardWhereTheCacheKeepsTwoLines(Indexing indexing, int kib, boolean hazard) {
        Soc soc = withCache(CacheConfig.of(kib(kib), 4, 32).with(indexing));
        PhysAddr page = soc.allocPage();
        VirtAddr linear = soc.kernel().linear(page);
        VirtAddr other = second(soc, page, false);
        List<String> hazards = soc.audit(page, 4096).hazards();
        assertEquals(hazard ? 1 : 0, hazards.size(), hazards.toString());
        assertTrue(!hazard || hazards.get(0).contains(indexing + " cache keeps a line for each"), hazards.toString());
        assertTrue(!hazard || hazards.get(0).contains(linear.toString()), hazards.toString());
        assertTrue(!hazard || hazards.get(0).contains(other.toString()), hazards.toString());
    }

    @Test
    void audit_twoCachedMappingsOfOneColour_areNoHazardInAViptCache() {
        Soc soc = withCache(CacheConfig.of(kib(32), 4, 32).with(Indexing.VIPT));
        PhysAddr page = soc.allocPage();
        VirtAddr other = second(soc, page, true);
        assertEquals(0, (other.value() ^ soc.kernel().linear(page).value()) & 0x1000);
        assertEquals(List.of(), soc.audit(page, 4096).hazards());
    }

    @Test
    void audit_synonyms_areTwoHoldersOfOneLineEach() {
        Soc soc = withCache(CacheConfig.of(kib(32), 4, 32).with(Indexing.VIVT));
        PhysAddr page = soc.allocPage();
        VirtAddr linear = soc.kernel().linear(page);
        VirtAddr other = second(soc, page, false);
        write(soc, linear, OLD);
        assertEquals(8, soc.cpu().read(soc.kernel(), other, 8).orElseThrow(DmaFailure::new).length);
        AliasAudit audit = soc.audit(page, 4096);
        assertEquals(
                List.of("L1 of CPU0", "L1 of CPU0, copy 2", "RAM"),
                audit.copies().stream().map(AliasAudit.Copy::where).toList());
        assertTrue(
                audit.copies().stream().limit(2).allMatch(copy -> copy.bytes() == 32),
                audit.copies().toString());
    }

    @Test
    void audit_bufferFreed_isRefused() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer freed = camera.alloc(kib(64));
        camera.free(freed);
        DmaBuffer again = camera.alloc(kib(64));
        assertEquals(freed.dmaAddr(), again.dmaAddr(), "the address belongs to another buffer now");
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> soc.audit(freed));
        assertTrue(String.valueOf(refusal.getMessage()).contains("buffer was freed before"), refusal.toString());
        assertEquals(kib(64), soc.audit(again).bytes());
    }

    @ParameterizedTest
    @CsvSource({"sdhci2, V3_14, true", "fimc0, V3_14, false", "sdhci2, V3_6, false"})
    void audit_dmaCoherentBelowTheCaches_isAHazardOnlyWhereTheOpsTrustIt(String name, Era era, boolean hazard) {
        Soc soc = Soc.exynos4412().toBuilder().era(era).dmaCoherent(name, true).build();
        PhysAddr page = soc.allocPage();
        assertEquals(
                page, soc.device(name).map(page, 4096, DmaDirection.TO_DEVICE).phys());
        assertEquals(
                hazard,
                soc.audit(page, 4096).hazards().stream().anyMatch(text -> text.startsWith(name + " has dma-coherent")));
    }

    @Test
    void audit_pagesWithLinesHeldAndNot_countsEveryStaleByteOnce() {
        Soc soc = Soc.exynos4412();
        DmaDevice card = soc.device("sdhci2");
        PhysAddr page = soc.pages().alloc(1, Gfp.KERNEL).orElseThrow(DmaFailure::new);
        VirtAddr linear = soc.kernel().linear(page);
        DmaMapping mapping = card.map(page, 8192, DmaDirection.FROM_DEVICE);
        write(soc, linear.plus(4096 + 64), OLD);
        write(soc, linear.plus(32), OLD);
        soc.evict(page.plus(4096 + 64), 8);
        card.write(mapping.dmaAddr().plus(32), NEW);
        AliasAudit audit = soc.audit(page, 8192);
        Alias cpu = by(audit, "kernel, linear map").get(0);
        assertEquals(3, cpu.staleBytes(), "OLD and NEW differ in three letters");
        assertEquals(Optional.of(page.plus(32)), cpu.firstStale());
        assertEquals(0, by(audit, "sdhci2").get(0).staleBytes());
        AliasAudit.Copy inner = audit.copies().get(0);
        assertEquals(new AliasAudit.Copy("L1 of CPU0", 32, 32, 3), inner);
        assertEquals("RAM", audit.copies().get(audit.copies().size() - 1).where());
        assertEquals(8192, audit.copies().get(audit.copies().size() - 1).bytes());
    }

    @Test
    void audit_dirtyLineOfADevicesTurn_isAHazardUntilItIsCleaned() {
        Soc soc = Soc.exynos4412();
        DmaDevice card = soc.device("sdhci2");
        PhysAddr page = soc.allocPage();
        DmaMapping mapping = card.map(page, 4096, DmaDirection.TO_DEVICE);
        Watch watch = soc.watch("the page", page.plus(64), 8, card);
        write(soc, soc.kernel().linear(page).plus(64), NEW);
        watch.step("store without a sync");
        CopyTimeline timeline = watch.timeline();
        int reads = timeline.places().indexOf("sdhci2 reads");
        assertEquals(State.STALE, timeline.steps().get(0).copies().get(reads).state());
        List<String> hazards = soc.audit(page).hazards();
        assertEquals(1, hazards.size(), hazards.toString());
        assertTrue(
                hazards.get(0)
                        .startsWith("sdhci2 may read, and misses 8 bytes from "
                                + mapping.dmaAddr().plus(64) + " on: L1 of CPU0 holds what was stored"),
                hazards.toString());
        assertTrue(hazards.get(0).contains("syncForDevice()"), hazards.toString());
        card.syncForDevice(mapping);
        assertEquals(List.of(), soc.audit(page).hazards());
    }

    @Test
    void audit_dirtyLineOfTheCpusTurn_isAHazardOnlyOutsideOfWhatWasSynced() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        PhysAddr page = soc.allocPage();
        DmaMapping mapping = camera.map(page, 4096, DmaDirection.BIDIRECTIONAL);
        camera.syncForCpu(mapping);
        write(soc, soc.kernel().linear(page), NEW);
        write(soc, soc.kernel().linear(page).plus(256), NEW);
        assertEquals(List.of(), soc.audit(page).hazards(), "its turn");
        camera.syncForDevice(mapping, 0, 128);
        assertEquals(List.of(), soc.audit(page).hazards(), "the rest is still its turn");
        camera.syncForDevice(mapping, 128, 64);
        write(soc, soc.kernel().linear(page).plus(128), NEW);
        List<String> hazards = soc.audit(page).hazards();
        assertEquals(1, hazards.size(), hazards.toString());
        assertTrue(
                hazards.get(0)
                        .contains("misses 8 bytes from " + mapping.dmaAddr().plus(128)),
                hazards.toString());
        camera.unmap(mapping);
        assertEquals(List.of(), soc.audit(page).hazards(), "no device has it");
    }

    @Test
    void audit_dirtyLineOfWhatADeviceOnlyWrites_orOfASnoopedPort_isNoHazard() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        assertEquals(
                page,
                soc.device("sdhci2").map(page, 4096, DmaDirection.FROM_DEVICE).phys());
        write(soc, soc.kernel().linear(page), NEW);
        assertEquals(List.of(), soc.audit(page).hazards());
        Soc zynq = Soc.zynq7000();
        PhysAddr other = zynq.allocPage();
        assertEquals(
                other,
                zynq.device("axidma-acp")
                        .map(other, 4096, DmaDirection.TO_DEVICE)
                        .phys());
        write(zynq, zynq.kernel().linear(other), NEW);
        assertEquals(List.of(), zynq.audit(other).hazards());
    }

    @Test
    void audit_lineOlderThanADevicesWrite_isAHazardUntilItIsInvalidated() {
        Soc soc = Soc.exynos4412();
        DmaDevice card = soc.device("sdhci2");
        PhysAddr page = soc.allocPage();
        VirtAddr linear = soc.kernel().linear(page);
        DmaMapping mapping = card.map(page, 4096, DmaDirection.FROM_DEVICE);
        assertEquals(8, soc.cpu().read(soc.kernel(), linear, 8).orElseThrow(DmaFailure::new).length);
        card.write(mapping.dmaAddr(), NEW);
        List<String> hazards = soc.audit(page).hazards();
        assertEquals(1, hazards.size(), hazards.toString());
        assertTrue(hazards.get(0).contains("the CPU reads 8 bytes at " + linear), hazards.toString());
        assertTrue(hazards.get(0).contains("that sdhci2 has overwritten"), hazards.toString());
        assertTrue(hazards.get(0).contains("syncForCpu() or unmap"), hazards.toString());
        card.syncForCpu(mapping);
        assertEquals(List.of(), soc.audit(page).hazards());
        write(soc, linear, OLD);
        card.write(mapping.dmaAddr(), NEW);
        String dirty = soc.audit(page).hazards().get(0);
        assertTrue(dirty.contains("what sdhci2 wrote is lost"), dirty);
    }

    @Test
    void audit_storeInTheWriteBuffer_isAHazardForADeviceThatPolls() {
        Soc soc = Soc.exynos4412().toBuilder().writeBuffer(4).build();
        DmaBuffer ring = soc.device("sdhci2").alloc(4096);
        write(soc, ring.cpuAddr(), NEW);
        List<String> hazards = soc.audit(ring).hazards();
        assertTrue(hazards.get(0).contains("write buffer of CPU0 holds what was stored"), hazards.toString());
        assertTrue(hazards.get(0).contains("a barrier must come"), hazards.toString());
        soc.cpu().barrier();
        assertTrue(
                soc.audit(ring).hazards().stream().noneMatch(hazard -> hazard.contains("may read, and misses")),
                soc.audit(ring).toString());
    }

    @Test
    void audit_largeBuffer_sumsToItsSize() {
        Soc soc = Soc.exynos4412().toBuilder().cma(mib(128)).build();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(mib(64));
        card.write(buffer.dmaAddr().plus(mib(32)), NEW);
        AliasAudit audit = soc.audit(buffer);
        assertTrue(audit.isTrue(), audit.toString());
        assertTrue(
                audit.aliases().stream().allMatch(alias -> alias.bytes() == mib(64)),
                audit.aliases().toString());
    }

    @Test
    void step_dirtyLineBehindADevicesWrite_isStaleAndDirty() {
        Soc soc = Soc.exynos4412();
        DmaDevice card = soc.device("sdhci2");
        PhysAddr page = soc.allocPage();
        DmaMapping mapping = card.map(page, 4096, DmaDirection.FROM_DEVICE);
        Watch watch = soc.watch("the page", page, 8, card);
        write(soc, soc.kernel().linear(page), OLD);
        card.write(mapping.dmaAddr(), NEW);
        watch.step("device writes below a dirty line");
        CopyTimeline timeline = watch.timeline();
        int line = timeline.places().indexOf("L1 of CPU0");
        assertEquals(
                State.STALE_DIRTY, timeline.steps().get(0).copies().get(line).state());
        assertEquals("the page: 1 step, stale in 1", timeline.toString());
    }

    @Test
    void watch_acrossLines_namesBoth() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> soc.watch("across", page.plus(28), 8));
        String text = String.valueOf(refusal.getMessage());
        assertTrue(text.contains("cross from the line at " + page + " into the line at " + page.plus(32)), text);
    }

    @Test
    void maintenance_cleanToUnification_leavesTheOuterCacheDirty() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        write(soc, soc.kernel().linear(page), NEW);
        soc.maintenance().maintain(CacheOperation.CLEAN, page, 32, CacheMaintenance.Point.UNIFICATION);
        assertEquals(CacheHierarchy.LineState.DIRTY, soc.caches().state(page), "dirty in L2 now");
        soc.maintenance().maintain(CacheOperation.CLEAN, page, 32, CacheMaintenance.Point.COHERENCY);
        assertEquals(CacheHierarchy.LineState.CLEAN, soc.caches().state(page));
    }

    @Test
    void step_oneOfTheBytesWaitsInTheWriteBuffer_showsItThere() {
        Soc soc = Soc.exynos4412().toBuilder().writeBuffer(4).build();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer ring = card.alloc(4096);
        Watch watch = soc.watch("status", ring.pages().page(0), 4, card);
        assertEquals(
                1,
                soc.cpu()
                        .write(soc.kernel(), ring.cpuAddr().plus(1), (byte) 'x')
                        .orElseThrow(DmaFailure::new));
        watch.step("store of one byte");
        CopyTimeline timeline = watch.timeline();
        int buffer = timeline.places().indexOf("write buffer of CPU0");
        assertEquals(
                new CopyTimeline.Copy(State.DIRTY, "·x··"),
                timeline.steps().get(0).copies().get(buffer));
    }
}
