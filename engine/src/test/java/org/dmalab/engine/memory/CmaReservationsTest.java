package org.dmalab.engine.memory;

import static org.dmalab.engine.memory.CmaMachine.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

/** An i.MX6: 768 MiB of linear map from 0x10000000, 256 MiB of HighMem above. */
final class CmaReservationsTest {
    private static final PhysAddr ANYWHERE = new PhysAddr(0);
    private static final PhysAddr HIGHMEM = new PhysAddr(0x40000000L);

    private final BuddyAllocator normal = new BuddyAllocator(0x10000, 0x30000, TraceSink.NONE);
    private final BuddyAllocator highmem = new BuddyAllocator(0x40000, 0x10000, TraceSink.NONE);
    private final PageFrames frames = new PageFrames(
            new PageAllocator(List.of(
                    new PageAllocator.Zone(ZoneKind.NORMAL, normal),
                    new PageAllocator.Zone(ZoneKind.HIGHMEM, highmem))),
            (from, to) -> {},
            TraceSink.NONE);

    private CmaReservations era(Era era) {
        return new CmaReservations(frames, era, TraceSink.NONE);
    }

    private static Reason reason(Outcome<?> outcome) {
        return outcome.fold(
                value -> {
                    throw new AssertionError("succeeded with " + value);
                },
                reason -> reason);
    }

    @Test
    void reserve_32MiBAnywhere_whereTheRealBoardHasIt() {
        CmaReservation reservation = done(era(Era.V6_12).reserve("reserved", Bytes.mib(32), ANYWHERE, ANYWHERE));
        assertEquals(0x4e000000L, reservation.range().start().value());
        assertEquals("CMA \"reserved\": 32 MiB reserved at 0x4e000000", reservation.toString());
        assertTrue(highmem.isReserved(0x4e000));
        assertFalse(highmem.isReserved(0x4dfff));
    }

    @Test
    void reserve_belowLowmemLimit_isTheTopOfTheLinearMap() {
        CmaReservation reservation = done(era(Era.V3_14).reserve("reserved", Bytes.mib(15), ANYWHERE, HIGHMEM));
        assertEquals(0x3f000000L, reservation.range().start().value());
        assertEquals(Bytes.mib(16), reservation.range().bytes());
    }

    @Test
    void reserve_largerThanHighmem_goesBelowInsteadOfAcrossIn612() {
        CmaReservation reservation = done(era(Era.V6_12).reserve("reserved", Bytes.mib(300), ANYWHERE, ANYWHERE));
        assertEquals(0x40000000L - Bytes.mib(300), reservation.range().start().value());
    }

    @Test
    void activate_acrossZonesIn314_invalidAndTheMemoryStaysReserved() {
        CmaReservations areas = era(Era.V3_14);
        CmaReservation reservation = done(areas.reserve("video", Bytes.mib(8), new PhysAddr(0x3fc00000L), ANYWHERE));
        Reason reason = reason(areas.activate(reservation));
        assertEquals(Errno.EINVAL, reason.errno());
        assertTrue(normal.isReserved(0x3fc00) && highmem.isReserved(0x40000));
        assertEquals(List.of(), areas.areas());
    }

    @Test
    void reserve_fixedAcrossZonesIn612_invalid() {
        Reason reason = reason(era(Era.V6_12).reserve("video", Bytes.mib(8), new PhysAddr(0x3fc00000L), ANYWHERE));
        assertEquals(Errno.EINVAL, reason.errno());
        assertEquals("cma: Failed to reserve 8 MiB", reason.message());
        assertEquals(0x30000, normal.freePages());
    }

    @Test
    void reserve_fixedPlaceTaken_busy() {
        normal.reserve(0x20001, 1);
        Reason reason = reason(era(Era.V3_14).reserve("video", Bytes.mib(8), new PhysAddr(0x1fc00000L), ANYWHERE));
        assertEquals(Errno.EBUSY, reason.errno());
        assertEquals("CMA: failed to reserve 8 MiB", reason.message());
        assertTrue(reason.explain().contains("the 4 MiB at 0x20000000"), reason.explain());
        assertFalse(normal.isReserved(0x1fc00));
    }

    @Test
    void reserve_noSizeNoPlaceNoSlot_eachItsError() {
        CmaReservations areas = era(Era.V3_14);
        assertEquals(
                Errno.EINVAL,
                reason(areas.reserve("video", 0, ANYWHERE, ANYWHERE)).errno());
        assertEquals(
                Errno.ENOMEM,
                reason(areas.reserve("video", Bytes.gib(2), ANYWHERE, ANYWHERE)).errno());
        for (int i = 0; i < CmaReservations.MOST_AREAS; i++) {
            CmaReservation reservation = done(areas.reserve("area" + i, Bytes.mib(4), ANYWHERE, HIGHMEM));
            assertEquals(i, reservation.area());
            assertEquals(
                    0x40000000L - Bytes.mib(4) * (i + 1),
                    reservation.range().start().value());
        }
        assertEquals(
                Errno.ENOSPC,
                reason(areas.reserve("video", 0, ANYWHERE, ANYWHERE)).errno());
        assertEquals(8, areas.reservations().size());
    }

    @Test
    void activate_pageblocks_areCmaAndLentToMovableRequestsOnly() {
        CmaReservations areas = era(Era.V3_14);
        CmaArea area = done(
                areas.reserve("reserved", Bytes.mib(16), ANYWHERE, ANYWHERE).then(areas::activate));
        assertEquals(MigrateType.CMA, highmem.pageblockType(0x4f000));
        assertEquals(MigrateType.MOVABLE, highmem.pageblockType(0x4efff));
        assertEquals(4, highmem.freeBlocks(10, MigrateType.CMA));
        assertEquals(List.of(area), areas.areas());
        long taken = 0;
        while (highmem.alloc(10, MigrateType.UNMOVABLE).isPresent()) {
            taken++;
        }
        assertEquals(60, taken);
        assertTrue(highmem.alloc(0, MigrateType.MOVABLE).orElseThrow() >= 0x4f000);
    }

    @Test
    void activate_twiceOrForeign_refused() {
        CmaReservations areas = era(Era.V6_12);
        CmaReservation reservation = done(areas.reserve("reserved", Bytes.mib(4), ANYWHERE, ANYWHERE));
        CmaArea area = done(areas.activate(reservation));
        assertEquals("CMA \"reserved\": 4 MiB from 0x4fc00000, 0 B used", area.toString());
        assertThrows(IllegalArgumentException.class, () -> areas.activate(reservation));
        assertThrows(IllegalArgumentException.class, () -> era(Era.V6_1).activate(reservation));
        assertThrows(IllegalArgumentException.class, () -> era(Era.V3_4));
    }
}
