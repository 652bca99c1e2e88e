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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.VmallocArea;
import org.dmalab.engine.cpu.VmallocFlag;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.CmaArea;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageTypeInfo;
import org.junit.jupiter.api.Test;

/** A machine in the state of another one, told by the files of its {@code /proc}. */
final class RestoreTest {
    private static final byte[] NEW = "NEW DATA".getBytes(StandardCharsets.US_ASCII);

    private static byte[] read(Soc soc, VirtAddr address) {
        return soc.cpu().read(soc.kernel(), address, NEW.length).orElseThrow(DmaFailure::new);
    }

    private static void write(Soc soc, VirtAddr address, byte[] bytes) {
        assertEquals(bytes.length, soc.cpu().write(soc.kernel(), address, bytes).orElseThrow(DmaFailure::new));
    }

    @Test
    void restore_setsTheZonesAndRefusesWhatDoesNotFit() {
        Soc soc = Soc.exynos4412();
        FragmentationSnapshot other = new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(
                        0, "Normal", List.of(5L, 4L, 3L, 2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L))),
                "then",
                "a board");
        soc.restore(other);
        assertEquals(
                other.zones().get(0).freeBlocks(),
                soc.fragmentation().zones().get(0).freeBlocks());
        assertTrue(soc.device("sdhci2").tryAlloc(mib(1)).isFailed());
        FragmentationSnapshot huge = new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(
                        0, "Normal", List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1_000_000L))),
                "then",
                "a server");
        assertThrows(IllegalArgumentException.class, () -> soc.restore(huge));
    }

    private static Soc small() {
        return Soc.exynos4412().toBuilder().ram(mib(64)).cma(mib(16)).build();
    }

    private static FragmentationSnapshot normal(Long... freeBlocks) {
        return new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(0, "Normal", List.of(freeBlocks))), "then", "a board");
    }

    private static void checkInvariants(Soc soc) {
        soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
        soc.frames().checkInvariants();
        soc.cmaAreas().forEach(CmaArea::checkInvariants);
    }

    @Test
    void restore_besideBuffersAndMovablePages_leavesThemAndTheirContent() {
        Soc soc = small();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(mib(1));
        write(soc, buffer.cpuAddr(), NEW);
        MovablePages cache = soc.movable("page cache");
        assertEquals(500, cache.alloc(500));
        long held = cache.pfns().findFirst().orElseThrow();
        soc.frames().pin(held, "gpu");
        FragmentationSnapshot wanted = normal(50L, 40L, 30L, 20L, 10L, 5L, 4L, 3L, 2L, 1L, 1L);
        soc.restore(wanted);
        checkInvariants(soc);
        assertEquals(
                wanted.zones().get(0).freeBlocks(),
                soc.fragmentation().zones().get(0).freeBlocks());
        cache.pfns().forEach(pfn -> assertTrue(cache.has(pfn)));
        assertArrayEquals(NEW, read(soc, buffer.cpuAddr()));
        PhysAddr start = buffer.pages().page(0);
        assertTrue(soc.cma().isAllocated(start), "the buffer is still one");
        soc.frames().unpin(held, "gpu");
        assertEquals(500, cache.free(500, 3) + cache.free(500, 4) + cache.free(500, 5));
        card.free(buffer);
        checkInvariants(soc);
        soc.restore(wanted);
        checkInvariants(soc);
    }

    @Test
    void restore_unknownPagesInAnArea_canBeMovedAndRestoredAnew() {
        Soc soc = small();
        soc.restore(normal(3000L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
        checkInvariants(soc);
        assertTrue(soc.frames().ownedPages() > 0, "somebody has pages in the area");
        PhysAddr block = soc.cma().alloc(256, 8, "decoder").orElseThrow(DmaFailure::new);
        checkInvariants(soc);
        FragmentationSnapshot more = normal(2000L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 2L);
        soc.restore(more);
        checkInvariants(soc);
        assertTrue(soc.cma().isAllocated(block));
        assertTrue(soc.cma().release(block, 256));
        checkInvariants(soc);
    }

    @Test
    void restore_noRoomBesideWhatIsInUse_namesTheUsersAndChangesNothing() {
        Soc soc = small();
        assertTrue(soc.cma().alloc(1024, 8, "decoder") instanceof Outcome.Done);
        MovablePages cache = soc.movable("page cache");
        assertEquals(2000, cache.alloc(2000));
        String before = soc.pageTypes().toString();
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> soc.restore(normal(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 13L)))
                .getMessage());
        assertTrue(message.contains("page cache: 2000 pages, CMA reserved, decoder: 1024 pages"), message);
        assertEquals(before, soc.pageTypes().toString());
        checkInvariants(soc);
    }

    @Test
    void restore_fewerCmaPageblocksThanTheAreasHave_isRefused() {
        Soc soc = small();
        PageTypeInfo own = soc.pageTypes();
        PageTypeInfo.ZoneTypes zone = own.zones().get(0);
        List<PageTypeInfo.TypeOrders> types = new ArrayList<>();
        for (PageTypeInfo.TypeOrders type : zone.types()) {
            long moved = type.type() == MigrateType.CMA ? -4 : type.type() == MigrateType.MOVABLE ? 4 : 0;
            types.add(new PageTypeInfo.TypeOrders(type.type(), type.freeBlocks(), type.pageblocks() + moved));
        }
        PageTypeInfo without =
                new PageTypeInfo(10, List.of(new PageTypeInfo.ZoneTypes(0, zone.zone(), types)), "then", "a board");
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> soc.restore(without))
                .getMessage());
        assertTrue(message.contains("4 pageblocks of CMA areas: only 0 CMA pageblocks are given"), message);
        assertEquals(own.toString(), soc.pageTypes().toString());
        soc.restore(own);
        assertEquals(own.toString(), soc.pageTypes().toString());
        checkInvariants(soc);
    }

    @Test
    void restoreVmalloc_placesAreasBesideBuffers_refusesWhatIsInUseOrNothing() {
        Soc soc = small();
        DmaBuffer buffer = soc.device("fimc0").alloc(kib(64));
        VirtAddr taken = buffer.cpuAddr();
        VmallocArea over = area(taken);
        String before = soc.kernel().vmallocinfo();
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> soc.restoreVmalloc(List.of(over)))
                        .getMessage());
        assertTrue(message.contains("in use: "), message);
        assertThrows(IllegalArgumentException.class, () -> soc.restoreVmalloc(List.of()));
        assertEquals(before, soc.kernel().vmallocinfo());
        VmallocArea beside = area(taken.plus(mib(1)));
        assertEquals(List.of(), soc.restoreVmalloc(List.of(beside)));
        assertTrue(soc.kernel().vmallocAreas().stream()
                .anyMatch(area -> area.line().equals(beside)));
    }

    private static VmallocArea area(VirtAddr start) {
        return new VmallocArea(
                new AddrRange<>(start, 8192),
                "module_alloc+0x1/0x2",
                Set.of(VmallocFlag.VMALLOC),
                OptionalInt.of(1),
                Optional.empty());
    }

    @Test
    void restore_besideALiveBufferAndACmaArea_leavesBothUsable() {
        Soc soc = Soc.exynos4412().toBuilder().cma(mib(16)).build();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(kib(64));
        card.write(buffer.dmaAddr(), (byte) 42);
        soc.restore(new FragmentationSnapshot(
                List.of(new FragmentationSnapshot.ZoneOrders(
                        0, "Normal", List.of(500L, 40L, 30L, 20L, 10L, 0L, 0L, 0L, 0L, 0L, 100L))),
                "then",
                "a board"));
        soc.cma().checkInvariants();
        assertEquals(42, card.read(buffer.dmaAddr(), 1)[0]);
        card.free(buffer);
        soc.cma().checkInvariants();
        soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
    }

    @Test
    void restore_vmallocAreasOfAnotherMachine_areInTheWayOfThisOne() {
        Soc soc = Soc.exynos4412();
        VmallocArea area = new VmallocArea(
                new AddrRange<>(new VirtAddr(0xf1000000L), mib(64)),
                "old",
                Set.of(),
                OptionalInt.empty(),
                Optional.empty());
        VmallocArea module = new VmallocArea(
                new AddrRange<>(new VirtAddr(0xbf000000L), 8192),
                "mod",
                Set.of(),
                OptionalInt.empty(),
                Optional.empty());
        int before = buffersUntilFull(Soc.exynos4412());
        assertEquals(List.of(module), soc.restoreVmalloc(List.of(area, module)));
        int after = buffersUntilFull(soc);
        assertTrue(after <= before - 8, before + " without, " + after + " with 64 MiB taken");
        assertThrows(IllegalArgumentException.class, () -> soc.restoreVmalloc(List.of()));
    }

    private static int buffersUntilFull(Soc soc) {
        int buffers = 0;
        while (!soc.device("mixer").tryAlloc(mib(8)).isFailed()) {
            buffers++;
        }
        return buffers;
    }

    private static PageTypeInfo types(String zone, int order, long pageblocks, Long... free) {
        return new PageTypeInfo(order, List.of(zone(zone, pageblocks, free)), "then", "a board");
    }

    private static PageTypeInfo.ZoneTypes zone(String zone, long pageblocks, Long... free) {
        return new PageTypeInfo.ZoneTypes(
                0, zone, List.of(new PageTypeInfo.TypeOrders(MigrateType.MOVABLE, List.of(free), pageblocks)));
    }

    /** A Raspberry Pi 4 with 8 GiB, as its 64-bit kernel counts: pageblocks of 2 MiB. */
    @Test
    void like_zonesOfA64BitMachine_haveTheirNamesSizesAndFreeBlocks() {
        PageTypeInfo pi = new PageTypeInfo(
                9,
                List.of(
                        zone("DMA", 474, 7L, 5L, 3L, 1L, 0L, 0L, 0L, 2L, 1L, 0L, 200L),
                        zone("DMA32", 1536, 300L, 200L, 100L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L),
                        zone("Normal", 2048, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 900L)),
                "then",
                "a Pi");
        Soc soc = Soc.like(pi);
        assertEquals(pi.snapshot().zones(), soc.fragmentation().zones());
        assertEquals(
                List.of(474L, 1536L, 2048L),
                soc.pageTypes().zones().stream()
                        .map(zone -> zone.pageblocks(MigrateType.MOVABLE))
                        .toList());
        PhysAddr low = soc.pages().alloc(0, Gfp.DMA32).orElseThrow(DmaFailure::new);
        assertTrue(low.value() < 1L << 32, low.toString());
        PhysAddr high = soc.pages().alloc(10, Gfp.KERNEL).orElseThrow(DmaFailure::new);
        assertTrue(high.value() >= 1L << 32, high.toString());
        assertEquals(
                0xFFFF_0000_0000_0000L + high.value(), soc.kernel().linear(high).value());
        write(soc, soc.kernel().linear(high), NEW);
        assertArrayEquals(NEW, read(soc, soc.kernel().linear(high)));
        checkInvariants(soc);
    }

    @Test
    void like_zonesOfA32BitMachine_meetWhereLowmemEnds() {
        PageTypeInfo board = new PageTypeInfo(
                10,
                List.of(
                        zone("Normal", 190, 4L, 3L, 2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 20L),
                        zone("HighMem", 322, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 30L)),
                "then",
                "a board");
        Soc soc = Soc.like(board);
        assertEquals(board.snapshot().zones(), soc.fragmentation().zones());
        assertEquals(mib(760), soc.kernel().layout().lowmem().bytes());
        assertEquals(mib(2048), soc.board().memory().bytes());
        checkInvariants(soc);
    }

    @Test
    void restore_buddyinfoWithDma32_fitsA64BitMachine() {
        FragmentationSnapshot pi = new FragmentationSnapshot(
                List.of(
                        new FragmentationSnapshot.ZoneOrders(
                                0, "DMA", List.of(9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L, 0L, 100L)),
                        new FragmentationSnapshot.ZoneOrders(
                                0, "DMA32", List.of(9L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 300L)),
                        new FragmentationSnapshot.ZoneOrders(
                                0, "Normal", List.of(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 800L))),
                "then",
                "a Pi");
        String refused = String.valueOf(assertThrows(
                        IllegalArgumentException.class, () -> Soc.exynos4412().restore(pi))
                .getMessage());
        assertTrue(refused.contains("Soc.arm64(bytes) has DMA32"), refused);
        Soc soc = Soc.arm64(8L << 30);
        soc.restore(pi);
        assertEquals(pi.zones(), soc.fragmentation().zones());
        checkInvariants(soc);
    }

    @Test
    void like_zonesThatFitNoLayout_areRefusedByName() {
        for (PageTypeInfo wrong : List.of(
                types("Movable", 10, 10, 1L),
                types("Device", 10, 10, 1L),
                types("Normal", 10, 0, 1L),
                new PageTypeInfo(10, List.of(), "then", "a board"),
                new PageTypeInfo(10, List.of(zone("DMA32", 10, 1L), zone("HighMem", 10, 1L)), "then", "a board"),
                new PageTypeInfo(10, List.of(zone("DMA", 1025, 1L), zone("Normal", 10, 1L)), "then", "a board"),
                new PageTypeInfo(10, List.of(zone("DMA", 10, 1L), zone("DMA", 10, 1L)), "then", "a board"))) {
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Soc.like(wrong))
                    .getMessage());
            assertTrue(message.contains("zone") || message.contains("HighMem") || message.contains("DMA32"), message);
        }
    }

    @Test
    void arm64_whatIsModelledFor32BitsOnly_isRefused() {
        Soc soc = Soc.arm64(mib(64));
        assertThrows(IllegalArgumentException.class, soc::newProcess);
        assertThrows(IllegalArgumentException.class, () -> soc.toBuilder().cma(mib(16)));
        assertThrows(IllegalArgumentException.class, () -> soc.toBuilder().vmalloc(mib(64)));
        assertThrows(IllegalArgumentException.class, () -> Soc.arm64(1 << 20));
        assertEquals(
                mib(128), soc.toBuilder().ram(mib(128)).build().board().memory().bytes());
    }
}
