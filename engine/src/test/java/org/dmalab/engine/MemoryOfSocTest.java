package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.arm.CoherentMapping;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.DmaMapping;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.ReservedMemory;
import org.dmalab.engine.memory.ZoneKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Zones, CMA, caches and aliases as a whole machine puts them together. */
final class MemoryOfSocTest {
    private static final byte[] OLD = "OLD DATA".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "NEW DATA".getBytes(StandardCharsets.US_ASCII);

    private static byte[] read(Soc soc, VirtAddr address) {
        return soc.cpu().read(soc.kernel(), address, OLD.length).orElseThrow(DmaFailure::new);
    }

    private static void write(Soc soc, VirtAddr address, byte[] bytes) {
        assertEquals(bytes.length, soc.cpu().write(soc.kernel(), address, bytes).orElseThrow(DmaFailure::new));
    }

    @Test
    void banks_withAHole_areZonesThatNeverGiveOutTheHole() {
        Soc soc = Soc.exynos4412().toBuilder()
                .banks(List.of(
                        new AddrRange<>(new PhysAddr(0x40000000L), mib(64)),
                        new AddrRange<>(new PhysAddr(0x48000000L), mib(64))))
                .build();
        List<PhysAddr> pages = new ArrayList<>();
        Outcome<PhysAddr> next = soc.pages().alloc(0, Gfp.KERNEL);
        while (next instanceof Outcome.Done<PhysAddr> page) {
            pages.add(page.value());
            next = soc.pages().alloc(0, Gfp.KERNEL);
        }
        assertTrue(pages.size() > 20_000, "both banks are used: " + pages.size());
        for (PhysAddr page : pages) {
            assertTrue(soc.ram().contains(page, 4096), page.toString());
        }
        for (PhysAddr page : pages) {
            soc.pages().free(page, 0);
        }
        soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
    }

    @Test
    void dmaZone_servesWhatAsksForItAndIsTheLastResortOfTheRest() {
        Soc soc = Soc.exynos4412().toBuilder().dmaZone(mib(16)).build();
        assertEquals(ZoneKind.DMA, soc.pages().zones().get(0).kind());
        PhysAddr low = soc.pages().alloc(0, Gfp.DMA).orElseThrow(DmaFailure::new);
        assertTrue(low.value() < 0x40000000L + mib(16), low.toString());
        PhysAddr normal = soc.pages().alloc(0, Gfp.KERNEL).orElseThrow(DmaFailure::new);
        assertTrue(normal.value() >= 0x40000000L + mib(16), normal.toString());
    }

    @Test
    void reserve_reusableRegion_isACmaAreaWhereTheTreeSays() {
        AddrRange<PhysAddr> range = new AddrRange<>(new PhysAddr(0x50000000L), mib(32));
        Soc soc = Soc.exynos4412().toBuilder()
                .reserve(new ReservedMemory("camera", range, ReservedMemory.Kind.REUSABLE))
                .build();
        assertEquals("camera", soc.cmaAreas().get(0).name());
        assertEquals(range.start(), soc.cma().base());
        assertEquals(
                range.start(), soc.cma().alloc(16, 4).orElseThrow(DmaFailure::new), "first fit from the area's start");
    }

    @ParameterizedTest
    @CsvSource({"V3_6, 0x50000000, true", "V3_14, 0x50000000, true", "V3_14, 0x78000000, false"})
    void reserve_reusableRegion_isWhereCoherentBuffersComeFrom(Era era, String start, boolean lowmem) {
        AddrRange<PhysAddr> range = new AddrRange<>(new PhysAddr(Long.decode(start)), mib(32));
        Soc soc = Soc.exynos4412().toBuilder()
                .era(era)
                .reserve(new ReservedMemory("camera", range, ReservedMemory.Kind.REUSABLE))
                .build();
        assertEquals(CoherentMapping.CMA_REMAP, soc.coherentMapping());
        DmaBuffer buffer = soc.device("sdhci2").alloc(kib(64));
        assertEquals(range.start(), buffer.pages().page(0));
        assertEquals(lowmem, soc.kernel().isLinear(buffer.cpuAddr()));
        assertEquals(
                MemoryType.NORMAL_NONCACHEABLE,
                soc.kernel()
                        .resolve(buffer.cpuAddr())
                        .orElseThrow(DmaFailure::new)
                        .type());
        assertEquals(List.of(), soc.audit(buffer).hazards());
    }

