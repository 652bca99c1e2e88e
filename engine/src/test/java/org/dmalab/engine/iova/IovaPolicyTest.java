package org.dmalab.engine.iova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;
import org.junit.jupiter.api.Test;

final class IovaPolicyTest {
    private static final AddrRange<DmaAddr> WINDOW =
            new AddrRange<>(new DmaAddr(Bytes.gib(4) - Bytes.mib(64)), Bytes.mib(64));
    private static final IovaPolicy LOWEST = IovaPolicy.of(
            "lowest",
            (bytes, holes) -> holes.stream()
                    .filter(hole -> hole.bytes() >= bytes)
                    .map(AddrRange::start)
                    .findFirst());

    private static Reason refusal(IovaDomain domain, long bytes) {
        return domain.alloc(bytes)
                .fold(
                        iova -> {
                            throw new AssertionError("given " + iova + ", " + domain);
                        },
                        reason -> reason);
    }

    private static List<IovaPolicy> all() {
        List<IovaPolicy> all = new ArrayList<>(IovaPolicy.shipped());
        all.add(IovaPolicy.unaligned(IovaWalk.V6_1));
        all.add(LOWEST);
        return all;
    }

    @Test
    void alloc_longestRequests_areRefusedAndTakeNothing() {
        for (IovaPolicy policy : all()) {
            IovaDomain domain = policy.open(WINDOW);
            for (long bytes : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 4095, 1L << 62, Bytes.mib(64) + 1}) {
                Reason reason = refusal(domain, bytes);
                assertEquals(Errno.ENOMEM, reason.errno(), policy.name());
                assertTrue(((NoIovaSpace) reason).bytes() > Bytes.mib(64), () -> policy + ": " + reason.message());
                assertTrue(((NoIovaSpace) reason).alignment() > 0, () -> policy + ": " + reason.message());
            }
            assertEquals(Bytes.mib(64), domain.freeBytes(), policy.name());
        }
    }

    @Test
    void ownPolicy_refusing_hasNoKernelsWords() {
        Reason reason = refusal(
                IovaPolicy.of("none", (bytes, holes) -> Optional.empty()).open(WINDOW), 4096);
        assertEquals(
                "IOVA policy: ENOMEM (-12) [bytes=4096] [alignment=4096] [free=67108864] [largest hole=67108864]",
                reason.message());
        assertTrue(reason.explain().endsWith("a hole would do, but the policy did not choose it"), reason::explain);
    }

    @Test
    void ownPolicy_moreThanTheWindow_isNotAsked() {
        List<Long> asked = new ArrayList<>();
        IovaDomain domain = IovaPolicy.of("asked", (bytes, holes) -> {
                    asked.add(bytes);
                    return Optional.of(holes.get(0).start());
                })
                .open(WINDOW);
        assertEquals(NoIovaSpace.Cause.TOO_LONG, ((NoIovaSpace) refusal(domain, Long.MAX_VALUE)).cause());
        assertEquals(List.of(), asked);
    }
}
