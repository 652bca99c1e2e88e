package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.iova.RbTreeIovaDomain.PfnRange;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RbTreeIovaDomainTest {
    private static final AddrRange<DmaAddr> GIB = new AddrRange<>(new DmaAddr(0x40000000L), Bytes.gib(1));
    private static final DmaAddr LAST = new DmaAddr(0x7fffffffL);

    private static RbTreeIovaDomain domain(IovaWalk walk) {
        return new RbTreeIovaDomain(walk, GIB, PageSize.SMALL_4K, TraceSink.NONE);
    }

    private static Outcome<DmaAddr> mib(RbTreeIovaDomain domain, long mebibytes) {
        return domain.alloc(Bytes.mib(mebibytes), LAST, false);
    }

    private static DmaAddr address(Outcome<DmaAddr> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private static Reason reason(Outcome<DmaAddr> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }

    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static String ranges(RbTreeIovaDomain domain) {
        List<String> ranges = new ArrayList<>();
        domain.forEach((lo, hi) -> ranges.add(Long.toHexString(lo) + "-" + Long.toHexString(hi)));
        return String.join(" ", ranges);
    }

    /** 500, 12, 499 MiB, the 12 back, 13 MiB: 12 MiB are free above what was placed last. */
    private static RbTreeIovaDomain holeAboveTheCachedNode(IovaWalk walk) {
        RbTreeIovaDomain domain = domain(walk);
        assertEquals("0x60c00000", address(mib(domain, 500)).toString());
        DmaAddr twelve = address(mib(domain, 12));
        assertEquals("0x40d00000", address(mib(domain, 499)).toString());
        domain.free(twelve, Bytes.mib(12));
        assertEquals("0x40000000", address(mib(domain, 13)).toString());
        assertEquals(Bytes.mib(12), domain.freeBytes());
        return domain;
    }

    @Test
    void alloc_holeAboveTheCachedNode_withoutRetryFailsAndExplains() {
        RbTreeIovaDomain domain = holeAboveTheCachedNode(IovaWalk.V5_10);
        NoIovaSpace reason = (NoIovaSpace) reason(mib(domain, 2));
        assertEquals(NoIovaSpace.Cause.NOT_SEARCHED, reason.cause());
        assertEquals(Errno.ENOMEM, reason.errno());
        assertEquals(
                "alloc_iova: NULL [bytes=2097152] [alignment=4096] [free=12582912] [largest hole=12582912]",
                reason.message());
        assertEquals(
                "2 MiB at a multiple of 4 KiB was asked for in [0x40000000-0x7fffffff] up to 0x7fffffff; 12 MiB is free,"
                        + " the largest hole is 12 MiB: the hole [0x60000000-0x60bfffff] of 12 MiB would do, but the"
                        + " search went down from 0x40000000, the range placed last (the cached node), and did not look"
                        + " above; Linux 5.11 and later try again from the top and would find it",
                reason.explain());
        domain.checkInvariants();
    }

    @Test
    void alloc_holeAboveTheCachedNode_withRetrySucceeds() {
        RbTreeIovaDomain domain = holeAboveTheCachedNode(IovaWalk.V6_1);
        assertEquals("0x60a00000", address(mib(domain, 2)).toString());
        assertEquals(Bytes.mib(10), domain.largestHole());
    }

    /** Below 4 GiB, where Linux 3.14 has a cached node. */
    private static RbTreeIovaDomain below4GiB() {
        AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(0xc0000000L), Bytes.gib(1));
        return new RbTreeIovaDomain(IovaWalk.V3_14, window, PageSize.SMALL_4K, TraceSink.NONE);
    }

    private static Outcome<DmaAddr> unaligned(RbTreeIovaDomain domain, long mebibytes) {
        return domain.alloc(Bytes.mib(mebibytes), new DmaAddr(0xffffffffL), false);
    }

    @Test
    void alloc_wholeWindowInLinux314_missesTheFirstPage() {
        NoIovaSpace reason = (NoIovaSpace) reason(below4GiB().alloc(Bytes.gib(1)));
        assertEquals(NoIovaSpace.Cause.FIRST_PAGE, reason.cause());
        assertTrue(
                reason.explain()
                        .endsWith(
                                "the hole [0xc0000000-0xffffffff] of 1 GiB would do, but Linux 3.14 never gives out"
                                        + " the first page of a window, 0xc0000000; make the window a page longer at its start"),
                reason::explain);
    }

    /** The hole at the bottom lies below the range at which the search began. */
    @Test
    void alloc_holeBelowTheCachedNodeInLinux314_isNotCalledOverlooked() {
        RbTreeIovaDomain domain = below4GiB();
        assertEquals("0xe0c00000", address(unaligned(domain, 500)).toString());
        DmaAddr twelve = address(unaligned(domain, 12));
        assertEquals("0xc0d00000", address(unaligned(domain, 499)).toString());
        domain.free(twelve, Bytes.mib(12));
        NoIovaSpace reason = (NoIovaSpace) reason(unaligned(domain, 13));
        assertEquals(NoIovaSpace.Cause.FIRST_PAGE, reason.cause());
        assertTrue(reason.explain().contains("the hole [0xc0000000-0xc0cfffff] of 13 MiB"), reason::explain);
        assertEquals(NoIovaSpace.Cause.FRAGMENTED, ((NoIovaSpace) reason(unaligned(domain, 14))).cause());
        assertEquals("0xe0000000", address(unaligned(domain, 12)).toString());
        assertEquals("0xc0100000", address(unaligned(domain, 12)).toString());
    }

    @Test
    void alloc_holeAboveTheCachedNodeInLinux314_isOverlooked() {
        RbTreeIovaDomain domain = below4GiB();
        assertEquals("0xe0c00000", address(unaligned(domain, 500)).toString());
        DmaAddr twelve = address(unaligned(domain, 12));
        assertEquals("0xc0d00000", address(unaligned(domain, 499)).toString());
        domain.free(twelve, Bytes.mib(12));
        DmaAddr bottom = address(domain.alloc(Bytes.mib(13) - 4096, new DmaAddr(0xffffffffL), false));
        assertEquals("0xc0001000", bottom.toString());
        NoIovaSpace reason = (NoIovaSpace) reason(unaligned(domain, 2));
        assertEquals(NoIovaSpace.Cause.NOT_SEARCHED, reason.cause());
        assertTrue(reason.explain().contains("the hole [0xe0000000-0xe0bfffff] of 12 MiB"), reason::explain);
    }

    /** Sizes that do not fit into a signed number once rounded are still sizes. */
    @ParameterizedTest
    @EnumSource(IovaWalk.class)
    void alloc_longestRequest_isRefusedAsTooLong(IovaWalk walk) {
        RbTreeIovaDomain domain = domain(walk);
        NoIovaSpace reason = (NoIovaSpace) reason(domain.alloc(Long.MAX_VALUE));
        assertEquals(NoIovaSpace.Cause.TOO_LONG, reason.cause());
        assertEquals(Long.MAX_VALUE, reason.bytes());
        assertEquals(Bytes.gib(1), domain.freeBytes());
    }

    /** A request with a low limit fails, and the next one with a high limit is not searched for until something is freed. */
    @Test
    void alloc_afterAFailureWithALowLimit_isRefusedUntilAFree() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        DmaAddr page = address(domain.alloc(4096));
        NoIovaSpace low = (NoIovaSpace) reason(domain.alloc(Bytes.mib(2), new DmaAddr(0x400fffffL), true));
        assertEquals(NoIovaSpace.Cause.TOO_LONG, low.cause());
        long steps = domain.steps();
        NoIovaSpace known = (NoIovaSpace) reason(domain.alloc(Bytes.mib(4)));
        assertEquals(steps, domain.steps());
        assertEquals(NoIovaSpace.Cause.NOT_SEARCHED, known.cause());
        assertTrue(known.explain().contains("a request of 2 MiB failed before"), known::explain);
        assertEquals("0x7fffc000", address(domain.alloc(Bytes.kib(8))).toString());
        domain.free(page, 4096);
        assertEquals("0x7f800000", address(domain.alloc(Bytes.mib(4))).toString());
    }

    @Test
    void alloc_everyReasonOfAFullWindow_isNamed() {
        RbTreeIovaDomain domain = new RbTreeIovaDomain(
                IovaWalk.V6_1, new AddrRange<>(new DmaAddr(0x10000), 0x8000), PageSize.SMALL_4K, TraceSink.NONE);
        DmaAddr a = address(domain.alloc(0x3000));
        assertEquals("0x00014000", a.toString());
        assertEquals(NoIovaSpace.Cause.TOO_LONG, ((NoIovaSpace) reason(domain.alloc(0x9000))).cause());
        assertEquals(NoIovaSpace.Cause.FULL, ((NoIovaSpace) reason(domain.alloc(0x6000))).cause());
        assertEquals(
                "0x00013000",
                address(domain.allocAt(new DmaAddr(0x13000), 0x1000)).toString());
        assertEquals(NoIovaSpace.Cause.FRAGMENTED, ((NoIovaSpace) reason(domain.alloc(0x4000))).cause());
        assertEquals(
                "0x00011000",
                address(domain.allocAt(new DmaAddr(0x11000), 0x800)).toString());
        assertEquals(
                "0x00017000",
                address(domain.allocAt(new DmaAddr(0x17000), 0x1000)).toString());
        domain.free(new DmaAddr(0x13000), 0x1000);
        domain.free(new DmaAddr(0x11000), 0x1000);
        assertEquals(
                "0x00010000",
                address(domain.allocAt(new DmaAddr(0x10000), 0x1000)).toString());
        assertEquals("0x00012000", address(domain.alloc(0x2000)).toString());
        domain.free(new DmaAddr(0x12000), 0x2000);
        assertEquals(
                "0x00013000",
                address(domain.allocAt(new DmaAddr(0x13000), 0x1000)).toString());
        NoIovaSpace aligned = (NoIovaSpace) reason(domain.alloc(0x2000));
        assertEquals(NoIovaSpace.Cause.ALIGNMENT, aligned.cause());
        assertTrue(aligned.explain().contains("a hole of 2 pages exists for the 2 that are needed"), aligned::explain);
    }

    /** Linux 3.14 rounds sizes up; later versions only the alignment. */
    @Test
    void alloc_fivePages_takesEightInLinux314() {
        RbTreeIovaDomain old = domain(IovaWalk.V3_14);
        assertEquals(0xffff8L, old.allocPfn(5, 0xfffff, true));
        assertEquals("ffff8-fffff", ranges(old));
        RbTreeIovaDomain today = domain(IovaWalk.V6_1);
        assertEquals(0xffff8L, today.allocPfn(5, 0xfffff, true));
        assertEquals("ffff8-ffffc", ranges(today));
    }

    /** Freeing high moves the cached node up, and a size that no hole has walks over every range. */
    @ParameterizedTest
    @EnumSource(IovaWalk.class)
    void steps_noHoleFits_areThoseOverAllRanges(IovaWalk walk) {
        RbTreeIovaDomain domain = domain(walk);
        for (int i = 0; i < 20_000; i++) {
            long pfn = domain.allocPfn(1, 0xfffff, true);
            if (i % 2 == 1) {
                assertEquals(0xfffffL - i, pfn);
            }
        }
        for (long pfn = 0xffffe; pfn > 0xfffff - 20_000; pfn -= 2) {
            domain.freePfn(pfn);
        }
        domain.freePfn(0xfffff);
        long before = domain.steps();
        assertEquals(0xfb1dcL, domain.allocPfn(4, 0xfffff, true));
        assertEquals(walk == IovaWalk.V3_14 ? 9_999 : 10_000, domain.steps() - before);
        domain.checkInvariants();
    }

    /** Page 0, and in Linux 3.14 the page behind it. */
    @ParameterizedTest
    @EnumSource(IovaWalk.class)
    void alloc_lowestPage_isNotGiven(IovaWalk walk) {
        AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(0), 0x4000);
        RbTreeIovaDomain domain = new RbTreeIovaDomain(walk, window, PageSize.SMALL_4K, TraceSink.NONE);
        List<String> given = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            given.add(domain.alloc(4096)
                    .<String>fold(DmaAddr::toString, reason -> reason.errno().name()));
        }
        String last = walk == IovaWalk.V3_14 ? "ENOMEM" : "0x00001000";
        assertEquals(List.of("0x00003000", "0x00002000", last, "ENOMEM"), given);
    }

    @Test
    void reserve_overlappingRanges_extendsThemAndAddsTheRest() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        assertEquals(new PfnRange(0x100, 0x1ff), domain.reserve(0x100, 0x1ff));
        assertEquals(new PfnRange(0x300, 0x3ff), domain.reserve(0x300, 0x3ff));
        assertEquals(new PfnRange(0x80, 0x1ff), domain.reserve(0x80, 0x110));
        assertEquals(new PfnRange(0x400, 0x450), domain.reserve(0x180, 0x450));
        assertEquals("80-1ff 200-3ff 400-450", ranges(domain));
        domain.freePfn(0x2ff);
        assertEquals("80-1ff 400-450", ranges(domain));
        domain.checkInvariants();
    }

    @Test
    void free_insideARange_freesAllOfIt_andElsewhereNothing() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        DmaAddr iova = address(domain.alloc(0x4000));
        domain.free(new DmaAddr(0x50000000L), 0x1000);
        assertEquals(1, domain.nodes());
        domain.free(iova.plus(0x2000), 0x1000);
        assertEquals(0, domain.nodes());
        assertEquals(Bytes.gib(1), domain.largestHole());
    }

    @Test
    void allocAt_takenRange_saysByWhat() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        assertEquals(
                "0x50000000",
                address(domain.allocAt(new DmaAddr(0x50000000L), 0x2001)).toString());
        Reason above = reason(domain.allocAt(new DmaAddr(0x4ffff000L), 0x2000));
        Reason inside = reason(domain.allocAt(new DmaAddr(0x50002000L), 0x1000));
        assertEquals(
                "iova_alloc_at: EBUSY (-16) [iova=0x50002000] [bytes=4096] [taken=[0x50000000-0x50002fff]]",
                inside.message());
        assertEquals(((IovaTaken) above).taken(), ((IovaTaken) inside).taken());
        assertEquals("50000-50002", ranges(domain));
        assertEquals(
                "0x50003000",
                address(domain.allocAt(new DmaAddr(0x50003000L), 0x1000)).toString());
    }

    @Test
    void arguments_wrong_areNamedAndChangeNothing() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        assertEquals("bytes must be positive: 0", refusal(() -> mib(domain, 0)));
        assertEquals(
                "bytes must be positive: -1",
                refusal(() -> assertFalse(domain.alloc(-1).isFailed())));
        assertEquals("size must be 1..1152921504606846976 pages: 0", refusal(() -> domain.allocPfn(0, 1, true)));
        assertEquals("limit must be 0..1152921504606846976: -1", refusal(() -> domain.allocPfn(1, -1, true)));
        assertEquals(
                "free of a range that leaves the window [iova=0x7ffff000] [bytes=8192]"
                        + " [window=[0x40000000-0x7fffffff]]",
                refusal(() -> domain.free(new DmaAddr(0x7ffff000L), 8192)));
        assertTrue(refusal(() ->
                        assertFalse(domain.allocAt(new DmaAddr(0x40000800L), 1).isFailed()))
                .startsWith("iova must be a multiple of the granule [iova=0x40000800]"));
        assertTrue(refusal(() ->
                        assertFalse(domain.allocAt(new DmaAddr(0x3ffff000L), 1).isFailed()))
                .startsWith("range leaves the window [iova=0x3ffff000]"));
        assertTrue(refusal(() -> assertEquals(2, domain.reserve(2, 1).lo())).startsWith("range must be 0 <= lo <= hi"));
        assertTrue(refusal(() -> new RbTreeIovaDomain(IovaWalk.V6_1, GIB, new PageSize(16), TraceSink.NONE))
                .startsWith("granule must be 16..4096 bytes"));
        AddrRange<DmaAddr> odd = new AddrRange<>(new DmaAddr(0x1000), 0x1001);
        assertTrue(refusal(() -> new RbTreeIovaDomain(IovaWalk.V6_1, odd, PageSize.SMALL_4K, TraceSink.NONE))
                .startsWith("window must be made of granules"));
        AddrRange<DmaAddr> pageZero = new AddrRange<>(new DmaAddr(0), 0x1000);
        assertTrue(refusal(() -> new RbTreeIovaDomain(IovaWalk.V6_1, pageZero, PageSize.SMALL_4K, TraceSink.NONE))
                .startsWith("window must have more than page 0"));
        assertEquals(0, domain.nodes());
        assertEquals(0, domain.steps());
    }

    /** A million ranges and what is between them, allocated, counted by rank and freed again. */
    @Test
    void alloc_aMillionRanges_areGivenAndTakenBack() {
        RbTreeIovaDomain domain = domain(IovaWalk.V6_1);
        long limit = (1L << 24) - 1;
        for (int i = 0; i < 1_000_000; i++) {
            assertEquals(limit - 3 - 4L * i, domain.allocPfn(3, limit, true));
        }
        assertEquals(1_000_000, domain.nodes());
        domain.checkInvariants();
        domain.freePfn(limit - 3);
        long before = domain.steps();
        assertEquals(limit - 3, domain.allocPfn(4, limit, true));
        assertEquals(1, domain.steps() - before);
        for (int i = 999_999; i > 0; i--) {
            domain.freePfn(limit - 3 - 4L * i);
        }
        assertEquals(1, domain.nodes());
        domain.checkInvariants();
    }
}
