package org.dmalab.engine.arm;

import static org.dmalab.engine.base.Bytes.kib;
import static org.dmalab.engine.base.Bytes.mib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.Soc;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.cpu.AddressSpace;
import org.dmalab.engine.cpu.CpuFault;
import org.dmalab.engine.cpu.IoremapRefused;
import org.dmalab.engine.dma.DmaBuffer;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.memory.CoherentPool;
import org.dmalab.engine.memory.CoherentPool.Flag;
import org.dmalab.engine.memory.Gfp;
import org.dmalab.engine.memory.ReservedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory of a device's own, the atomic pool, and who allocates from which. */
final class PoolsTest {
    private static final PhysAddr BASE = new PhysAddr(0x42000000L);
    private static final byte[] DATA = {1, 2, 3, 4};

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }

    private static Soc withRegion() {
        return Soc.exynos4412().toBuilder()
                .reserve(new ReservedMemory("card", new AddrRange<>(BASE, kib(64)), ReservedMemory.Kind.DMA_POOL))
                .build();
    }

    private static CoherentPool declare(DmaDevice card, Flag... flags) {
        return card.declareCoherentMemory(BASE, new DmaAddr(BASE.value()), kib(64), flags)
                .orElseThrow(DmaFailure::new);
    }

    private static void shares(Soc soc, DmaDevice device, DmaBuffer buffer) {
        device.write(buffer.dmaAddr(), DATA);
        assertArrayEquals(
                DATA, soc.cpu().read(soc.kernel(), buffer.cpuAddr(), 4).orElseThrow(DmaFailure::new));
    }

    @Test
    void alloc_ofADeviceWithARegion_comesFromItFirstAndFallsThrough() {
        Soc soc = withRegion();
        DmaDevice card = soc.device("sdhci2");
        CoherentPool pool = declare(card, Flag.MAP);
        long vmalloc = soc.kernel().vmallocUsed();
        DmaBuffer first = card.alloc(kib(12));
        assertEquals(BASE, first.pages().page(0));
        assertEquals(kib(48), pool.freeBytes(), "12 KiB take 16");
        assertEquals(vmalloc, soc.kernel().vmallocUsed(), "the region was mapped when it was declared");
        AddressSpace.Place place = soc.kernel().resolve(first.cpuAddr()).orElseThrow(DmaFailure::new);
        assertEquals(new AddressSpace.Place(BASE, MemoryType.DEVICE), place);
        shares(soc, card, first);
        assertTrue(soc.audit(first).hazards().isEmpty(), "no cacheable alias: the region is no-map");

        DmaBuffer second = card.alloc(kib(64));
        assertFalse(pool.contains(second.pages().page(0)), "no 64 KiB are left in the region");
        shares(soc, card, second);
        card.free(second);
        card.free(first);
        assertEquals(kib(64), pool.freeBytes());
        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        DmaBuffer again = card.alloc(4096);
        assertEquals(BASE, again.pages().page(0));
        assertArrayEquals(
                new byte[4], soc.cpu().read(soc.kernel(), again.cpuAddr(), 4).orElseThrow(DmaFailure::new), "cleared");
    }

    @Test
    void alloc_fromAnExclusiveRegion_failsWhenItIsExhausted() {
        Soc soc = withRegion();
        DmaDevice card = soc.device("sdhci2");
        CoherentPool pool = declare(card, Flag.MAP, Flag.EXCLUSIVE);
        Outcome<DmaBuffer> failed = card.tryAlloc(kib(128));
        assertEquals(Errno.ENOMEM, reason(failed).errno());
        assertTrue(failed.explain().contains("nothing else is tried"), failed.explain());
        assertEquals(kib(64), pool.freeBytes());
        assertEquals(0, soc.liveMappings());
    }

    @Test
    void mmap_ofARegionsBuffer_isBoundedByTheBuffer() {
        Soc soc = withRegion();
        DmaDevice card = soc.device("sdhci2");
        assertEquals(kib(64), declare(card, Flag.MAP).bytes());
        DmaBuffer buffer = card.alloc(kib(12));
        assertInstanceOf(CoherentPool.OutsideBuffer.class, reason(card.tryMmap(buffer, soc.newProcess(), 1, kib(12))));
        card.write(buffer.dmaAddr().plus(kib(8)), DATA);
        assertArrayEquals(DATA, card.mmap(buffer, soc.newProcess()).read(kib(8), 4));
    }

    @Test
    void declare_atAnotherAddressThanTheCpus_isRefusedNamingBoth() {
        Soc soc = withRegion();
        DmaDevice card = soc.device("sdhci2");
        Outcome<CoherentPool> refused = card.declareCoherentMemory(BASE, new DmaAddr(0x50000000L), kib(64), Flag.MAP);
        assertInstanceOf(CoherentPool.NotDeclared.class, reason(refused));
        assertEquals(Errno.EINVAL, reason(refused).errno());
        assertTrue(refused.explain().contains("0x42000000"), refused.explain());
        assertTrue(refused.explain().contains("0x50000000"), refused.explain());
        assertEquals(0, soc.kernel().vmallocUsed());
        assertEquals(kib(64), declare(card, Flag.MAP).bytes(), "nothing was declared");
    }

    @Test
    void ioremap_reachesMemoryThatIsNotTheKernels_andFaultsWhereThereIsNone() {
        Soc soc = withRegion();
        VirtAddr region = soc.kernel()
                .ioremap(new AddrRange<>(BASE, kib(64)), MemoryType.DEVICE, "my_probe")
                .orElseThrow(DmaFailure::new);
        assertEquals(4, soc.cpu().write(soc.kernel(), region, DATA).orElseThrow(DmaFailure::new));
        assertArrayEquals(DATA, soc.device("sdhci2").read(new DmaAddr(BASE.value()), 4));
        assertEquals(1, soc.audit(BASE, 4096).aliases().size(), "the region's only kernel address");

        VirtAddr registers = soc.kernel()
                .ioremap(new AddrRange<>(new PhysAddr(0x10000000L), 4096), MemoryType.DEVICE, "my_probe")
                .orElseThrow(DmaFailure::new);
        assertInstanceOf(CpuFault.class, reason(soc.cpu().read(soc.kernel(), registers, 4)));

        PhysAddr page = soc.allocPage();
        assertInstanceOf(
                IoremapRefused.class,
                reason(soc.kernel().ioremap(new AddrRange<>(page, 4096), MemoryType.DEVICE, "my_probe")));
        assertEquals(1, soc.audit(page, 4096).aliases().size(), "the linear map alone");
    }

    @Test
    void declare_ofWhatCannotBeADevicesMemory_isRefusedWithTheReason() {
        Soc soc = withRegion();
        DmaDevice card = soc.device("sdhci2");
        DmaAddr bus = new DmaAddr(BASE.value());
        PhysAddr kernels = BASE.plus(mib(1));
        assertTrue(card.declareCoherentMemory(kernels, new DmaAddr(kernels.value()), kib(64), Flag.MAP)
                .explain()
                .contains("the kernel's own memory"));
        assertTrue(card.declareCoherentMemory(new PhysAddr(0x02000000L), new DmaAddr(0x02000000L), kib(4), Flag.MAP)
                .explain()
                .contains("no memory at"));
        assertTrue(soc.device("fimc0")
                .declareCoherentMemory(BASE, bus, kib(64), Flag.MAP)
                .explain()
                .contains("behind an IOMMU"));
        assertEquals(0, soc.kernel().vmallocUsed());
        assertEquals(kib(64), declare(card, Flag.MAP).bytes());
        assertEquals(
                Errno.EBUSY,
                reason(card.declareCoherentMemory(BASE, bus, kib(64), Flag.MAP)).errno());
    }

    @ParameterizedTest
    @EnumSource(CoherentMapping.class)
    void atomicAlloc_eachWay_comesFromThePoolAndGoesBack(CoherentMapping way) {
        Soc soc = Soc.exynos4412().toBuilder()
                .cma(mib(16))
                .coherentMapping(way)
                .atomicPool(kib(256))
                .build();
        DmaDevice card = soc.device("sdhci2");
        String free = soc.fragmentation().buddyinfo();
        long vmalloc = soc.kernel().vmallocUsed();
        DmaBuffer ring = card.tryAlloc(kib(12), Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        shares(soc, card, ring);
        DmaBuffer next = card.tryAlloc(4096, Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        assertEquals(kib(12), next.dmaAddr().minus(ring.dmaAddr()));
        assertEquals(kib(12), next.cpuAddr().minus(ring.cpuAddr()));
        assertEquals(free, soc.fragmentation().buddyinfo(), "no page was allocated");
        assertEquals(vmalloc, soc.kernel().vmallocUsed());
        Outcome<DmaBuffer> large = card.tryAlloc(kib(256), Gfp.ATOMIC);
        assertEquals(Errno.ENOMEM, reason(large).errno());
        assertTrue(
                reason(large).message().startsWith("ERROR: 256 KiB atomic DMA coherent pool is too small!"),
                reason(large).message());
        card.free(ring);
        card.free(next);
        DmaBuffer whole = card.tryAlloc(kib(256), Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        assertArrayEquals(DATA, card.read(whole.dmaAddr(), 4), "the pool is not cleared between its users");
    }

    @Test
    void atomicAlloc_withoutAPool_saysHowToGetOne() {
        Outcome<DmaBuffer> failed = Soc.exynos4412().device("sdhci2").tryAlloc(4096, Gfp.ATOMIC);
        assertEquals("coherent pool not initialised!", reason(failed).message());
        assertTrue(failed.explain().contains(".atomicPool("), failed.explain());
    }

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"V3_6", "V3_14"})
    void nowait_isAtomicOnlySince3_14(Era era) {
        Soc soc = Soc.exynos4412().toBuilder().era(era).build();
        assertEquals(
                era == Era.V3_14,
                soc.device("sdhci2").tryAlloc(4096, Gfp.NOWAIT).isFailed());
        assertTrue(soc.device("sdhci2").tryAlloc(4096, Gfp.ATOMIC).isFailed());
    }

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"V3_6", "V3_14"})
    void atomicAlloc_behindAnIommu_isAPageOfThePool_lostByTheFreeOf3_6(Era era) {
        Soc soc = Soc.exynos4412().toBuilder().era(era).atomicPool(kib(8)).build();
        DmaDevice camera = soc.device("fimc0");
        DmaBuffer page = camera.tryAlloc(100, Gfp.ATOMIC).orElseThrow(DmaFailure::new);
        shares(soc, camera, page);
        assertEquals(4096, camera.mmap(page, soc.newProcess()).range().bytes());
        camera.free(page);
        assertTrue(camera.tryRead(page.dmaAddr(), 4).isFailed(), "no longer translated");
        Outcome<DmaBuffer> whole = soc.device("sdhci2").tryAlloc(kib(8), Gfp.ATOMIC);
        assertEquals(era == Era.V3_6, whole.isFailed());
        assertTrue(camera.tryAlloc(kib(8), Gfp.ATOMIC).explain().contains("one page pointer"));
        assertThrows(IllegalArgumentException.class, () -> camera.tryAlloc(4096, Gfp.HIGHUSER));
    }
}
