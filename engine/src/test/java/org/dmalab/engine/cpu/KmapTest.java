package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class KmapTest {
    private static final PhysAddr HIGH = new PhysAddr(0x80000000L);
    private static final CpuId SECOND = new CpuId(1);

    private int mapped;
    private int unmapped;
    private final KernelAddressSpace kernel = new KernelAddressSpace(
            KernelLayout.of(
                    Era.V3_14,
                    new AddrRange<>(new PhysAddr(0x40000000L), Bytes.mib(760)),
                    new VirtAddr(0xC0000000L),
                    new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(240))),
            new TraceSink() {
                @Override
                public void kmapMapped(long virt, long phys) {
                    mapped++;
                }

                @Override
                public void kmapUnmapped(long virt) {
                    unmapped++;
                }
            });

    @Test
    void kmap_ofLowmem_isItsLinearAddress() {
        VirtAddr address = kmap(new PhysAddr(0x40005000L));
        assertEquals(new VirtAddr(0xC0005000L), address);
        kernel.kunmap(address);
        assertEquals(address, done(kernel.kmapAtomic(SECOND, new PhysAddr(0x40005000L))));
        kernel.kunmapAtomic(SECOND, address);
        assertEquals(0, mapped);
    }

    @Test
    void kmap_ofAHighmemPage_isSharedUntilItsLastUserLeaves() {
        VirtAddr address = kmap(HIGH);
        assertEquals(new VirtAddr(0xBFE01000L), address, "the search starts after slot 0");
        assertEquals(address, kmap(HIGH));
        assertEquals(new VirtAddr(0xBFE02000L), kmap(HIGH.plus(4096)));
        assertEquals(
                new AddressSpace.Place(HIGH.plus(5), MemoryType.WRITE_BACK), done(kernel.resolve(address.plus(5))));
        kernel.kunmap(address);
        kernel.kunmap(address);
        assertThrows(IllegalArgumentException.class, () -> kernel.kunmap(address), "a third kunmap");
        assertEquals(
                "[kernel, kmap no longer in use: 0xbfe01000, WRITE_BACK]",
                kernel.aliases(HIGH).toString());
        assertEquals(address, kmap(HIGH), "the page is still there");
        assertEquals(2, mapped);
        assertThrows(IllegalArgumentException.class, () -> kernel.kmap(HIGH.plus(1)));
    }

    @Test
    void kmap_withAllSlotsInUse_failsAndUnusedOnesAreEmptiedWhenTheSearchComesRound() {
        for (int i = 0; i < 512; i++) {
            assertEquals(new VirtAddr(0xBFE00000L + 4096L * ((i + 1) % 512)), kmap(HIGH.plus(4096L * i)));
        }
        Outcome<VirtAddr> full = kernel.kmap(HIGH.plus(4096L * 512));
        assertEquals(Errno.EAGAIN, full.fold(address -> Errno.EIO, reason -> reason.errno()));
        assertTrue(full.explain().contains("the kernel would sleep"), full.explain());
        assertEquals(512, mapped);

        kernel.kunmap(new VirtAddr(0xBFE07000L));
        kernel.kunmap(new VirtAddr(0xBFE09000L));

        assertEquals(new VirtAddr(0xBFE07000L), kmap(HIGH.plus(4096L * 512)));
        assertEquals(2, unmapped, "both unused slots were emptied");
        assertTrue(kernel.resolve(new VirtAddr(0xBFE09000L)).isFailed());
    }

    @Test
    void kmapAtomic_isAStackPerCpu() {
        VirtAddr first = done(kernel.kmapAtomic(CpuId.BOOT, HIGH));
        VirtAddr second = done(kernel.kmapAtomic(CpuId.BOOT, HIGH));
        VirtAddr other = done(kernel.kmapAtomic(SECOND, HIGH));
        assertEquals(
                List.of("0xfff00000", "0xfff01000", "0xfff10000"),
                List.of(first.toString(), second.toString(), other.toString()));
        assertEquals(3, kernel.aliases(HIGH).size());
        assertThrows(IllegalArgumentException.class, () -> kernel.kunmapAtomic(CpuId.BOOT, first), "not the last");
        assertThrows(IllegalArgumentException.class, () -> kernel.kunmapAtomic(CpuId.BOOT, other), "not its own");
        kernel.kunmapAtomic(CpuId.BOOT, second);
        assertTrue(kernel.resolve(second).isFailed());
        kernel.kunmapAtomic(CpuId.BOOT, first);
        assertThrows(IllegalArgumentException.class, () -> kernel.kunmapAtomic(CpuId.BOOT, first));
        assertFalse(kernel.resolve(other).isFailed());
        assertThrows(IllegalArgumentException.class, () -> kernel.kmapAtomic(new CpuId(14), HIGH));
        assertEquals(2, unmapped);
    }

    @Test
    void kmapAtomic_deeperThanSixteen_fails() {
        for (int i = 0; i < 16; i++) {
            assertFalse(kernel.kmapAtomic(SECOND, HIGH).isFailed());
        }
        assertTrue(kernel.kmapAtomic(SECOND, HIGH).isFailed());
        assertFalse(kernel.kmapAtomic(CpuId.BOOT, HIGH).isFailed());
    }

    private VirtAddr kmap(PhysAddr page) {
        return done(kernel.kmap(page));
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }
}
