package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class UserAddressSpaceTest {
    private final UserAddressSpace process = new UserAddressSpace(TraceSink.NONE);
    private final PageArray pages = PageArray.of(10, 20, 30, 40);

    @Test
    void map_placesFromTheTopDownwards_andStartsAtTheGivenPage() {
        AddrRange<VirtAddr> whole = map(0, 4);
        AddrRange<VirtAddr> tail = map(2, 2);
        assertEquals(whole.start(), tail.start().plus(tail.bytes()));
        assertEquals(
                new PhysAddr((30 << 12) + 5),
                process.resolve(tail.start().plus(5)).fold(AddressSpace.Place::phys, reason -> new PhysAddr(0)));
    }

    @Test
    void unmap_endsTheMapping_andItsAddressesAreUsedAgain() {
        AddrRange<VirtAddr> first = map(0, 4);
        process.unmap(first.start());
        assertTrue(process.resolve(first.start()).isFailed());
        assertEquals(first, map(0, 4));
        assertThrows(IllegalArgumentException.class, () -> process.unmap(new VirtAddr(4096)));
    }

    private AddrRange<VirtAddr> map(int firstPage, int count) {
        return process.map(pages, firstPage, count, MemoryType.WRITE_BACK, "test")
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }
}
