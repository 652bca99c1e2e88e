package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.cpu.MapRequest;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.MovablePages;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.memory.SgTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes and their own pages: migrated, pinned, given back. */
final class ProcessTest {
    private static final byte[] DATA = {1, 2, 3, 4};

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(DmaFailure::new);
    }

    /** A machine that is so full that what a process gets next lies in the CMA area. */
    private static Soc full(CacheTopology topology) {
        Soc soc = Soc.exynos4412().toBuilder()
                .ram(mib(64))
                .cma(mib(16))
                .caches(topology)
                .build();
        MovablePages cache = soc.movable("page cache");
        while (!inArea(soc, soc.pages().alloc(0, Gfp.HIGHUSER_MOVABLE).orElseThrow(DmaFailure::new))) {
            assertTrue(cache.alloc(1) == 1);
        }
        return soc;
    }

    private static boolean inArea(Soc soc, PhysAddr page) {
        long offset = page.minus(soc.cma().base());
        boolean inside = offset >= 0 && offset < mib(16);
        soc.pages().free(page, 0);
        return inside;
    }

    private static PhysAddr phys(UserAddressSpace process, VirtAddr address) {
        return done(process.resolve(address)).phys();
    }

    @ParameterizedTest
    @EnumSource(Indexing.class)
    void cmaAlloc_overAProcessesPages_movesThemAndTheMappingFollows(Indexing indexing) {
        CacheConfig inner = CacheConfig.of(kib(32), 4, 32).with(indexing);
        Soc soc = Soc.exynos4412().toBuilder()
                .ram(mib(64))
                .cma(mib(16))
                .caches(CacheTopology.of(inner))
                .build();
        UserAddressSpace camera = soc.newProcess("camera");
        AddrRange<VirtAddr> memory = done(camera.mapAnonymous(mib(48)));
        int inArea = 0;
        for (long at = 0; at < memory.bytes(); at += 4096) {
            byte[] stamp = {(byte) (at >> 12), (byte) (at >> 20), 7};
            assertEquals(3, done(soc.cpu().write(camera, memory.start().plus(at), stamp)));
            long offset = phys(camera, memory.start().plus(at)).minus(soc.cma().base());
            inArea += offset >= 0 && offset < mib(16) ? 1 : 0;
        }
        assertTrue(inArea > 100, "some of it was borrowed from the area: " + inArea);
        camera.unmap(new AddrRange<>(memory.start(), mib(16)));

        PhysAddr first = soc.cma().alloc(mib(16) >> 12, 0).orElseThrow(DmaFailure::new);

        assertEquals(soc.cma().base(), first);
        for (long at = mib(16); at < memory.bytes(); at += 4096) {
            byte[] stamp = {(byte) (at >> 12), (byte) (at >> 20), 7};
            VirtAddr address = memory.start().plus(at);
            assertArrayEquals(stamp, done(soc.cpu().read(camera, address, 3)), address.toString());
            long offset = phys(camera, address).minus(first);
            assertFalse(offset >= 0 && offset < mib(16), "outside the area");
        }
        camera.exit();
        assertEquals(0, soc.frames().ownedPages());
        soc.frames().checkInvariants();
        soc.pages().zones().forEach(zone -> zone.buddy().checkInvariants());
    }

    @Test
    void pinnedPages_stayUntilTheyAreUnpinned_evenAfterExit() {
        Soc soc = Soc.exynos4412();
        long free = soc.pages().freeBytes();
        UserAddressSpace player = soc.newProcess("player");
        AddrRange<VirtAddr> memory = done(player.mapAnonymous(kib(64)));
        assertArrayEquals(new byte[4], done(soc.cpu().read(player, memory.start(), 4)), "cleared");
        AddrRange<VirtAddr> part = new AddrRange<>(memory.start().plus(100), kib(8));
        PageArray pages = done(player.pin(part, "jpeg: get_user_pages"));
        assertEquals(3, pages.count(), "from the middle of a page");
        DmaDevice jpeg = soc.device("jpeg");
        SgMapping mapping = jpeg.map(SgTable.fromPages(pages.pfns(), 100, kib(8)), DmaDirection.FROM_DEVICE);

        player.exit();

        assertTrue(player.hasEnded());
        assertEquals(3, player.ownPageCount());
        jpeg.write(mapping.dmaAddr(), DATA);
        assertArrayEquals(DATA, jpeg.read(mapping.dmaAddr(), 4));
        jpeg.unmap(mapping);
        assertThrows(IllegalArgumentException.class, () -> player.unpin(pages, "somebody else"));
        player.unpin(pages, "jpeg: get_user_pages");
        assertEquals(0, player.ownPageCount());
        assertEquals(0, soc.frames().ownedPages());
        assertTrue(free - soc.pages().freeBytes() <= kib(4), "a second-level table of the IOMMU stays");
        assertThrows(IllegalArgumentException.class, player::exit);
        assertThrows(IllegalArgumentException.class, () -> player.mapAnonymous(4096));
        assertEquals("process 1 (player), ended, 0 user mappings", player.toString());
    }

    @Test
    void pinnedPage_keepsCmaFromMovingIt_andIsNamed() {
        Soc soc = full(CacheTopology.of(CacheConfig.of(kib(32), 4, 32)));
        UserAddressSpace process = soc.newProcess("gallery");
        AddrRange<VirtAddr> memory = done(process.mapAnonymous(kib(16)));
        PageArray pages = done(process.pin(memory, "g2d: get_user_pages"));
        String why = soc.cma().alloc(mib(16) >> 12, 0).explain();
        assertTrue(why.contains("g2d: get_user_pages"), why);
        process.unpin(pages, "g2d: get_user_pages");
        process.unmap(memory.start());
        assertEquals(0, process.ownPageCount());
    }

    @Test
    void pages_thatAreNotRamOrSomebodys_areRefusedAndNothingChanges() {
        Soc soc = Soc.exynos4412();
        UserAddressSpace process = soc.newProcess();
        long outside = 0x80000000L >> 12;
        long inside = soc.allocPage().pfn();
        PageArray half = PageArray.of(inside, outside);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> process.mapAnonymous(half))
                .getMessage());
        assertTrue(message.startsWith("pages must be RAM: 0x80000000"), message);
        assertThrows(IllegalArgumentException.class, () -> process.map(half, 0, 2, MemoryType.WRITE_BACK, "/dev/mem"));
        MovablePages cache = soc.movable("page cache");
        assertEquals(1, cache.alloc(1));
        PageArray theirs = PageArray.of(inside, cache.pfns().findFirst().orElseThrow());
        String owned = String.valueOf(assertThrows(IllegalArgumentException.class, () -> process.mapAnonymous(theirs))
                .getMessage());
        assertTrue(owned.contains("page cache"), owned);
        assertEquals(1, soc.frames().ownedPages());
        assertEquals(0, process.mappings().size());
        assertFalse(process.mapAnonymous(PageArray.of(inside)).isFailed(), "the first page was given back");
        assertEquals(1, process.ownPageCount());
    }

    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void map_ofAProcessesOwnPages_isRefusedNamingIt_andNothingChanges() {
        Soc soc = Soc.exynos4412();
        UserAddressSpace owner = soc.newProcess("owner");
        UserAddressSpace other = soc.newProcess("other");
        AddrRange<VirtAddr> memory = done(owner.mapAnonymous(kib(8)));
        MapRequest request = MapRequest.of(owner.mappings().get(0).pages(), MemoryType.WRITE_BACK, "/dev/shm/x");
        PhysAddr first = phys(owner, memory.start());

        String named = refusal(() -> assertTrue(other.map(request).isFailed()));
        String itself =
                refusal(() -> assertTrue(owner.map(request.at(memory.start())).isFailed()));

        assertTrue(named.contains("process 1 (owner)"), named);
        assertTrue(itself.contains(first.toString()), itself);
        assertEquals(List.of(), other.mappings());
        assertEquals(first, phys(owner, memory.start()), "nothing was unmapped");
        assertEquals(2, owner.ownPageCount());
        owner.exit();
        assertEquals(0, soc.frames().ownedPages());
    }

    @Test
    void exit_afterSomebodyFreedOneOfItsPages_isRefusedAndNothingChanges() {
        Soc soc = Soc.exynos4412();
        UserAddressSpace process = soc.newProcess("victim");
        AddrRange<VirtAddr> one = done(process.mapAnonymous(kib(8)));
        AddrRange<VirtAddr> two = done(process.mapAnonymous(kib(8)));
        PhysAddr lost = phys(process, one.start().plus(4096));
        soc.pages().free(lost, 0);
        long free = soc.pages().freeBytes();

        String exit = refusal(process::exit);
        String unmap = refusal(() -> process.unmap(one.start()));
        String range = refusal(() -> process.unmap(new AddrRange<>(two.start(), kib(16))));

        assertTrue(exit.contains("process 1 (victim)") && exit.contains(lost.toString()), exit);
        assertEquals(exit, unmap);
        assertEquals(exit, range);
        assertFalse(process.hasEnded());
        assertEquals(2, process.mappings().size());
        assertEquals(4, process.ownPageCount());
        assertEquals(free, soc.pages().freeBytes());
    }

    @Test
    void exit_withPagesHeldForAMoment_freesThem_andThosePinnedTooWhenUnpinned() {
        Soc soc = Soc.exynos4412();
        UserAddressSpace process = soc.newProcess();
        long free = soc.pages().freeBytes();
        AddrRange<VirtAddr> memory = done(process.mapAnonymous(kib(16)));
        PageArray pages = process.mappings().get(0).pages();
        soc.frames().writeback(pages.page(0).pfn(), 2);
        soc.frames().holdBriefly(pages.page(1).pfn(), "lru", 3);
        PageArray pinned = done(process.pin(new AddrRange<>(memory.start().plus(kib(8)), 4096), "g2d"));
        soc.frames().writeback(pinned.page(0).pfn(), 2);

        process.exit();

        assertEquals(1, process.ownPageCount());
        assertEquals(free - kib(4), soc.pages().freeBytes());
        soc.frames().holdBriefly(pinned.page(0).pfn(), "lru", 1);
        process.unpin(pinned, "g2d");
        assertEquals(0, process.ownPageCount());
        assertEquals(free, soc.pages().freeBytes());
        soc.frames().checkInvariants();
    }

    @Test
    void mapAnonymous_ofPagesKnownToBeUsed_isRefusedNamingTheUser() {
        Soc soc = Soc.exynos4412().toBuilder().cma(mib(16)).build();
        DmaBuffer remapped = soc.device("fimc0").alloc(kib(8));
        DmaBuffer contiguous = soc.device("sdhci2").alloc(kib(8));
        UserAddressSpace process = soc.newProcess();

        String kernels =
                refusal(() -> assertTrue(process.mapAnonymous(remapped.pages()).isFailed()));
        String areas = refusal(
                () -> assertTrue(process.mapAnonymous(contiguous.pages()).isFailed()));

        assertTrue(kernels.contains("kernel, vmalloc area of"), kernels);
        assertTrue(areas.contains("CMA"), areas);
        assertEquals(0, soc.frames().ownedPages());
        assertEquals(List.of(), process.mappings());
    }

    @Test
    void pin_ofMoreThanAllAddresses_isEfault() {
        Soc soc = Soc.exynos4412();
        UserAddressSpace process = soc.newProcess();
        AddrRange<VirtAddr> memory = done(process.mapAnonymous(kib(8)));
        Outcome<PageArray> refused = process.pin(new AddrRange<>(memory.start().plus(16), Long.MAX_VALUE), "g2d");
        assertEquals(Errno.EFAULT, refused.fold(pages -> Errno.EIO, reason -> reason.errno()));
        process.exit();
        assertEquals(0, process.ownPageCount(), "nothing stayed pinned");
    }

    @Test
    void mappings_takenBeforeAMigration_stayWhatTheyWere() {
        Soc soc = full(CacheTopology.of(CacheConfig.of(kib(32), 4, 32)));
        UserAddressSpace process = soc.newProcess();
        AddrRange<VirtAddr> memory = done(process.mapAnonymous(kib(16)));
        process.unmap(new AddrRange<>(memory.start(), 4096));
        VirtAddr seen = memory.start().plus(kib(8));
        PageArray before = process.mappings().get(0).pages();
        PhysAddr from = phys(process, seen);
        assertEquals(from, before.page(1), "the second page of what is left");

        PhysAddr to = migrated(soc, from, process, seen);

        assertEquals(from, before.page(1));
        assertEquals(to, process.mappings().get(0).pages().page(1));
        assertEquals(1, process.aliases(to).size());
        assertEquals(0, process.aliases(from).size());
    }

    /** Where the page at {@code seen} is after the CMA area took its frame. */
    private static PhysAddr migrated(Soc soc, PhysAddr from, UserAddressSpace process, VirtAddr seen) {
        PhysAddr area = soc.cma().base();
        long count = from.pfn() - area.pfn() + 1;
        assertEquals(area, done(soc.cma().alloc(count, 0)));
        PhysAddr to = phys(process, seen);
        assertFalse(to.equals(from), "it moved");
        return to;
    }

    @Test
    void pin_ofADevicesBuffer_isEfault() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer buffer = camera.alloc(kib(8));
        UserAddressSpace process = soc.newProcess();
        AddrRange<VirtAddr> view = camera.mmap(buffer, process).range();
        Outcome<PageArray> refused = process.pin(view, "g2d");
        assertEquals(Errno.EFAULT, refused.fold(pages -> Errno.EIO, reason -> reason.errno()));
        assertTrue(refused.explain().contains("getSgtable"), refused.explain());
        process.exit();
        camera.free(buffer);
        assertEquals(0, soc.kernel().vmallocUsed());
    }
}
