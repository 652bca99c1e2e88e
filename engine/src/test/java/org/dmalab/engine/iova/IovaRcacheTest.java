package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.CpuId;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class IovaRcacheTest {
    private static final CpuId ONE = new CpuId(1);
    private static final long LIMIT = 0xfffff;

    private static IovaRcache rcache(Era era, long pages) {
        AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(0x100000000L - pages * 4096), pages * 4096);
        return new IovaRcache(era, new RbTreeIovaDomain(IovaWalk.V6_1, window, PageSize.SMALL_4K, TraceSink.NONE), 2);
    }

    private static long alloc(IovaRcache rcache, CpuId cpu, long size) {
        return rcache.allocFast(cpu, size, LIMIT, true);
    }

    @Test
    void allocFast_afterAFree_givesTheLastFreedOfItsSize() {
        IovaRcache rcache = rcache(Era.V6_1, 1024);
        long three = alloc(rcache, CpuId.BOOT, 3);
        long four = alloc(rcache, CpuId.BOOT, 4);
        rcache.freeFast(CpuId.BOOT, three, 3);
        rcache.freeFast(CpuId.BOOT, four, 4);
        assertEquals(8, rcache.cachedPages());
        long steps = rcache.tree().steps();
        assertEquals(four, alloc(rcache, CpuId.BOOT, 3));
        assertEquals(three, alloc(rcache, CpuId.BOOT, 4));
        assertEquals(steps, rcache.tree().steps());
        assertEquals(2, rcache.tree().nodes());
    }

    @Test
    void allocFast_anotherCpu_doesNotSeeTheMagazine() {
        IovaRcache rcache = rcache(Era.V6_1, 1024);
        long pfn = alloc(rcache, CpuId.BOOT, 1);
        rcache.freeFast(CpuId.BOOT, pfn, 1);
        assertEquals(pfn - 1, alloc(rcache, ONE, 1));
        rcache.cpuOffline(CpuId.BOOT);
        assertEquals(pfn, rcache.tree().allocPfn(1, LIMIT, true));
    }

    @Test
    void allocFast_limitBelowTheMagazine_asksTheTree() {
        IovaRcache rcache = rcache(Era.V6_1, 1024);
        long pfn = alloc(rcache, CpuId.BOOT, 1);
        rcache.freeFast(CpuId.BOOT, pfn, 1);
        assertEquals(0xffffeL, rcache.allocFast(CpuId.BOOT, 1, 0xffffe, false));
        assertEquals(1, rcache.cachedPages());
    }

    /** Ranges hoarded by another CPU come back only when a request that may flush fails. */
    @Test
    void allocFast_windowHoarded_failsUnlessItMayFlush() {
        IovaRcache rcache = rcache(Era.V6_12, 8);
        for (int i = 0; i < 8; i++) {
            rcache.freeFast(ONE, rcache.tree().allocPfn(1, LIMIT, true), 1);
        }
        assertEquals(RbTreeIovaDomain.NO_PFN, rcache.allocFast(CpuId.BOOT, 4, LIMIT, false));
        assertEquals(8, rcache.cachedPages());
        assertEquals(0xffffcL, rcache.allocFast(CpuId.BOOT, 4, LIMIT, true));
        assertEquals(0, rcache.cachedPages());
        assertTrue(rcache.alloc(ONE, 8 * 4096).isFailed());
    }

    /** 127 in each of two magazines, then full ones into the depot: 32 in Linux 6.1, the next goes back to the tree. */
    @ParameterizedTest
    @CsvSource({"V6_1, 32, 4318", "V6_12, 33, 4445"})
    void freeFast_depotFull_isBoundedInLinux61(Era era, int magazines, int cached) {
        IovaRcache rcache = rcache(era, 8192);
        long[] pfns = new long[35 * 127 + 1];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = alloc(rcache, CpuId.BOOT, 1);
        }
        for (int i = 0; i < pfns.length - 1; i++) {
            rcache.freeFast(CpuId.BOOT, pfns[i], 1);
        }
        assertEquals(magazines, rcache.depotMagazines(0));
        assertEquals(cached, rcache.cachedPages());
        assertEquals(rcache.cachedPages() + 1, rcache.tree().nodes());
        rcache.tree().checkInvariants();
    }

    @Test
    void depotWork_moreMagazinesThanCpus_givesOneBackEachTime() {
        IovaRcache rcache = rcache(Era.V6_12, 8192);
        long[] pfns = new long[7 * 127];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = alloc(rcache, CpuId.BOOT, 1);
        }
        for (long pfn : pfns) {
            rcache.freeFast(CpuId.BOOT, pfn, 1);
        }
        assertEquals(5, rcache.depotMagazines(0));
        for (int expected : new int[] {4, 3, 2, 2}) {
            rcache.depotWork();
            assertEquals(expected, rcache.depotMagazines(0));
            assertEquals((expected + 2) * 127L, rcache.tree().nodes());
        }
    }

    @Test
    void domain_bytes_roundToPowersOfTwoBelow32Pages() {
        IovaRcache rcache = rcache(Era.V6_12, 64);
        DmaAddr iova = rcache.alloc(5 * 4096).orElseThrow(reason -> new IllegalStateException(reason.explain()));
        assertEquals("0xffff8000", iova.toString());
        assertEquals(56 * 4096L, rcache.freeBytes());
        rcache.free(iova, 5 * 4096);
        assertEquals(8, rcache.cachedPages());
        assertEquals(56 * 4096L, rcache.largestHole());
        long steps = rcache.tree().steps();
        String refused = rcache.alloc(65 * 4096).explain();
        assertEquals(steps + 2 + 1, rcache.tree().steps());
        assertTrue(refused.contains("one allocation cannot be longer than 256 KiB"), refused);
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_4", "V3_6", "V3_14"})
    void create_before61_isRefused(Era era) {
        assertTrue(refusal(() -> rcache(era, 8)).startsWith("the magazines modelled are those of Linux 6.1 and later"));
    }

    @Test
    void arguments_wrong_areNamed() {
        IovaRcache rcache = rcache(Era.V6_1, 8);
        assertEquals("cpu must be one of 2: CPU2", refusal(() -> alloc(rcache, new CpuId(2), 1)));
        assertEquals("size must be at least 1 page: 0", refusal(() -> alloc(rcache, ONE, 0)));
        assertEquals("size must be at least 1 page: -1", refusal(() -> rcache.freeFast(ONE, 1, -1)));
        assertEquals("order must be 0..5: 6", refusal(() -> assertEquals(0, rcache.depotMagazines(6))));
        assertEquals(0, rcache.tree().nodes());
        assertFalse(rcache.toString().isEmpty());
    }

    private static String refusal(org.junit.jupiter.api.function.Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
