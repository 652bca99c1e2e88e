package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.iova.BitmapIovaDomain.Granularity;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class BitmapIovaDomainTest {
    private static final DmaAddr BASE = new DmaAddr(0x80000000L);

    private static BitmapIovaDomain domain(Era era, long bytes) {
        return domain(era, bytes, Granularity.DEFAULT);
    }

    private static BitmapIovaDomain domain(Era era, long bytes, Granularity granularity) {
        return BitmapIovaDomain.create(era, BASE, bytes, granularity, TraceSink.NONE)
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static DmaAddr alloc(IovaDomain domain, long bytes) {
        return domain.alloc(bytes).orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static NoIovaSpace refusal(IovaDomain domain, long bytes) {
        return (NoIovaSpace) reason(domain.alloc(bytes));
    }

    private static <T> Reason reason(Outcome<T> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }

    /** The executed sequence of an 8 MiB window. */
    @Test
    void alloc_mixedSizes_firstAlignedFit() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(8));
        assertEquals("0x80000000", alloc(domain, 4096).toString());
        assertEquals("0x80008000", alloc(domain, Bytes.kib(20)).toString());
        assertEquals("0x80001000", alloc(domain, 4096).toString());
        assertEquals("0x80010000", alloc(domain, Bytes.kib(64)).toString());
        assertEquals("0x80002000", alloc(domain, 4096).toString());
        assertEquals("0x80100000", alloc(domain, Bytes.mib(1)).toString());
        domain.free(new DmaAddr(0x80010000L), Bytes.kib(64));
        assertEquals("0x80010000", alloc(domain, Bytes.kib(32)).toString());
        assertEquals("0x80004000", alloc(domain, Bytes.kib(8)).toString());
        assertEquals("0x80200000", alloc(domain, Bytes.mib(2)).toString());
    }

    @Test
    void alloc_granuleOfOrder4_startsAtGranules() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(8), new Granularity(4, 8));
        assertEquals("0x80000000", alloc(domain, 4096).toString());
        assertEquals("0x80010000", alloc(domain, Bytes.kib(20)).toString());
        assertEquals(Bytes.mib(8) - 2 * Bytes.kib(64), domain.freeBytes());
    }

    @ParameterizedTest
    @CsvSource({"V3_6, 0x80400000", "V3_14, 0x80100000", "V6_1, 0x80100000", "V6_12, 0x80100000"})
    void alloc_4MiBBehindAPage_alignmentIsCappedFromLinux38On(Era era, String expected) {
        BitmapIovaDomain domain = domain(era, Bytes.mib(16));
        assertEquals("0x80000000", alloc(domain, 1).toString());
        assertEquals(expected, alloc(domain, Bytes.mib(4)).toString());
    }

    @Test
    void window_oddSize_isRoundedUpToWordsOf32Granules() {
        BitmapIovaDomain domain = domain(Era.V3_14, 10 * 4096);
        assertEquals(32 * 4096, domain.window().bytes());
        for (int page = 0; page < 32; page++) {
            assertEquals(BASE.plus(page * 4096L), alloc(domain, 4096));
        }
        assertEquals(NoIovaSpace.Cause.FULL, refusal(domain, 4096).cause());
    }

    @ParameterizedTest
    @EnumSource(
            value = Era.class,
            names = {"V6_1", "V6_12"})
    void window_192MiB_hasOneBitmapOf128MiB(Era era) {
        assertEquals(Bytes.mib(128), domain(era, Bytes.mib(192)).window().bytes());
    }

    @Test
    void alloc_moreThanOneBitmap_failsInAnEmptyWindowAndMakesTheNextBitmap() {
        BitmapIovaDomain domain = domain(Era.V6_12, Bytes.mib(256));
        NoIovaSpace reason = refusal(domain, Bytes.mib(128) + 1);
        assertEquals(NoIovaSpace.Cause.TOO_LONG, reason.cause());
        assertEquals(2, domain.bitmaps());
        assertEquals(
                "128 MiB at a multiple of 1 MiB was asked for in [0x80000000-0x8fffffff]; 256 MiB is free, the largest"
                        + " hole is 128 MiB: one allocation cannot be longer than 128 MiB; map the buffer in pieces",
                reason.explain().replace("128.0 MiB", "128 MiB"));
        assertEquals(BASE, alloc(domain, Bytes.mib(128)));
        assertEquals(BASE.plus(Bytes.mib(128)), alloc(domain, Bytes.mib(128)));
        assertEquals(NoIovaSpace.Cause.FULL, refusal(domain, 1).cause());
    }

    @Test
    void alloc_zeroBytes_isAlignedAndReservesNothing() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(4));
        assertEquals(BASE, alloc(domain, 4096));
        assertEquals("0x80100000", alloc(domain, 0).toString());
        assertEquals("0x80100000", alloc(domain, Bytes.mib(1)).toString());
        assertEquals(Bytes.mib(3) - 4096, domain.freeBytes());
    }

    @Test
    void alloc_enoughButScattered_explainsFragmentation() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.kib(128));
        for (int page = 0; page < 32; page++) {
            assertEquals(BASE.plus(page * 4096L), alloc(domain, 4096));
        }
        for (int page = 0; page < 32; page += 2) {
            domain.free(BASE.plus(page * 4096L), 4096);
        }
        NoIovaSpace reason = refusal(domain, 8192);
        assertEquals(NoIovaSpace.Cause.FRAGMENTED, reason.cause());
        assertEquals(Errno.ENOMEM, reason.errno());
        assertEquals(Bytes.kib(64), reason.freeBytes());
        assertEquals(4096, reason.largestHole());
        assertEquals(
                "8 KiB at a multiple of 8 KiB was asked for in [0x80000000-0x8001ffff]; 64 KiB is free, the largest hole"
                        + " is 4 KiB: the free space is in pieces that are too short; map long-lived buffers first, or"
                        + " make the window larger",
                reason.explain());
    }

    @Test
    void alloc_holeAtNoAlignedPlace_explainsAlignment() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.kib(128));
        assertEquals(BASE, alloc(domain, 4096));
        NoIovaSpace reason = refusal(domain, Bytes.kib(124));
        assertEquals(NoIovaSpace.Cause.ALIGNMENT, reason.cause());
        assertEquals(Bytes.kib(128), reason.alignment());
        assertTrue(
                reason.explain()
                        .contains("a hole of 31 pages exists for the 31 that are needed, but not at an aligned place"),
                reason.explain());
        assertEquals(
                "__alloc_iova: DMA_ERROR_CODE [bytes=126976] [alignment=131072] [free=126976] [largest hole=126976]",
                reason.message());
    }

    @Test
    void alloc_beyondEverything_isARefusalNotACrash() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(4));
        for (long bytes : new long[] {1L << 32, 1L << 44, Long.MAX_VALUE}) {
            NoIovaSpace reason = refusal(domain, bytes);
            assertEquals(NoIovaSpace.Cause.TOO_LONG, reason.cause());
            assertTrue(reason.bytes() >= bytes, reason.explain());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> assertTrue(domain.alloc(-1).isFailed()));
        assertEquals(Bytes.mib(4), domain.freeBytes());
    }

    @Test
    void free_twice_takesTheRangeFromItsNextOwner() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(4));
        DmaAddr first = alloc(domain, 4096);
        domain.free(first, 4096);
        assertEquals(first, alloc(domain, 4096));
        domain.free(first, 4096);
        domain.free(first, 4096);
        assertEquals(first, alloc(domain, 4096));
        assertEquals(Bytes.mib(4) - 4096, domain.freeBytes());
    }

    @Test
    void free_lessThanAPage_freesNothing() {
        BitmapIovaDomain domain = domain(Era.V3_14, Bytes.mib(4));
        domain.free(alloc(domain, 100), 100);
        assertEquals(Bytes.mib(4) - 4096, domain.freeBytes());
    }

    @Test
    void free_outsideTheWindow_isRefused() {
        BitmapIovaDomain domain = domain(Era.V6_12, Bytes.mib(256));
        for (DmaAddr iova : List.of(
                new DmaAddr(0x7ffff000L),
                BASE.plus(Bytes.mib(256)),
                new DmaAddr(-4096L),
                BASE.plus(Bytes.mib(128) - 4096))) {
            assertThrows(IllegalArgumentException.class, () -> domain.free(iova, 8192), iova.toString());
        }
        assertThrows(IllegalArgumentException.class, () -> domain.free(BASE, -4096));
        assertEquals(Bytes.mib(256), domain.freeBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "V3_6, 0, EINVAL",
        "V3_14, 4095, EINVAL",
        "V3_14, 0x100000000, EINVAL",
        "V6_1, 0, EINVAL",
        "V6_12, 4095, EINVAL",
        "V6_1, 0x100000001, ERANGE"
    })
    void create_badLength_isRefusedAsTheKernelDoes(Era era, String bytes, Errno errno) {
        Reason reason = reason(BitmapIovaDomain.create(era, BASE, Long.decode(bytes), TraceSink.NONE));
        assertEquals(errno, reason.errno());
        assertTrue(reason.explain().startsWith(era + " refuses a window of "), reason.explain());
        assertTrue(reason.message().startsWith("arm_iommu_create_mapping: " + errno), reason.message());
    }

    @Test
    void create_wholeBus_has32BitmapsInLinux6() {
        assertEquals(Bytes.gib(4), domain(Era.V6_12, Bytes.gib(4)).freeBytes());
    }

    @Test
    void create_callersMistake_throws() {
        assertThrows(IllegalArgumentException.class, () -> domain(Era.V3_4, 4096));
        assertThrows(IllegalArgumentException.class, () -> domain(Era.V3_14, -1));
        assertThrows(IllegalArgumentException.class, () -> domain(Era.V6_1, Bytes.mib(1), new Granularity(1, 8)));
        assertThrows(IllegalArgumentException.class, () -> new Granularity(-1, 8));
        assertThrows(IllegalArgumentException.class, () -> new Granularity(0, 10));
    }

    @Test
    void trace_allocAndFree_tellsRangeAndWordsSearched() {
        List<String> events = new ArrayList<>();
        TraceSink sink = new TraceSink() {
            @Override
            public void iovaAllocated(long iova, long bytes, int words) {
                events.add("alloc " + Long.toHexString(iova) + " " + bytes + " " + words);
            }

            @Override
            public void iovaFreed(long iova, long bytes) {
                events.add("free " + Long.toHexString(iova) + " " + bytes);
            }
        };
        BitmapIovaDomain domain = BitmapIovaDomain.create(Era.V3_14, BASE, Bytes.mib(1), sink)
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
        assertEquals(BASE, alloc(domain, 64 * 4096));
        assertEquals(BASE.plus(64 * 4096), alloc(domain, 5000));
        domain.free(BASE, 64 * 4096);
        // 64 zeros: word 0 for the first zero, words 0..2 for the next one behind them; behind 64 ones: words 0..2,
        // then 2.
        assertEquals(List.of("alloc 80000000 262144 4", "alloc 80040000 8192 4", "free 80000000 262144"), events);
    }

    @Test
    void toString_domain_isOneLine() {
        assertEquals(
                "4 MiB free of 4 MiB [0x80000000-0x803fffff], Linux 3.14",
                domain(Era.V3_14, Bytes.mib(4)).toString());
    }
}
