package org.dmalab.engine.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.DmaAttribute;
import org.dmalab.engine.iova.IovaPolicy;
import org.dmalab.engine.iova.IovaWalk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class IovaSpaceTest {
    private static final AddrRange<DmaAddr> GIB = new AddrRange<>(new DmaAddr(0xc0000000L), Bytes.gib(1));
    private static final IovaPolicy WITHOUT = IovaPolicy.unaligned(IovaWalk.V5_10);
    private static final IovaPolicy WITH = IovaPolicy.unaligned(IovaWalk.V6_1);

    private static IovaSpace reported(IovaPolicy policy) {
        IovaSpace space = new IovaSpace(GIB, policy);
        space.alloc("camera", Bytes.mib(500));
        DmaAddr codec = space.alloc("codec", Bytes.mib(12), DmaAttribute.WRITE_COMBINE);
        space.alloc("display", Bytes.mib(499));
        space.free(codec);
        space.alloc("camera", Bytes.mib(13));
        return space;
    }

    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static List<String> owners(IovaMap map) {
        return map.entries().stream()
                .map(entry -> entry.owner() + " " + Bytes.text(entry.range().bytes()) + ", " + entry.age())
                .toList();
    }

    @Test
    void map_reportedSequence_hasOwnersAgesAndTheHole() {
        IovaMap map = reported(WITHOUT).map();
        assertEquals(
                List.of("camera 13 MiB, 0 operations", "display 499 MiB, 2 operations", "camera 500 MiB, 4 operations"),
                owners(map));
        assertEquals(Bytes.mib(12), map.largestHole());
        assertEquals(1012.0 / 1024, map.utilisation());
        assertEquals(0, map.externalFragmentation());
        assertEquals("model", map.source());
    }

    @Test
    void replay_withRetry_givesWhatWasRefused() {
        IovaSpace without = reported(WITHOUT);
        assertTrue(without.tryAlloc("network", Bytes.mib(2)).isFailed());
        assertEquals("unaligned, 5.10: 2 MiB refused", without.map().title());
        IovaSpace with = without.replay(WITH);
        assertEquals("unaligned, 6.1", with.map().title());
        assertEquals(4, with.map().entries().size());
        assertEquals(Bytes.mib(10), with.map().largestHole());
        assertEquals(without.map().title(), with.replay(WITHOUT).map().title());
    }

    @Test
    void map_titleAfterManyRefusals_namesTheFirstAndCountsTheOthers() {
        IovaSpace space = reported(WITHOUT).replay(IovaPolicy.BUDDY);
        assertEquals("buddy: 499 MiB refused", space.map().title());
        assertTrue(space.tryAlloc(Bytes.gib(2)).isFailed());
        assertEquals("buddy: 499 MiB, 2 GiB refused", space.map().title());
        for (int i = 0; i < 3; i++) {
            assertTrue(space.tryAlloc(Bytes.gib(4)).isFailed());
        }
        assertEquals(
                "buddy: 499 MiB, 2 GiB, 4 GiB and 2 more refused", space.map().title());
    }

    @Test
    void replay_everyPolicy_keepsWhatItGave() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.RETRY);
        DmaAddr first = space.alloc("a", Bytes.mib(3));
        space.alloc("b", 5000);
        space.free(first);
        space.alloc("c", Bytes.kib(12), DmaAttribute.WRITE_COMBINE);
        for (IovaPolicy policy : IovaPolicy.shipped()) {
            IovaMap map = space.replay(policy).map();
            assertEquals(2, map.entries().size(), policy.name());
            assertEquals(Bytes.kib(8) + Bytes.kib(12), map.usedBytes(), policy.name());
            assertTrue(
                    map.entries().stream().anyMatch(entry -> entry.attributes().equals("WRITE_COMBINE")));
        }
        String buddies = space.replay(IovaPolicy.BUDDY).map().source();
        assertTrue(buddies.startsWith("model, whose allocator counts "), buddies);
    }

    @Test
    void ownPolicy_inALambda_placesAndIsHeldToItsHoles() {
        IovaPolicy top = IovaPolicy.of(
                "top",
                (bytes, holes) -> holes.stream()
                        .filter(hole -> hole.bytes() >= bytes)
                        .reduce((lower, higher) -> higher)
                        .map(hole -> new DmaAddr(hole.last() + 1 - bytes)));
        IovaSpace space = new IovaSpace(GIB, top);
        assertEquals("0xfffff000", space.alloc(1).toString());
        assertTrue(space.tryAlloc(Bytes.gib(2)).isFailed());
        assertTrue(space.tryAlloc(Bytes.gib(2)).explain().contains("one allocation cannot be longer than 1 GiB"));
        IovaPolicy blind = IovaPolicy.of("blind", (bytes, holes) -> Optional.of(GIB.start()));
        IovaSpace wrong = new IovaSpace(GIB, blind);
        assertEquals("0xc0000000", wrong.alloc(4096).toString());
        assertEquals(
                "policy must place a range in a hole, at a page [iova=0xc0000000] [bytes=4096]"
                        + " [window=[0xc0000000-0xffffffff]]",
                refusal(() -> wrong.alloc(4096).toString()));
        assertEquals(1, wrong.map().entries().size());
    }

    @Test
    void replay_freeOfWhatWasRefused_isStillACallForTheNextPolicy() {
        IovaPolicy none = IovaPolicy.of("none", (bytes, holes) -> Optional.empty());
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        space.alloc("a", Bytes.mib(100));
        DmaAddr second = space.alloc("b", Bytes.mib(100));
        space.alloc("c", Bytes.mib(40));
        space.free(second);
        IovaMap refused = space.replay(none).map();
        assertEquals("none: 100 MiB, 100 MiB, 40 MiB refused", refused.title());
        assertEquals("operation 4", refused.moment());
        assertEquals(space.map(), space.replay(none).replay(IovaPolicy.BEST_FIT).map());
    }

    @Test
    void map_buddyAfterARefusal_saysWhatTheAllocatorCounts() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BUDDY);
        space.alloc("camera", Bytes.mib(500));
        space.alloc("codec", Bytes.mib(12));
        assertTrue(space.tryAlloc("display", Bytes.mib(499)).isFailed());
        space.alloc("network", Bytes.mib(2));
        assertEquals("buddy: 499 MiB refused", space.map().title());
        assertEquals(
                "model, whose allocator counts 494 MiB as free, 256 MiB in one piece",
                space.map().source());
    }

    @Test
    void free_thatTheAllocatorRefuses_changesNothing() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        DmaAddr iova = space.alloc("a", 4096);
        space.domain().free(iova, 4096);
        IovaMap before = space.map();
        String already = "free of a range that is free already [iova=0xc0000000] [bytes=4096]";
        assertEquals(already, refusal(() -> space.free(iova)));
        assertEquals(already, refusal(() -> space.free(iova)));
        assertEquals(before, space.map());
    }

    @Test
    void alloc_ofWhatSomebodyHolds_keepsTheRecord() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        DmaAddr a = space.alloc("a", 8192);
        space.domain().free(a.plus(4096), 4096);
        assertEquals(
                "policy gave addresses that a holds [policy=best fit] [given=[0xc0001000-0xc0001fff]]"
                        + " [held from=0xc0000000]",
                refusal(() -> space.alloc("b", 4096).toString()));
        assertEquals(List.of("a 8 KiB, 0 operations"), owners(space.map()));
    }

    @Test
    void arguments_null_areNamed() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        assertEquals("iova", missing(() -> space.free(absent())));
        assertEquals(
                "owner",
                missing(() -> assertTrue(
                        space.tryAlloc(IovaSpaceTest.<String>absent(), 1).isFailed())));
        assertEquals("other", missing(() -> space.replay(absent()).toString()));
        assertEquals("policy", missing(() -> new IovaSpace(GIB, absent())));
        assertEquals(0, space.map().entries().size());
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T absent() {
        return null;
    }

    private static String missing(Executable call) {
        return String.valueOf(assertThrows(NullPointerException.class, call).getMessage());
    }

    @Test
    void free_whatIsNotHeld_isRefused() {
        IovaSpace space = new IovaSpace(GIB, IovaPolicy.BEST_FIT);
        assertEquals(
                "no range in use begins at the address [iova=0xc0000000]: it was freed before, or is not what alloc"
                        + " returned",
                refusal(() -> space.free(GIB.start())));
        assertEquals("bytes must be positive: 0", refusal(() -> space.alloc(0).toString()));
        assertFalse(space.tryAlloc(1).isFailed());
        space.free(GIB.start());
        assertEquals(Bytes.gib(1), space.domain().freeBytes());
    }
}
