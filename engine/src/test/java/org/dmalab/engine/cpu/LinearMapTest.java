package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class LinearMapTest {
    private static final PhysAddr RAM = new PhysAddr(0x40000000L);

    private final List<String> events = new ArrayList<>();
    private final KernelAddressSpace kernel = kernel(new AddrRange<>(RAM, Bytes.mib(64) + 0x5000));

    private KernelAddressSpace kernel(AddrRange<PhysAddr> lowmem) {
        TraceSink sink = new TraceSink() {
            @Override
            public void linearRemapped(long virt, long pages, int type) {
                events.add(Addresses.hex(virt) + " " + pages + " " + type);
            }
        };
        return new KernelAddressSpace(
                KernelLayout.of(
                        Era.V3_14,
                        lowmem,
                        new VirtAddr(0xC0000000L),
                        new AddrRange<>(new VirtAddr(0xF0000000L), Bytes.mib(240))),
                sink);
    }

    @Test
    void remapLinear_ofASection_isRefusedUntilItIsSplit() {
        AddrRange<PhysAddr> buffer = new AddrRange<>(RAM.plus(0x1FF000), 0x2000);
        kernel.splitSections(new AddrRange<>(RAM.plus(Bytes.mib(1)), 4096));

        Outcome<Long> refused = kernel.remapLinear(buffer, MemoryType.NORMAL_NONCACHEABLE);

        assertTrue(refused.explain().contains("the megabyte at 0xc0200000 is one section entry"), refused.explain());
        assertEquals(Optional.of(MemoryType.WRITE_BACK), kernel.linearType(buffer.start()), "nothing was changed");
        assertTrue(kernel.isSectionMapped(RAM.plus(Bytes.mib(2))));
        kernel.splitSections(buffer);
        assertFalse(kernel.isSectionMapped(RAM.plus(Bytes.mib(2))));
        assertEquals(
                "2", kernel.remapLinear(buffer, MemoryType.NORMAL_NONCACHEABLE).toString());
        assertEquals(List.of("0xc0100000 256 4", "0xc0200000 256 4", "0xc01ff000 2 2"), events);
        assertEquals(Optional.of(MemoryType.WRITE_BACK), kernel.linearType(RAM.plus(0x1FE000)));
        assertEquals(Optional.of(MemoryType.NORMAL_NONCACHEABLE), kernel.linearType(RAM.plus(0x200FFF)));
        assertEquals(Optional.of(MemoryType.WRITE_BACK), kernel.linearType(RAM.plus(0x201000)));
    }

    @Test
    void resolve_afterRemapUnmapRestore_followsTheEntries() {
        AddrRange<PhysAddr> buffer = new AddrRange<>(RAM.plus(0x300000), Bytes.mib(2));
        VirtAddr address = kernel.linear(RAM.plus(0x400010));
        kernel.splitSections(buffer);
        assertEquals(
                "512", kernel.remapLinear(buffer, MemoryType.STRONGLY_ORDERED).toString());
        assertEquals(MemoryType.STRONGLY_ORDERED, place(address).type());

        assertEquals("512", kernel.unmapLinear(buffer).toString());
        assertTrue(kernel.resolve(address).explain().contains("whose entry was removed"));
        assertEquals(Optional.empty(), kernel.linearType(RAM.plus(0x400010)));
        assertEquals(List.of(), kernel.aliases(RAM.plus(0x400000)));
        assertEquals("0xc0300000 512 -1", events.get(events.size() - 1));

        assertEquals("512", kernel.restoreLinear(buffer).toString());
        assertEquals(new AddressSpace.Place(RAM.plus(0x400010), MemoryType.WRITE_BACK), place(address));
    }

    @Test
    void lowmem_thatIsNoWholeSection_hasPageEntriesFromTheStart() {
        PhysAddr last = RAM.plus(Bytes.mib(64) + 0x4000);
        assertFalse(kernel.isSectionMapped(last));
        assertEquals("1", kernel.unmapLinear(new AddrRange<>(last, 4096)).toString());
        assertTrue(kernel.isSectionMapped(RAM.plus(Bytes.mib(64) - 1)));
        assertFalse(
                kernel(new AddrRange<>(RAM.plus(0x1000), Bytes.mib(4))).isSectionMapped(RAM.plus(Bytes.mib(2))),
                "the linear map is not congruent with sections");
    }

    @Test
    void ranges_thatAreNoPagesOrNoLowmem_areRefused() {
        kernel.splitSections(new AddrRange<>(RAM, Bytes.mib(64)));
        for (AddrRange<PhysAddr> bad : List.of(
                new AddrRange<>(RAM.plus(1), 4096),
                new AddrRange<>(RAM, 100),
                new AddrRange<>(RAM.plus(-4096), 8192),
                new AddrRange<>(RAM.plus(Bytes.mib(64)), 0x6000))) {
            assertThrows(IllegalArgumentException.class, () -> kernel.splitSections(bad));
            assertThrows(IllegalArgumentException.class, () -> kernel.unmapLinear(bad));
        }
        assertThrows(IllegalArgumentException.class, () -> kernel.linearType(RAM.plus(-1)));
    }

    private AddressSpace.Place place(VirtAddr address) {
        return kernel.resolve(address).orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }
}