    @Test
    void reserve_overTheKernel_isRefusedWithBothNames() {
        SocBuilder<Soc> builder = Soc.exynos4412().toBuilder()
                .reserve(new ReservedMemory(
                        "frame buffer",
                        new AddrRange<>(new PhysAddr(0x40000000L), mib(4)),
                        ReservedMemory.Kind.KERNEL));
        DmaFailure refused = assertThrows(DmaFailure.class, builder::build);
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("frame buffer"), message);
    }

    /** Two chips side by side: the page allocator gives out blocks that lie over the seam. */
    @Test
    void banks_thatTouch_areOne_andABufferOverTheSeamIsReadAndWritten() {
        PhysAddr seam = new PhysAddr(0x41100000L);
        Soc soc = Soc.exynos4412().toBuilder()
                .banks(List.of(new AddrRange<>(new PhysAddr(0x40000000L), mib(17)), new AddrRange<>(seam, mib(15))))
                .build();
        assertEquals(
                List.of(new AddrRange<>(new PhysAddr(0x40000000L), mib(32))),
                soc.board().memory().banks());
        VirtAddr over = soc.kernel().linear(seam.plus(-4));
        write(soc, over, NEW);
        assertArrayEquals(NEW, read(soc, over));
        List<PhysAddr> blocks = new ArrayList<>();
        boolean across = false;
        while (!across) {
            PhysAddr block = soc.pages().alloc(9, Gfp.KERNEL).orElseThrow(DmaFailure::new);
            blocks.add(block);
            across = block.value() < seam.value() && block.value() + mib(2) > seam.value();
        }
        byte[] data = new byte[(int) mib(2)];
        PhysAddr last = blocks.get(blocks.size() - 1);
        soc.ram().write(last, data, 0, data.length);
        soc.ram().zero(last, data.length);
        assertEquals(0, soc.ram().readLong(seam));
    }

    @Test
    void banks_thatOverlapOrDescend_areRefused() {
        AddrRange<PhysAddr> bank = new AddrRange<>(new PhysAddr(0x40000000L), mib(64));
        for (long start : new long[] {0x40000000L, 0x43ff0000L, 0x3c000000L}) {
            AddrRange<PhysAddr> other = new AddrRange<>(new PhysAddr(start), mib(64));
            assertTrue(String.valueOf(assertThrows(
                                    IllegalArgumentException.class,
                                    () -> new Board.Memory(List.of(bank, other), mib(240), 0, 0, List.of()))
                            .getMessage())
                    .contains("banks must be ascending and not overlap"));
        }
    }

    @Test
    void cma_migration_keepsTheContentOfEveryPageThatMoves() {
        Soc soc = Soc.exynos4412().toBuilder().ram(mib(64)).cma(mib(16)).build();
        MovablePages cache = soc.movable("page cache");
        int taken = cache.alloc(14_000);
        assertEquals(2_500, cache.free(2_500, 5));
        List<Long> before = cache.pfns().boxed().toList();
        assertTrue(taken > 12_000, "the machine is nearly full: " + taken);
        for (int i = 0; i < before.size(); i++) {
            write(soc, soc.kernel().linear(PhysAddr.ofPfn(before.get(i))), stamp(i));
        }
        DmaBuffer buffer = soc.device("sdhci2").alloc(mib(8));
        List<Long> after = cache.pfns().boxed().toList();
        int moved = 0;
        for (int i = 0; i < after.size(); i++) {
            moved += after.get(i).equals(before.get(i)) ? 0 : 1;
            assertArrayEquals(stamp(i), read(soc, soc.kernel().linear(PhysAddr.ofPfn(after.get(i)))), "page " + i);
        }
        assertTrue(moved > 500, "pages were moved away: " + moved);
        assertArrayEquals(new byte[8], read(soc, buffer.cpuAddr()), "and the buffer is clear");
        assertEquals(mib(8) >> 12, soc.cmaMap().pages(PageMap.Use.CONTIGUOUS));
    }

    private static byte[] stamp(int i) {
        return String.format("%08d", i).getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void cma_pinnedPages_areNamedByTheFailure() {
        Soc soc = Soc.exynos4412().toBuilder().ram(mib(64)).cma(mib(16)).build();
        MovablePages cache = soc.movable("page cache");
        assertTrue(cache.alloc(14_000) > 12_000, "the machine is nearly full");
        assertEquals(3_000, cache.free(3_000, 5));
        assertTrue(cache.pin(200, "decoder: get_user_pages", 3) > 0, "some pages are pinned");
        String why = soc.device("sdhci2").tryAlloc(mib(8)).explain();
        assertTrue(why.contains("decoder: get_user_pages"), why);
        assertTrue(why.contains("soc.frames().unpin(\"decoder: get_user_pages\", 0x"), why);
    }

    @ParameterizedTest
    @CsvSource({"axidma-hp, false, NEW DATA", "axidma-hp, true, OLD DATA", "axidma-acp, true, NEW DATA"})
    void dmaCoherent_isRightOnlyOnAPortThatSnoops(String name, boolean claim, String seen) {
        Soc soc = Soc.zynq7000().toBuilder().dmaCoherent(name, claim).build();
        DmaDevice device = soc.device(name);
        PhysAddr page = soc.allocPage();
        VirtAddr address = soc.kernel().linear(page);
        write(soc, address, OLD);
        DmaMapping mapping = device.map(page, 4096, DmaDirection.FROM_DEVICE);
        device.write(mapping.dmaAddr(), NEW);
        device.unmap(mapping);
        assertEquals(seen, new String(read(soc, address), StandardCharsets.US_ASCII));
        boolean lies = seen.startsWith("OLD");
        assertEquals(!lies, soc.audit(page, 8).isTrue());
    }

    @Test
    void writeBuffer_holdsAStoreUntilTheDoorbell() {
        Soc soc = Soc.exynos4412().toBuilder().writeBuffer(4).build();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer ring = card.alloc(4096);
        write(soc, ring.cpuAddr(), NEW);
        assertArrayEquals(new byte[8], card.poll(ring.dmaAddr(), 8), "no barrier yet");
        assertArrayEquals(NEW, read(soc, ring.cpuAddr()), "the CPU sees its own store");
        assertTrue(
                soc.audit(ring).copies().stream().anyMatch(copy -> copy.where().equals("write buffer of CPU0")));
        assertArrayEquals(NEW, card.read(ring.dmaAddr(), 8), "writel waits for the write buffer");
    }

    @Test
    void virtuallyIndexedCache_twoAddressesOfOnePage_disagree() {
        CacheConfig vivt = CacheConfig.of(kib(32), 4, 32).with(Indexing.VIVT);
        Soc soc = Soc.exynos4412().toBuilder().caches(CacheTopology.of(vivt)).build();
        PhysAddr page = soc.allocPage();
        VirtAddr linear = soc.kernel().linear(page);
        VirtAddr other = soc.kernel()
                .vmap(PageArray.of(page.pfn()), MemoryType.WRITE_BACK, "test")
                .orElseThrow(DmaFailure::new);
        write(soc, linear, OLD);
        assertEquals(8, read(soc, other).length);
        write(soc, linear, NEW);
        assertArrayEquals(new byte[8], read(soc, other), "its tags are virtual addresses: the line is not found");
    }

    @Test
    void secondCpu_seesWhatTheFirstWrote() {
        Soc soc = Soc.exynos4412();
        PhysAddr page = soc.allocPage();
        write(soc, soc.kernel().linear(page), NEW);
        assertArrayEquals(
                NEW, soc.cpu(1).read(soc.kernel(), soc.kernel().linear(page), 8).orElseThrow(DmaFailure::new));
        assertThrows(IllegalArgumentException.class, () -> soc.cpu(4));
    }

    @Test
    void watch_followsAStaleReadAndItsCure() {
        Soc soc = Soc.exynos4412();
        DmaDevice card = soc.device("sdhci2");
        PhysAddr page = soc.allocPage();
        VirtAddr address = soc.kernel().linear(page);
        Watch watch = soc.watch("the page", page, 8, card);
        DmaMapping mapping = card.map(page, 4096, DmaDirection.FROM_DEVICE);
        assertEquals(8, read(soc, address).length);
        card.write(mapping.dmaAddr(), NEW);
        watch.step("device writes");
        String before = soc.fingerprint();
        watch.step("nothing");
        assertEquals(before, soc.fingerprint(), "looking changes nothing");
        card.syncForCpu(mapping);
        watch.step("sync");
        CopyTimeline timeline = watch.timeline();
        int reads = timeline.places().indexOf("cached reads");
        assertEquals(
                List.of(CopyTimeline.State.STALE, CopyTimeline.State.STALE, CopyTimeline.State.FRESH),
                timeline.steps().stream()
                        .map(step -> step.copies().get(reads).state())
                        .toList());
        assertThrows(IllegalArgumentException.class, () -> soc.watch("too long", page, 17));
        assertThrows(IllegalArgumentException.class, () -> soc.watch("across lines", page.plus(28), 8));
    }

    @Test
    void audit_listsEveryAliasAndCountsStaleBytes() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer buffer = camera.alloc(kib(64));
        assertEquals(kib(64), camera.mmap(buffer, soc.newProcess()).range().bytes());
        AliasAudit audit = soc.audit(buffer);
        assertTrue(audit.isTrue());
        List<String> who = audit.aliases().stream().map(AliasAudit.Alias::who).toList();
        assertTrue(
                who.contains("fimc0") && who.stream().anyMatch(name -> name.startsWith("process 1")), who.toString());
        assertTrue(
                audit.aliases().stream().allMatch(alias -> alias.bytes() == kib(64)),
                audit.aliases().toString());
        assertThrows(IllegalArgumentException.class, () -> soc.audit(new PhysAddr(0x1000), 16));
        assertThrows(
                IllegalArgumentException.class, () -> soc.audit(buffer.pages().page(0), 0));
    }

    @Test
    void addressMap_marksThePageInEveryView() {
        Soc soc = Soc.exynos4412().toBuilder().cma(mib(16)).build();
        PhysAddr page = soc.allocPage();
        DmaDevice camera = soc.device("fimc0");
        DmaMapping mapping = camera.map(page, 4096, DmaDirection.TO_DEVICE);
        AddressMap map = soc.addressMap("one page", page, camera);
        assertEquals(
                List.of(soc.kernel().linear(page), page, mapping.dmaAddr()),
                map.strips().stream()
                        .map(strip -> strip.marks().get(0).address())
                        .toList());
        assertTrue(map.strips().get(1).areas().stream()
                .anyMatch(area -> area.name().equals("CMA reserved")));
    }

    @Test
    void cma_onABoardWithoutAnArea_saysHowToGetOne() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> Soc.exynos4412().cma());
        assertTrue(String.valueOf(refused.getMessage()).contains(".cma("), refused.getMessage());
    }
}
