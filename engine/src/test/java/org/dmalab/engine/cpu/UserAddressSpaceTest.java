package org.dmalab.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;
import org.dmalab.engine.trace.TraceSink;
import org.junit.jupiter.api.Test;

final class UserAddressSpaceTest {
    private long unmappedPages;
    private final UserAddressSpace process = new UserAddressSpace(7, "camera", new TraceSink() {
        @Override
        public void userUnmapped(long virt, long count) {
            unmappedPages += count;
        }
    });
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

    @Test
    void unmap_insideAMapping_splitsIt() {
        AddrRange<VirtAddr> whole = map(0, 4);
        process.unmap(new AddrRange<>(whole.start().plus(4096), 4096));
        assertEquals(
                List.of(
                        new AddrRange<>(whole.start(), 4096L),
                        new AddrRange<>(whole.start().plus(8192), 8192L)),
                process.mappings().stream().map(Vma::range).toList());
        assertTrue(process.resolve(whole.start().plus(4096)).isFailed());
        assertEquals(new PhysAddr(30 << 12), phys(whole.start().plus(8192)), "the tail shows its own page");
        assertEquals(1, unmappedPages);
        process.unmap(new AddrRange<>(new VirtAddr(0x10000), 0xB6E00000L));
        assertEquals(2, process.mappings().size(), "a range without mappings is fine");
        process.unmap(new AddrRange<>(whole.start(), whole.bytes() - 1));
        assertEquals(List.of(), process.mappings());
    }

    @Test
    void map_atAFixedAddress_replacesWhatIsThere() {
        AddrRange<VirtAddr> whole = map(0, 4);
        MapRequest request = MapRequest.of(pages, MemoryType.NORMAL_NONCACHEABLE, "/dev/fb0")
                .part(1, 2)
                .at(whole.start().plus(4096));
        assertFalse(process.map(request).isFailed());
        assertEquals(3, process.mappings().size());
        assertEquals(new PhysAddr(10 << 12), phys(whole.start()));
        assertEquals(new PhysAddr(20 << 12), phys(whole.start().plus(4096)));
        assertEquals(new PhysAddr(40 << 12), phys(whole.start().plus(3 * 4096)));
        assertEquals(
                "[process 7 (camera): " + whole.start().plus(8192) + ", NORMAL_NONCACHEABLE]",
                process.aliases(new PhysAddr(30 << 12)).toString());

        Outcome<AddrRange<VirtAddr>> outside = process.map(request.at(new VirtAddr(0xB6EFF000L)));
        assertEquals(Errno.ENOMEM, outside.fold(range -> Errno.EIO, reason -> reason.errno()));
        assertEquals(3, process.mappings().size(), "nothing was changed");
        assertThrows(IllegalArgumentException.class, () -> request.at(new VirtAddr(0x20001)));
    }

    @Test
    void map_nearAnAddress_takesItIfFree() {
        MapRequest request = MapRequest.of(pages, MemoryType.WRITE_BACK, "test").near(new VirtAddr(0x20001));
        assertEquals("[0x00021000-0x00024fff]", process.map(request).toString());
        assertEquals("[0xb6efc000-0xb6efffff]", process.map(request).toString(), "taken: from the top");
        assertEquals(
                "[0xb6ef8000-0xb6efbfff]",
                process.map(request.near(new VirtAddr(-1L))).toString());
    }

    @Test
    void access_beyondTheProtection_isSegvAccerr() {
        AddrRange<VirtAddr> range = done(process.map(
                MapRequest.of(pages, MemoryType.WRITE_BACK, "/dev/video0").protection(Protection.READ)));
        assertFalse(process.resolve(range.start()).isFailed());
        String explained = process.resolveStore(range.start()).explain();
        assertTrue(explained.contains("a store is not allowed"), explained);
        assertTrue(explained.contains("SEGV_ACCERR"), explained);
        String nothing = process.resolveStore(new VirtAddr(0)).explain();
        assertTrue(nothing.contains("SEGV_MAPERR"), nothing);
        AddrRange<VirtAddr> none =
                done(process.map(MapRequest.of(pages, MemoryType.WRITE_BACK, "").protection(Protection.NONE)));
        assertTrue(process.resolve(none.start()).explain().contains("a load is not allowed"));
    }

    @Test
    void maps_isTheKernelsText() {
        assertFalse(process.map(MapRequest.of(pages, MemoryType.WRITE_BACK, "/dev/video0")
                        .part(1, 2))
                .isFailed());
        assertFalse(process.mapAnonymous(PageArray.of(99)).isFailed());
        assertEquals(
                List.of(
                        "b6efd000-b6efe000 rw-p 00000000 00:00 0 ",
                        "b6efe000-b6f00000 rw-s 00001000 00:00 0          /dev/video0"),
                process.maps().lines().toList());
    }

    @Test
    void requests_thatAreImpossible_areRefused() {
        MapRequest request = MapRequest.of(pages, MemoryType.WRITE_BACK, "test");
        assertThrows(IllegalArgumentException.class, () -> request.part(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> request.part(4, 1));
        assertThrows(IllegalArgumentException.class, () -> request.part(2, 3));
        assertThrows(IllegalArgumentException.class, () -> request.part(0, 0));
        assertThrows(IllegalArgumentException.class, () -> process.unmap(new AddrRange<>(new VirtAddr(0x10001), 4096)));
        assertThrows(
                IllegalArgumentException.class, () -> process.unmap(new AddrRange<>(new VirtAddr(0xBEFFF000L), 8192)));
        assertThrows(IllegalArgumentException.class, () -> new UserAddressSpace(0, "init", TraceSink.NONE));
    }

    @Test
    void unpin_processWithoutMachine_isRefused() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> process.unpin(pages, "fimc0"));
        assertEquals(
                "process 7 (camera) has no machine to get memory from: take it from soc.newProcess()",
                refused.getMessage());
    }

    private PhysAddr phys(VirtAddr address) {
        return done(process.resolve(address)).phys();
    }

    private static <T> T done(Outcome<T> outcome) {
        return outcome.orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }

    private AddrRange<VirtAddr> map(int firstPage, int count) {
        return process.map(pages, firstPage, count, MemoryType.WRITE_BACK, "test")
                .orElseThrow(reason -> new IllegalStateException(reason.explain()));
    }
}
