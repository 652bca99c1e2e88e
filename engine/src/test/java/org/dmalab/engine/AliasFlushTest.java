package org.dmalab.engine;

import static org.dmalab.engine.base.Bytes.kib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cache.CacheConfig;
import org.dmalab.engine.cache.CacheTopology;
import org.dmalab.engine.cache.Indexing;
import org.dmalab.engine.cpu.AddressSpace;
import org.dmalab.engine.cpu.UserAddressSpace;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.PageArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A mapping that goes leaves nothing of it in a cache that finds lines by virtual address. */
final class AliasFlushTest {
    private static final byte[] DATA = {1, 2, 3, 4};

    private static Soc machine(Indexing indexing) {
        return Soc.exynos4412().toBuilder()
                .caches(CacheTopology.of(CacheConfig.of(kib(32), 4, 32).with(indexing)))
                .build();
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(DmaFailure::new);
    }

    private static void write(Soc soc, AddressSpace space, VirtAddr address) {
        assertEquals(4, done(soc.cpu().write(space, address, DATA)));
    }

    private static byte[] inRam(Soc soc, PhysAddr page) {
        byte[] bytes = new byte[4];
        soc.ram().read(page, bytes, 0, 4);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(
            value = Indexing.class,
            names = {"VIVT", "VIPT"})
    void vunmap_cleansTheLines_andTheNextAreaThereReadsItsOwnPage(Indexing indexing) {
        Soc soc = machine(indexing);
        PhysAddr first = soc.allocPage();
        PhysAddr second = soc.allocPage();
        VirtAddr address = done(soc.kernel().vmap(PageArray.of(first.pfn()), MemoryType.WRITE_BACK, "test"));
        write(soc, soc.kernel(), address);
        soc.kernel().vunmap(address);
        assertArrayEquals(DATA, inRam(soc, first));
        assertEquals(address, done(soc.kernel().vmap(PageArray.of(second.pfn()), MemoryType.WRITE_BACK, "test")));
        assertArrayEquals(new byte[4], done(soc.cpu().read(soc.kernel(), address, 4)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Indexing.class,
            names = {"VIVT", "VIPT"})
    void munmap_cleansTheLines_andTheNextMappingThereReadsItsOwnPage(Indexing indexing) {
        Soc soc = machine(indexing);
        UserAddressSpace process = soc.newProcess();
        PageArray first = PageArray.of(soc.allocPage().pfn());
        PageArray second = PageArray.of(soc.allocPage().pfn());
        VirtAddr address = done(process.map(first, 0, 1, MemoryType.WRITE_BACK, "/dev/one"))
                .start();
        write(soc, process, address);
        process.unmap(address);
        assertArrayEquals(DATA, inRam(soc, first.page(0)));
        assertEquals(
                address,
                done(process.map(second, 0, 1, MemoryType.WRITE_BACK, "/dev/two"))
                        .start());
        assertArrayEquals(new byte[4], done(soc.cpu().read(process, address, 4)));
    }

    @Test
    void kunmapAtomic_andTheFlushOfAllKmaps_cleanAVivtCache() {
        Soc soc = machine(Indexing.VIVT);
        PhysAddr high = done(soc.pages().alloc(0, Gfp.HIGHUSER));
        VirtAddr slot = done(soc.kernel().kmapAtomic(CpuId.BOOT, high));
        write(soc, soc.kernel(), slot);
        soc.kernel().kunmapAtomic(CpuId.BOOT, slot);
        assertArrayEquals(DATA, inRam(soc, high));

        PhysAddr other = done(soc.pages().alloc(0, Gfp.HIGHUSER));
        VirtAddr shared = done(soc.kernel().kmap(other));
        write(soc, soc.kernel(), shared);
        soc.kernel().kunmap(shared);
        assertArrayEquals(new byte[4], inRam(soc, other), "the slot keeps its page, and the cache its lines");
        for (int i = 0; i < 512; i++) {
            soc.kernel().kunmap(done(soc.kernel().kmap(done(soc.pages().alloc(0, Gfp.HIGHUSER)))));
        }
        assertArrayEquals(DATA, inRam(soc, other), "the search for a slot came round");
    }

    @Test
    void unmapping_withAPhysicallyIndexedCache_costsNothing() {
        Soc soc = machine(Indexing.PIPT);
        PhysAddr page = soc.allocPage();
        VirtAddr address = done(soc.kernel().vmap(PageArray.of(page.pfn()), MemoryType.WRITE_BACK, "test"));
        write(soc, soc.kernel(), address);
        soc.kernel().vunmap(address);
        assertArrayEquals(new byte[4], inRam(soc, page), "the line stays where it is, dirty");
        assertArrayEquals(DATA, done(soc.cpu().read(soc.kernel(), soc.kernel().linear(page), 4)));
    }
}
