package org.dmalab.engine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class GfpTest {
    @Test
    void constants_haveTheBitsOfLinux314() {
        assertEquals(0, Gfp.NOWAIT.bits());
        assertEquals(0x20, Gfp.ATOMIC.bits());
        assertEquals(0x10, Gfp.NOIO.bits());
        assertEquals(0x50, Gfp.NOFS.bits());
        assertEquals(0xd0, Gfp.KERNEL.bits());
        assertEquals(0x200d0, Gfp.USER.bits());
        assertEquals(0x200d2, Gfp.HIGHUSER.bits());
        assertEquals(0x200da, Gfp.HIGHUSER_MOVABLE.bits());
        assertEquals(0x800d0, Gfp.TEMPORARY.bits());
        assertEquals(1, Gfp.DMA.bits());
        assertEquals(4, Gfp.DMA32.bits());
        assertEquals(0x1000000, GfpFlag.WRITE.bit());
    }

    @Test
    void highestZone_followsTheZoneBits() {
        assertEquals(ZoneKind.NORMAL, Gfp.KERNEL.highestZone());
        assertEquals(ZoneKind.DMA, Gfp.KERNEL.with(GfpFlag.DMA).highestZone());
        assertEquals(ZoneKind.DMA32, Gfp.DMA32.highestZone());
        assertEquals(ZoneKind.HIGHMEM, Gfp.HIGHUSER.highestZone());
        assertEquals(ZoneKind.MOVABLE, Gfp.HIGHUSER_MOVABLE.highestZone());
        assertEquals(ZoneKind.NORMAL, Gfp.KERNEL.with(GfpFlag.MOVABLE).highestZone(), "Movable needs HIGHMEM too");
        assertEquals(ZoneKind.DMA, Gfp.DMA.with(GfpFlag.MOVABLE).highestZone());
    }

    @Test
    void migrateTypeAndSleep_followTheFlags() {
        assertEquals(MigrateType.MOVABLE, Gfp.HIGHUSER_MOVABLE.migrateType());
        assertEquals(MigrateType.RECLAIMABLE, Gfp.TEMPORARY.migrateType());
        assertEquals(MigrateType.UNMOVABLE, Gfp.KERNEL.migrateType());
        assertTrue(Gfp.NOIO.maySleep());
        assertFalse(Gfp.ATOMIC.maySleep());
        assertFalse(Gfp.KERNEL.without(GfpFlag.WAIT).maySleep());
        assertTrue(Gfp.ATOMIC.has(GfpFlag.HIGH));
    }

    @Test
    void toString_isTheTraceEventsText() {
        assertEquals("GFP_NOWAIT", Gfp.NOWAIT.toString());
        assertEquals("GFP_KERNEL|GFP_ZERO", Gfp.KERNEL.with(GfpFlag.ZERO).toString());
        assertEquals("GFP_KERNEL|0x2", Gfp.KERNEL.with(GfpFlag.HIGHMEM).toString());
        assertEquals("GFP_HIGHUSER_MOVABLE", Gfp.HIGHUSER_MOVABLE.toString());
        assertEquals("GFP_ATOMIC|GFP_NOWARN", Gfp.ATOMIC.with(GfpFlag.NOWARN).toString());
        assertEquals("0x1", Gfp.DMA.toString());
    }

    @Test
    void gfp_ofTwoZonesOrMobilities_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Gfp.HIGHUSER.with(GfpFlag.DMA));
        assertThrows(IllegalArgumentException.class, () -> Gfp.TEMPORARY.with(GfpFlag.MOVABLE));
        assertEquals(
                "gfp must name at most one zone and one mobility: 0x2000000",
                assertThrows(IllegalArgumentException.class, () -> new Gfp(1 << 25))
                        .getMessage());
    }
}
