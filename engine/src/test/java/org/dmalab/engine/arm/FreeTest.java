package org.dmalab.engine.arm;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.iommu.IommuDomain;
import org.dmalab.engine.memory.Gfp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A free that is refused touches nothing. */
final class FreeTest {
    private static void refused(String why, DmaDevice device, DmaBuffer buffer, DmaAttribute... attributes) {
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> device.free(buffer, attributes))
                        .getMessage());
        assertTrue(message.contains(why), message);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void free_behindAnIommu_ofABufferThatLostAPage_changesNothing(boolean cookie) {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaAttribute[] attributes = cookie ? new DmaAttribute[] {DmaAttribute.NO_KERNEL_MAPPING} : new DmaAttribute[0];
        DmaBuffer buffer = camera.alloc(mib(8), attributes);
        PhysAddr last = buffer.pages().page(2047);
        soc.pages().free(last, 0);
        long vmalloc = soc.kernel().vmallocUsed();
        String free = soc.fragmentation().buddyinfo();

        refused("[page=" + last + "]", camera, buffer, attributes);

        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        assertEquals(free, soc.fragmentation().buddyinfo());
        assertEquals(1, soc.liveMappings());
        assertEquals(0, camera.read(buffer.dmaAddr(), 1)[0], "still translated");
        assertEquals(last, soc.pages().alloc(0, Gfp.HIGHUSER).orElseThrow(DmaFailure::new), "the page that was lost");
        camera.free(buffer, attributes);
        assertEquals(0, soc.kernel().vmallocUsed());
        assertEquals(0, soc.liveMappings());
    }

    @Test
    void free_behindAnIommu_ofABufferThatLostItsArrayOrItsAddress_changesNothing() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer frame = camera.alloc(mib(8), DmaAttribute.NO_KERNEL_MAPPING);
        soc.kernel().vunmap(frame.cpuAddr());
        refused("page array of", camera, frame, DmaAttribute.NO_KERNEL_MAPPING);
        DmaBuffer other = camera.alloc(kib(64));
        soc.kernel().vunmap(other.cpuAddr());
        refused("[address=" + other.cpuAddr() + "]", camera, other);
        assertEquals(2, soc.liveMappings());
        assertEquals(0, camera.read(frame.dmaAddr(), 1)[0]);
        assertEquals(0, camera.read(other.dmaAddr(), 1)[0]);
        assertFalse(soc.pages()
                .zoneOf(frame.pages().page(0))
                .buddy()
                .isFree(frame.pages().page(0).pfn()));
    }

    @Test
    void free_ofAtomicMemoryThatThePoolHasNotGivenOut_leavesItTranslated() {
        Soc soc = Soc.exynos4412().toBuilder().atomicPool(kib(64)).build();
        DmaDevice camera = soc.device("fimc0");
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer page = camera.tryAlloc(4096, Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        assertFalse(
                card.ops().free(card.master(), page, DmaAttrs.NONE).isFailed(), "given back behind its owner's back");

        refused("pool memory that is not allocated", camera, page);

        assertEquals(0, camera.read(page.dmaAddr(), 1)[0], "still translated");
        assertEquals(1, soc.liveMappings());
        DmaBuffer next = card.tryAlloc(4096, Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        assertEquals(page.pages().page(0), next.pages().page(0), "the pool has it once");
    }

    @Test
    void free_ofABufferWhoseTableWasChangedByHand_changesNothing() {
        Soc soc = Soc.exynos4412();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer small = camera.alloc(kib(64));
        IommuDomain domain =
                Objects.requireNonNull(camera.port().iommus().get(0).domain(), "attached at boot");
        DmaAddr megabyte = new DmaAddr(small.dmaAddr().value() & -mib(1));
        PhysAddr root = domain.tableRoot();
        PhysAddr entry = root.plus((megabyte.value() >>> 20) * 4);
        int table = soc.ram().readWord(entry);
        soc.ram().writeWord(entry, 0x40000002);
        long vmalloc = soc.kernel().vmallocUsed();
        String free = soc.fragmentation().buddyinfo();

        refused("a page of 1 MiB reaches out of the range", camera, small);

        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        assertEquals(free, soc.fragmentation().buddyinfo());
        assertEquals(1, soc.liveMappings());
        soc.ram().writeWord(entry, table);
        camera.free(small);
        assertEquals(0, soc.kernel().vmallocUsed());
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void free_eachWay_ofABufferThatLostAPage_changesNothing(CoherentMapping way) {
        Soc soc = Soc.exynos4412().toBuilder().cma(mib(16)).coherentMapping(way).build();
        DmaDevice card = soc.device("sdhci2");
        DmaBuffer buffer = card.alloc(kib(16));
        PhysAddr page = buffer.pages().page(3);
        if (way == CoherentMapping.CMA_REMAP) {
            assertTrue(soc.cma().release(page, 1));
        } else {
            soc.pages().free(page, 0);
        }
        long vmalloc = soc.kernel().vmallocUsed();

        refused("[page=" + page + "]", card, buffer);

        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        assertEquals(1, soc.liveMappings());
        MemoryType seen = soc.kernel()
                .resolve(buffer.cpuAddr())
                .orElseThrow(DmaFailure::new)
                .type();
        assertEquals(MemoryType.NORMAL_NONCACHEABLE, seen);
    }
}
