package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.memory.ReservedMemory.Kind;
import org.dmalab.engine.memory.ReservedMemory.Property;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class ZoneLayoutTest {
    private static AddrRange<PhysAddr> range(long start, long bytes) {
        return new AddrRange<>(new PhysAddr(start), bytes);
    }

    private static final List<AddrRange<PhysAddr>> BANKS = List.of(
            range(0x80000000L, Bytes.mib(256)), range(0x40000000L, Bytes.mib(64)), range(0x48000000L, Bytes.mib(64)));

    private final ZoneLayout layout = new ZoneLayout(List.of(
            new ZoneLayout.ZoneEnd(ZoneKind.DMA, new PhysAddr(0x4a000000L)),
            new ZoneLayout.ZoneEnd(ZoneKind.NORMAL, new PhysAddr(0x50000000L)),
            new ZoneLayout.ZoneEnd(ZoneKind.HIGHMEM, new PhysAddr(0x88000000L))));

    @Test
    void zones_ofThreeBanks_spanHolesAndStopAtTheirEnds() {
        List<PageAllocator.Zone> zones = layout.zones(BuddyRules.of(Era.V3_14), BANKS, List.of(), TraceSink.NONE);
        assertEquals(3, zones.size());
        BuddyAllocator dma = zones.get(0).buddy();
        assertEquals(Bytes.mib(160) >> 12, dma.pages());
        assertEquals(Bytes.mib(96) >> 12, dma.presentPages());
        assertEquals(Bytes.mib(32) >> 12, zones.get(1).buddy().presentPages());
        assertEquals(Bytes.mib(128) >> 12, zones.get(2).buddy().presentPages(), "the rest of the bank lies beyond");
        zones.forEach(zone -> zone.buddy().checkInvariants());
    }

    @Test
    void zones_reservedMemory_isAHoleOrKept() {
        List<ReservedMemory> reserved = List.of(
                new ReservedMemory("image", range(0x40008000L, 0x5000), Kind.KERNEL),
                new ReservedMemory("cma", range(0x49000000L, Bytes.mib(16)), Kind.REUSABLE),
                new ReservedMemory("mfc", range(0x41000000L, Bytes.mib(1)), Kind.DMA_POOL),
                new ReservedMemory("sram", range(0x02000000L, 0x1000), Kind.NO_MAP));
        BuddyAllocator dma = layout.zones(BuddyRules.of(Era.V3_14), BANKS, reserved, TraceSink.NONE)
                .get(0)
                .buddy();
        dma.checkInvariants();
        assertEquals(Bytes.mib(95) >> 12, dma.presentPages());
        assertEquals((Bytes.mib(79) >> 12) - 5, dma.managedPages());
        assertFalse(dma.isPresent(0x41000));
        assertTrue(dma.isPresent(0x49000) && dma.isReserved(0x49000));
        assertTrue(dma.isReserved(0x4000c) && dma.isFree(0x4000d));
    }

    @Test
    void reservedMemory_badCombinations_areEinval() {
        AddrRange<PhysAddr> odd = range(0x41000000L, Bytes.mib(5));
        AddrRange<PhysAddr> whole = range(0x41000000L, Bytes.mib(8));
        assertRefused(
                "unable to create a reusable region",
                whole,
                Property.SHARED_DMA_POOL,
                Property.REUSABLE,
                Property.NO_MAP);
        assertRefused("incorrect alignment of CMA region", odd, Property.SHARED_DMA_POOL, Property.REUSABLE);
        assertRefused("regions without no-map are not yet supported", whole, Property.SHARED_DMA_POOL);
        assertEquals(Kind.REUSABLE, kind(whole, Property.SHARED_DMA_POOL, Property.REUSABLE));
        assertEquals(Kind.DMA_POOL, kind(odd, Property.SHARED_DMA_POOL, Property.NO_MAP));
        assertEquals(Kind.NO_MAP, kind(odd, Property.NO_MAP));
        assertEquals(Kind.KERNEL, kind(odd));
    }

    private static Kind kind(AddrRange<PhysAddr> range, Property... properties) {
        return ReservedMemory.of("node", range, Set.of(properties))
                .orElseThrow(reason -> new IllegalStateException(reason.explain()))
                .kind();
    }

    private static void assertRefused(String message, AddrRange<PhysAddr> range, Property... properties) {
        String text = ReservedMemory.of("node", range, Set.of(properties))
                .fold(Object::toString, reason -> reason.errno() + " " + reason.message());
        assertTrue(text.startsWith(Errno.EINVAL + " Reserved memory: ") && text.contains(message), text);
    }

    @Test
    void reservedMemory_overlapOrOutsideRam_isEbusy() {
        ReservedMemory cma = new ReservedMemory("cma", range(0x49000000L, Bytes.mib(16)), Kind.REUSABLE);
        assertEquals(Outcome.done(cma), cma.beside(List.of(), BANKS));
        assertEquals(
                "EBUSY (-16): CMA: failed to reserve 16 MiB",
                cma.beside(List.of(cma), BANKS).toString());
        ReservedMemory outside = new ReservedMemory("far", range(0x43ff0000L, Bytes.mib(1)), Kind.KERNEL);
        assertTrue(outside.beside(List.of(), BANKS).isFailed());
        ReservedMemory device = new ReservedMemory("sram", range(0x02000000L, 0x1000), Kind.DMA_POOL);
        assertFalse(device.beside(List.of(cma), BANKS).isFailed());
    }

    @Test
    void layout_notAscending_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new ZoneLayout(List.of(layout.ends().get(1), layout.ends().get(0))));
        assertThrows(IllegalArgumentException.class, () -> new ZoneLayout.ZoneEnd(ZoneKind.DMA, new PhysAddr(0x1001)));
    }
}
