package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
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

    private final KernelAddressSpace kernel = new KernelAddressSpace(
            new AddrRange<>(RAM, Bytes.mib(760)),
            new VirtAddr(0xC0000000L),
            new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(240)),
            TraceSink.NONE);

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
                "0xf0000000-0xf0002000    8192 test pages=1",
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
