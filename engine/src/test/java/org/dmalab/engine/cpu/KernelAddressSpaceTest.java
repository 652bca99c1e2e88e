package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class KernelAddressSpaceTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);

    private final KernelAddressSpace kernel = kernel(Era.V3_14, 0xF0000000L);

    private static KernelAddressSpace kernel(Era era, long vmalloc) {
        return new KernelAddressSpace(
                KernelLayout.of(
                        era,
                        new AddrRange<>(RAM, Bytes.mib(760)),
                        new VirtAddr(0xC0000000L),
                        new AddrRange<>(new VirtAddr(vmalloc), 0xFF000000L - vmalloc)),
                TraceSink.NONE);
    }

    @Test
    void linear_isAFixedOffset() {
        assertEquals(new VirtAddr(0xC0123456L), kernel.linear(RAM.plus(0x123456)));
        assertEquals(RAM.plus(0x123456), kernel.physOfLinear(new VirtAddr(0xC0123456L)));
        assertThrows(IllegalArgumentException.class, () -> kernel.linear(RAM.plus(Bytes.mib(760))));
    }

    @Test
    void vmap_isFirstFitWithAGuardPage() {
        VirtAddr first = vmap(4);
        VirtAddr second = vmap(1);
        VirtAddr third = vmap(2);
        assertEquals(new VirtAddr(0xF0000000L), first);
        assertEquals(new VirtAddr(0xF0005000L), second);
        assertEquals(new VirtAddr(0xF0007000L), third);

        kernel.vunmap(first);

        assertEquals(new VirtAddr(0xF0000000L), vmap(1));
        assertEquals(new VirtAddr(0xF0002000L), vmap(2), "three pages were left, one of them the guard");
        assertEquals(
                "0xf0000000-0xf0002000    8192 test vmap",
                kernel.vmallocinfo().lines().findFirst().orElse(""));
    }

    @Test
    void vmap_ofEightMebibytes_fitsTwentyNineTimesInTwoHundredForty() {
        int buffers = 0;
        Outcome<VirtAddr> last = kernel.vmap(pages(2048), MemoryType.NORMAL_NONCACHEABLE, "test");
        while (!last.isFailed()) {
            buffers++;
            last = kernel.vmap(pages(2048), MemoryType.NORMAL_NONCACHEABLE, "test");
        }
        assertEquals(29, buffers);
        assertTrue(last.explain().contains("NO_KERNEL_MAPPING"), last.explain());
        assertEquals(
                "vmap allocation for size 8392704 failed: use vmalloc=<size> to increase size.",
                last.fold(Object::toString, reason -> reason.message()));
    }

    @Test
    void resolve_knowsLinearMappedAndUnmapped() {
        VirtAddr start = kernel.vmap(PageArray.of(0x70000, 0x50000), MemoryType.NORMAL_NONCACHEABLE, "test")
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
        assertEquals(
                new AddressSpace.Place(new PhysAddr(0x50000004L), MemoryType.NORMAL_NONCACHEABLE),
                place(start.plus(4100)));
        assertEquals(
                new AddressSpace.Place(new PhysAddr(0x40000010L), MemoryType.WRITE_BACK),
                place(new VirtAddr(0xC0000010L)));
        assertTrue(kernel.resolve(start.plus(8192)).isFailed(), "the guard page");
        assertTrue(kernel.resolve(new VirtAddr(0)).isFailed());
    }

    @Test
    void cookie_isNoAddressUntilItIsRemoved() {
        VirtAddr start = vmap(2);
        kernel.addCookie(new AddrRange<>(start, 8192));
        assertEquals(Errno.EFAULT, kernel.resolve(start.plus(8191)).fold(place -> Errno.EIO, reason -> reason.errno()));
        kernel.removeCookie(start);
        assertFalse(kernel.resolve(start.plus(8191)).isFailed());
    }

    @Test
    void vunmap_ofWhatIsNotMapped_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> kernel.vunmap(new VirtAddr(0xF0000000L)));
    }

    @Test
    void vmallocinfo_ofLinux314_saysWhatEachAreaIsFor() {
        ignore(kernel.ioremap(
                new AddrRange<>(new PhysAddr(0x10000000L), 0x4000), MemoryType.DEVICE, "mct_init+0x1c/0x100"));
        ignore(kernel.vmalloc(pages(1025), 4096, "module_alloc"));
        ignore(kernel.vmap(pages(2), MemoryType.WRITE_BACK, ""));
        ignore(kernel.remapDma(pages(3), MemoryType.NORMAL_NONCACHEABLE, "arm_iommu_alloc_attrs"));
        ignore(kernel.remapDma(new AddrRange<>(RAM, 8192), MemoryType.NORMAL_NONCACHEABLE, "arm_dma_alloc"));
        assertEquals("""
                0xf0000000-0xf0005000   20480 mct_init+0x1c/0x100 phys=10000000 ioremap
                0xf0005000-0xf0407000 4202496 module_alloc pages=1025 vmalloc vpages
                0xf0407000-0xf040a000   12288 vmap
                0xf040a000-0xf040e000   16384 arm_iommu_alloc_attrs pages=3 user
                0xf040e000-0xf0411000   12288 arm_dma_alloc phys=40000000 user
                """, kernel.vmallocinfo());
    }

    @Test
    void vmallocinfo_ofLinux612_isWhatAnIMx6Printed() {
        KernelAddressSpace later = kernel(Era.V6_12, 0xF0800000L);
        ignore(later.vmalloc(pages(2), 16384, "start_kernel+0x590/0x740"));
        ignore(later.vmalloc(pages(2), 16384, "start_kernel+0x590/0x740"));
        VirtAddr gone = address(later.vmalloc(pages(2), 16384, "gone"));
        ignore(later.ioremap(
                new AddrRange<>(new PhysAddr(0x020d8000L), 0x4000), MemoryType.DEVICE, "imx_src_init+0x38/0x94"));
        ignore(later.ioremap(
                new AddrRange<>(new PhysAddr(0x00a01000L), 0x1000), MemoryType.DEVICE, "gic_of_setup+0x38/0xf8"));
        later.vunmap(gone);
        ignore(later.remapDma(
                new AddrRange<>(RAM, 0x40000),
                MemoryType.NORMAL_NONCACHEABLE,
                "dma_common_contiguous_remap+0x78/0x94"));
        assertEquals("""
                0xf0800000-0xf0803000   12288 start_kernel+0x590/0x740 pages=2 vmalloc
                0xf0804000-0xf0807000   12288 start_kernel+0x590/0x740 pages=2 vmalloc
                0xf080c000-0xf0811000   20480 imx_src_init+0x38/0x94 phys=0x020d8000 ioremap
                0xf0811000-0xf0813000    8192 gic_of_setup+0x38/0xf8 phys=0x00a01000 ioremap
                0xf0813000-0xf0854000  266240 dma_common_contiguous_remap+0x78/0x94 dma-coherent
                """, later.vmallocinfo());
    }

    @Test
    void ioremap_isAlignedByItsSizeUpToSixteenMebibytes_andFaults() {
        ignore(kernel.vmap(pages(1), MemoryType.WRITE_BACK, "first"));
        assertEquals("0xf0004000", ioremap(kernel, 0x2000), "fls(0x2000) = 14 in Linux 3.14");
        assertEquals("0xf1000000", ioremap(kernel, Bytes.mib(20)));
        KernelAddressSpace later = kernel(Era.V6_12, 0xF0000000L);
        ignore(later.vmap(pages(1), MemoryType.WRITE_BACK, "first"));
        assertEquals("0xf0002000", ioremap(later, 0x2000));

        VirtAddr registers = new VirtAddr(0xF0004000L);
        assertTrue(kernel.resolve(registers).explain().contains("registers of a device"));
        assertEquals(
                "[kernel, vmalloc area of test: 0xf0005000, DEVICE, kernel, vmalloc area of test: 0xf1001000, DEVICE]",
                kernel.aliases(new PhysAddr(0x10001000L)).toString());
        assertThrows(
                IllegalArgumentException.class,
                () -> kernel.ioremap(new AddrRange<>(new PhysAddr(0x10000010L), 4096), MemoryType.DEVICE, "test"));
        assertThrows(IllegalArgumentException.class, () -> kernel.vmalloc(pages(1), 12288, "test"));
    }

    @Test
    void ioremap_ofTheKernelsRam_isRefusedNamingThePage() {
        for (PhysAddr start : List.of(RAM, new PhysAddr(RAM.value() - 4096))) {
            Outcome<VirtAddr> refused = kernel.ioremap(new AddrRange<>(start, 8192), MemoryType.DEVICE, "my_probe");
            assertEquals(Errno.ENOMEM, refused.fold(address -> Errno.EIO, reason -> reason.errno()));
            assertTrue(refused.explain().contains("the page at 0x40000000"), refused.explain());
        }
        assertEquals(0, kernel.vmallocUsed());
        assertEquals(List.of(), kernel.vmallocAreas());
    }

    @Test
    void restore_ofAReadLayout_takesItsPlaceAndFaults() {
        VmallocArea stack = line(0xF0000000L, 12288, VmallocFlag.VMALLOC);
        VmallocArea dma = line(0xF0008000L, 266240, VmallocFlag.DMA_COHERENT);
        VmallocArea module = line(0xBF000000L, 8192, VmallocFlag.VMALLOC);

        assertEquals(List.of(module), kernel.restore(List.of(dma, module, stack)));

        assertEquals(
                List.of(new AddrRange<>(new VirtAddr(0xF0003000L), 0x5000L), hole(0xF0049000L)), kernel.vmallocHoles());
        assertEquals(new VirtAddr(0xF0003000L), vmap(4));
        assertEquals(new VirtAddr(0xF0049000L), vmap(1));
        assertTrue(
                kernel.resolve(new VirtAddr(0xF0008010L)).explain().contains("only the layout of its area was read"));
        assertTrue(kernel.vmallocinfo().startsWith("0xf0000000-0xf0003000   12288 read vmalloc\n"));
        kernel.vunmap(new VirtAddr(0xF0008000L));
        assertEquals(new VirtAddr(0xF0008000L), vmap(4));
    }

    @Test
    void restore_ofWhatOverlaps_changesNothing() {
        VirtAddr taken = vmap(1);
        String before = kernel.vmallocinfo();
        VmallocArea good = line(0xF1000000L, 8192, VmallocFlag.VMALLOC);
        for (VmallocArea bad : List.of(
                line(taken.value() + 4096, 8192, VmallocFlag.VMALLOC),
                line(0xF0FFF000L, 8192, VmallocFlag.VMAP),
                line(0xEFFFF000L, 8192, VmallocFlag.VMAP),
                line(0xFEFFF000L, 8192, VmallocFlag.VMAP))) {
            assertThrows(IllegalArgumentException.class, () -> kernel.restore(List.of(good, bad)));
            assertEquals(before, kernel.vmallocinfo());
            kernel.checkInvariants();
        }
        assertThrows(IllegalArgumentException.class, () -> line(0xF0000001L, 8192, VmallocFlag.VMAP));
    }

    @Test
    void consistentRegion_isThereInLinux34_andItsBuffersAreSecondAddresses() {
        assertEquals(Optional.empty(), kernel.consistentRegion());
        KernelAddressSpace old = kernel(Era.V3_4, 0xF0000000L);
        VirtAddr second =
                address(old.consistentRegion().orElseThrow().alloc(pages(2), MemoryType.NORMAL_NONCACHEABLE, "test"));
        assertEquals(
                new AddressSpace.Place(RAM.plus(4100), MemoryType.NORMAL_NONCACHEABLE),
                old.resolve(second.plus(4100)).orElseThrow(reason -> new IllegalStateException(reason.explain())));
        assertEquals(
                "[kernel, linear map: 0xc0001000, WRITE_BACK, kernel, consistent region: 0xffdff000,"
                        + " NORMAL_NONCACHEABLE]",
                old.aliases(RAM.plus(4096)).toString());
        assertTrue(old.resolve(new VirtAddr(0xFFC00000L)).isFailed());
    }

    @Test
    void layout_thatIsImpossible_isRefused() {
        AddrRange<PhysAddr> lowmem = new AddrRange<>(RAM, Bytes.mib(760));
        AddrRange<VirtAddr> window = new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(240));
        AddrRange<VirtAddr> overlapping = new AddrRange<>(new VirtAddr(0xEF000000L), Bytes.mib(1));
        AddrRange<VirtAddr> long612 = new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(248));
        VirtAddr offset = new VirtAddr(0xC0000000L);
        assertThrows(IllegalArgumentException.class, () -> KernelLayout.of(Era.V3_14, lowmem, offset, overlapping));
        assertThrows(IllegalArgumentException.class, () -> KernelLayout.of(Era.V3_14, lowmem, offset.plus(1), window));
        assertThrows(
                IllegalArgumentException.class,
                () -> new KernelLayout(Era.V3_4, lowmem, offset, long612, Bytes.mib(12)),
                "the consistent region would reach into the vmalloc area");
        assertEquals(
                Bytes.mib(14), new KernelLayout(Era.V3_4, lowmem, offset, window, Bytes.mib(14)).consistentBytes());
    }

    private static VmallocArea line(long start, long bytes, VmallocFlag flag) {
        return new VmallocArea(
                new AddrRange<>(new VirtAddr(start), bytes),
                "read",
                Set.of(flag),
                OptionalInt.empty(),
                Optional.empty());
    }

    private static AddrRange<VirtAddr> hole(long start) {
        return new AddrRange<>(new VirtAddr(start), 0xFF000000L - start);
    }

    private static String ioremap(KernelAddressSpace kernel, long bytes) {
        return kernel.ioremap(new AddrRange<>(new PhysAddr(0x10000000L), bytes), MemoryType.DEVICE, "test")
                .toString();
    }

    private static VirtAddr address(Outcome<VirtAddr> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static void ignore(Outcome<VirtAddr> outcome) {
        assertFalse(outcome.isFailed(), outcome.toString());
    }

    private VirtAddr vmap(int count) {
        return kernel.vmap(pages(count), MemoryType.NORMAL_NONCACHEABLE, "test")
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private AddressSpace.Place place(VirtAddr address) {
        return kernel.resolve(address).orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static PageArray pages(int count) {
        return PageArray.contiguous(RAM, count);
    }
}
