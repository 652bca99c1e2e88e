package org.dmalab.engine.cpu;

import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * The calls that take addresses of the vmalloc area: {@code vmap}, {@code vmalloc}, {@code ioremap} and the remapping of
 * DMA buffers; each has its flags, its alignment and its line of {@code /proc/vmallocinfo}.
 */
final class VmallocCalls {
    /** An array of more page pointers than this fills more than a page. */
    private static final int POINTERS_PER_PAGE = (int) PageSize.PAGE_BYTES / 4;

    private final KernelLayout layout;
    private final VmallocSpace vmalloc;

    VmallocCalls(KernelLayout layout, VmallocSpace vmalloc) {
        this.layout = layout;
        this.vmalloc = vmalloc;
    }

    Outcome<VirtAddr> vmap(PageArray pages, MemoryType type, String caller) {
        return mapPages(pages, type, PageSize.PAGE_BYTES, EnumSet.of(VmallocFlag.VMAP), OptionalInt.empty(), caller);
    }

    Outcome<VirtAddr> vmalloc(PageArray pages, long alignBytes, String caller) {
        EnumSet<VmallocFlag> flags = EnumSet.of(VmallocFlag.VMALLOC);
        if (pages.count() > POINTERS_PER_PAGE) {
            flags.add(VmallocFlag.VPAGES);
        }
        return mapPages(pages, MemoryType.WRITE_BACK, alignBytes, flags, OptionalInt.of(pages.count()), caller);
    }

    Outcome<VirtAddr> remapDma(PageArray pages, MemoryType type, String caller) {
        OptionalInt shown = layout.era().atLeast(Era.V6_1) ? OptionalInt.empty() : OptionalInt.of(pages.count());
        return mapPages(pages, type, PageSize.PAGE_BYTES, dmaFlags(), shown, caller);
    }

    Outcome<VirtAddr> remapDma(AddrRange<PhysAddr> block, MemoryType type, String caller) {
        requirePages("block", block);
        PageArray pages = PageArray.contiguous(block.start(), Math.toIntExact(block.bytes() >>> PageSize.PAGE_SHIFT));
        Optional<PhysAddr> shown = layout.era().atLeast(Era.V6_1) ? Optional.empty() : Optional.of(block.start());
        return vmalloc.map(
                new VmallocSpace.Request(pages.bytes(), Optional.of(pages), type, PageSize.PAGE_BYTES),
                dmaFlags(),
                OptionalInt.empty(),
                shown,
                caller);
    }

    Outcome<VirtAddr> ioremap(AddrRange<PhysAddr> range, MemoryType type, String caller) {
        requirePages("range", range);
        Optional<PhysAddr> frame = layout.firstFrame(range);
        if (frame.isPresent()) {
            return Outcome.failed(new IoremapRefused(range, frame.get(), caller));
        }
        Optional<PageArray> memory = layout.isRamOfOthers(range)
                ? Optional.of(PageArray.contiguous(range.start(), Math.toIntExact(PageSize.pages(range.bytes()))))
                : Optional.empty();
        return vmalloc.map(
                new VmallocSpace.Request(range.bytes(), memory, type, vmalloc.ioremapAlign(range.bytes())),
                EnumSet.of(VmallocFlag.IOREMAP),
                OptionalInt.empty(),
                Optional.of(range.start()),
                caller);
    }

    private Set<VmallocFlag> dmaFlags() {
        return layout.era().atLeast(Era.V6_1)
                ? EnumSet.of(VmallocFlag.DMA_COHERENT)
                : EnumSet.of(VmallocFlag.DMA_COHERENT, VmallocFlag.USERMAP);
    }

    private Outcome<VirtAddr> mapPages(
            PageArray pages,
            MemoryType type,
            long alignBytes,
            Set<VmallocFlag> flags,
            OptionalInt shownPages,
            String caller) {
        for (int i = 0; i < pages.count(); i += pages.run(i)) {
            layout.requireFrame(pages.page(i));
            layout.requireFrame(pages.page(i + pages.run(i) - 1));
        }
        if (alignBytes < PageSize.PAGE_BYTES || Long.bitCount(alignBytes) != 1) {
            throw new IllegalArgumentException("alignBytes must be a power of two from 4096 on: " + alignBytes);
        }
        return vmalloc.map(
                new VmallocSpace.Request(pages.bytes(), Optional.of(pages), type, alignBytes),
                flags,
                shownPages,
                Optional.empty(),
                caller);
    }

    private static void requirePages(String name, AddrRange<PhysAddr> range) {
        if (((range.start().value() | range.bytes()) & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException(name + " must be whole pages: " + range);
        }
    }
}
