package org.dmalab.engine.memory;

import static org.dmalab.engine.memory.CmaMachine.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The pool for atomic callers and the region of one device. */
final class DevicePoolsTest {
    private static final PhysAddr BASE = new PhysAddr(0x2f003000L);
    private static final DmaAddr DEVICE_BASE = new DmaAddr(0x1000L);

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }

    private static CoherentPool region(long bytes, Era era, CoherentPool.Flag... flags) {
        return done(CoherentPool.declare(Optional.empty(), BASE, DEVICE_BASE, bytes, Set.of(flags), era));
    }

    @Test
    void atomicAlloc_oddSizes_firstFitAlignedToTheirOrderFromThePoolsStart() {
        AtomicPool pool = new AtomicPool(BASE, AtomicPool.DEFAULT_BYTES);
        assertEquals(BASE, done(pool.alloc(1)));
        assertEquals(BASE.plus(0x4000), done(pool.alloc(0x3000)));
        assertEquals(BASE.plus(0x1000), done(pool.alloc(0x1000)));
        assertEquals(BASE.plus(0x2000), done(pool.alloc(0x1001)));
        assertEquals(BASE.plus(0x7000), done(pool.alloc(0x1000)));
        assertEquals(AtomicPool.DEFAULT_BYTES - 0x8000, pool.freeBytes());
    }

    @Test
    void atomicAlloc_full_saysSoAsTheKernelDoes() {
        AtomicPool pool = new AtomicPool(BASE, AtomicPool.DEFAULT_BYTES);
        assertEquals(BASE, done(pool.alloc(0x1000)));
        Reason reason = reason(pool.alloc(0x21000));
        assertEquals(Errno.ENOMEM, reason.errno());
        assertEquals(
                "ERROR: 256 KiB atomic DMA coherent pool is too small!\n"
                        + "Please increase it with coherent_pool= kernel parameter!",
                reason.message());
        assertEquals(
                "asked the atomic pool for 132 KiB: 252 KiB of 256 KiB are free, the longest run has 252 KiB; boot with a"
                        + " larger coherent_pool= or allocate where the caller may sleep",
                reason.explain());
        assertEquals(BASE.plus(0x20000), done(pool.alloc(0x20000)));
    }

    @Test
    void coherentPool_noBytes_isRefusedByName() {
        CoherentPool pool = region(0x10000, Era.V3_14, CoherentPool.Flag.MAP);
        PhysAddr start = done(pool.alloc(0x1000));
        for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
            String expected = "size must be at least 1 byte: " + size + " bytes";
            assertEquals(expected, refusal(() -> assertTrue(pool.alloc(size).isFailed())));
            assertEquals(expected, refusal(() -> assertTrue(pool.release(start, size))));
            assertEquals(
                    expected,
                    refusal(() -> assertTrue(pool.mmap(start, size, 0, 1).isFailed())));
        }
        for (long pages : new long[] {0, -1, Long.MIN_VALUE}) {
            assertEquals(
                    "pages must be at least 1: " + pages,
                    refusal(() -> assertTrue(pool.mmap(start, 0x1000, 0, pages).isFailed())));
        }
        assertEquals(0xf000, pool.freeBytes());
    }

    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void atomicFree_startDecides() {
        AtomicPool pool = new AtomicPool(BASE, 0x4000);
        assertEquals(BASE, done(pool.alloc(0x4000)));
        assertFalse(pool.free(BASE.plus(-0x1000), 0x1000));
        assertFalse(pool.free(BASE.plus(0x4000), 0x1000));
        assertEquals(AtomicPool.Membership.RUNS_OUT, pool.membership(BASE.plus(0x3000), 0x2000));
        assertFalse(pool.free(BASE.plus(0x3000), 0x2000));
        assertEquals(0, pool.freeBytes());
        assertTrue(pool.free(BASE, 0x3fff));
        assertEquals(0x4000, pool.freeBytes());
        assertThrows(IllegalArgumentException.class, () -> pool.free(BASE, 1));
        assertThrows(IllegalArgumentException.class, () -> pool.alloc(0));
        assertThrows(IllegalArgumentException.class, () -> new AtomicPool(BASE, 0x1001));
    }

    @Test
    void declare_mistakesOfTheDriver_eachItsError() {
        Set<CoherentPool.Flag> map = Set.of(CoherentPool.Flag.MAP);
        Optional<CoherentPool> none = Optional.empty();
        Optional<CoherentPool> one = Optional.of(region(0x4000, Era.V3_14, CoherentPool.Flag.MAP));
        Era era = Era.V3_14;
        assertEquals(
                Errno.EINVAL,
                reason(CoherentPool.declare(none, BASE, DEVICE_BASE, 0x1000, Set.of(), era))
                        .errno());
        assertEquals(
                Errno.EINVAL,
                reason(CoherentPool.declare(none, BASE, DEVICE_BASE, 0, map, era))
                        .errno());
        assertEquals(
                Errno.EBUSY,
                reason(CoherentPool.declare(one, BASE, DEVICE_BASE, 0x1000, map, era))
                        .errno());
        assertEquals(0x1000, region(0x1fff, Era.V6_12).bytes());
    }

    @Test
    void coherentAlloc_oddSize_takesThePowerOfTwoAtItsMultiple() {
        CoherentPool pool = region(0x10000, Era.V3_14, CoherentPool.Flag.MAP);
        assertEquals(BASE, done(pool.alloc(0x1000)));
        assertEquals(BASE.plus(0x4000), done(pool.alloc(0x3000)));
        assertEquals(BASE.plus(0x2000), done(pool.alloc(0x2000)));
        assertEquals(new DmaAddr(0x5000), pool.deviceAddress(BASE.plus(0x4000)));
        assertEquals(0x10000 - 0x7000, pool.freeBytes());
        assertTrue(pool.release(BASE.plus(0x4000), 0x3000));
        assertEquals(0x10000 - 0x3000, pool.freeBytes());
        assertThrows(IllegalArgumentException.class, () -> pool.release(BASE.plus(0x4000), 0x3000));
        assertFalse(pool.release(BASE.plus(0x10000), 0x1000));
        assertThrows(IllegalArgumentException.class, () -> pool.deviceAddress(BASE.plus(0x10000)));
    }

    @Test
    void coherentAlloc_exhausted_fallsThroughIn314UnlessExclusive() {
        assertTrue(exhausted(region(0x3000, Era.V3_14, CoherentPool.Flag.MAP)).fallsThrough());
        assertFalse(exhausted(region(0x3000, Era.V3_14, CoherentPool.Flag.MAP, CoherentPool.Flag.EXCLUSIVE))
                .fallsThrough());
        assertFalse(exhausted(region(0x3000, Era.V6_12)).fallsThrough());
    }

    private static CoherentPool.Exhausted exhausted(CoherentPool pool) {
        assertEquals(BASE, done(pool.alloc(0x1000)));
        return (CoherentPool.Exhausted) reason(pool.alloc(0x2000));
    }

    @Test
    void coherentMmap_bounds_areTheBuffers() {
        CoherentPool pool = region(0x10000, Era.V6_12);
        PhysAddr start = done(pool.alloc(0x3000));
        assertTrue(done(pool.mmap(start, 0x3000, 1, 2)));
        assertFalse(done(pool.mmap(BASE.plus(0x10000), 0x1000, 0, 1)));
        assertEquals(Errno.ENXIO, reason(pool.mmap(start, 0x3000, 1, 3)).errno());
        assertEquals(Errno.ENXIO, reason(pool.mmap(start, 0x3000, 3, 1)).errno());
        assertEquals(
                new CoherentPool.OutsideBuffer("asked for 3 pages from page 1 of a buffer of 3"),
                reason(pool.mmap(start, 0x3000, 1, 3)));
        assertEquals(
                "dma_mmap_from_coherent(): -6",
                reason(pool.mmap(start, 0x3000, 1, 3)).message());
    }
}
