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
import org.dmalab.engine.iova.FlushQueue.Options;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class FlushQueueTest {
    private static final CpuId ONE = new CpuId(1);
    private static final long LIMIT = 0xfffff;
    private static final long MILLI = 1_000_000L;

    private final IovaRcache rcache = new IovaRcache(
            Era.V6_12,
            new RbTreeIovaDomain(
                    IovaWalk.V6_1,
                    new AddrRange<>(new DmaAddr(0x1000), 0xfffff000L),
                    PageSize.SMALL_4K,
                    TraceSink.NONE),
            2);
    private int flushed;

    private FlushQueue queue(Options options) {
        return new FlushQueue(rcache, 2, options, () -> flushed++);
    }

    private long queued(FlushQueue queue, CpuId cpu, long now) {
        long pfn = rcache.allocFast(cpu, 64, LIMIT, true);
        queue.queue(cpu, pfn, 64, now);
        return pfn;
    }

    /** Freed neither by the unmap nor before the 10 ms are over. */
    @Test
    void queue_oneRange_isFreeAfterTheTimer() {
        FlushQueue queue = queue(Options.PER_CPU);
        assertFalse(queue.isTimerPending());
        assertEquals(LIMIT - 63, queued(queue, CpuId.BOOT, 5 * MILLI));
        assertEquals(1, queue.waiting());
        assertFalse(queue.advance(ONE, 15 * MILLI - 1));
        assertEquals(1, rcache.tree().nodes());
        assertTrue(queue.advance(ONE, 15 * MILLI));
        assertEquals(1, flushed);
        assertEquals(1, queue.flushes());
        assertEquals(0, queue.waiting());
        assertEquals(0, rcache.tree().nodes());
        assertFalse(queue.isTimerPending());
        assertFalse(queue.fireTimer(ONE));
        assertFalse(queue.advance(ONE, Long.MAX_VALUE - 1));
    }

    /** 255 fit; the next one flushes, whereupon all before it are free. */
    @Test
    void queue_ringFull_flushesAndFreesWhatWasThere() {
        FlushQueue queue = queue(Options.PER_CPU);
        for (int i = 0; i < 255; i++) {
            assertTrue(queued(queue, CpuId.BOOT, 0) > 0);
        }
        assertEquals(0, flushed);
        assertEquals(255, queue.waiting());
        assertTrue(queued(queue, ONE, 0) > 0);
        assertEquals(0, flushed);
        assertTrue(queued(queue, CpuId.BOOT, 0) > 0);
        assertEquals(1, flushed);
        assertEquals(2, queue.waiting());
        assertEquals(2, rcache.tree().nodes());
        // The other CPU's range was queued before the flush: its next unmap frees it.
        assertTrue(queued(queue, ONE, 0) > 0);
        assertEquals(2, queue.waiting());
        assertTrue(queue.isTimerPending());
    }

    @Test
    void queue_single_isOneForAllCpus() {
        FlushQueue queue = queue(new Options(4, 1000 * MILLI, false));
        assertTrue(queued(queue, CpuId.BOOT, 0) > 0);
        assertTrue(queued(queue, ONE, 0) > 0);
        assertTrue(queued(queue, CpuId.BOOT, 0) > 0);
        assertEquals(0, flushed);
        assertTrue(queued(queue, ONE, 0) > 0);
        assertEquals(1, flushed);
        assertEquals(1, queue.waiting());
        assertFalse(queue.advance(ONE, 10 * MILLI));
        assertTrue(queue.advance(ONE, 1000 * MILLI));
        assertEquals("0 ranges wait, 2 flushes", queue.toString());
        assertEquals(32_768, Options.SINGLE.slots());
    }

    @Test
    void arguments_wrong_areNamedAndChangeNothing() {
        FlushQueue queue = queue(Options.PER_CPU);
        assertTrue(refusal(() -> queue.queue(new CpuId(2), 1, 1, 0)).startsWith("cpu must be one of 2: CPU2"));
        assertEquals("size must be at least 1 page: 0", refusal(() -> queue.queue(ONE, 1, 0, 0)));
        assertEquals("slots must be a power of two, at least 2: 3", refusal(() -> new Options(3, 1, true)));
        assertEquals("timeout must be at least 1 ns: 0", refusal(() -> new Options(4, 0, true)));
        assertEquals("CPUs must be at least 1: 0", refusal(() -> new FlushQueue(rcache, 0, Options.PER_CPU, () -> {})));
        assertEquals(0, queue.waiting());
        assertFalse(queue.isTimerPending());
    }

    private static String refusal(org.junit.jupiter.api.function.Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
