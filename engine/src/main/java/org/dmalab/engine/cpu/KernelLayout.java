package org.dmalab.engine.cpu;

import java.util.List;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Architecture;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;

/**
 * Where the kernel's windows of virtual addresses lie.
 *
 * @param era the version whose rules place and print areas
 * @param lowmem the RAM the kernel always sees
 * @param pageOffset where it sees its first byte ({@code PAGE_OFFSET})
 * @param vmalloc the vmalloc area
 * @param consistentBytes the size of the consistent region of Linux 3.4, 0 if there is none
 * @param absent where the kernel has no page frames; in lowmem, the linear map has no entries there
 */
public record KernelLayout(
        Era era,
        AddrRange<PhysAddr> lowmem,
        VirtAddr pageOffset,
        AddrRange<VirtAddr> vmalloc,
        long consistentBytes,
        List<Absent> absent) {
    /**
     * Physical addresses that are not the kernel's memory ({@code memblock_remove}, {@code of_reserved_mem}).
     *
     * @param range which
     * @param why {@code the board has no RAM there}
     * @param ram whether memory answers there all the same, which an {@code ioremap} reaches
     */
    public record Absent(AddrRange<PhysAddr> range, String why, boolean ram) {
        private boolean hasPageOf(PhysAddr address) {
            return address.pfn() >= range.start().pfn() && address.pfn() <= lastPfn();
        }

        private long lastPfn() {
            return new PhysAddr(range.last()).pfn();
        }
    }

    /** The kernel's width: the linear map of a 64-bit one lies above 4 GiB. */
    public Architecture architecture() {
        return pageOffset.value() >>> Integer.SIZE == 0 ? Architecture.ARM32 : Architecture.ARM64;
    }

    public KernelLayout {
        absent = List.copyOf(absent);
        requirePages("lowmem", lowmem.start().value() | lowmem.bytes(), lowmem);
        requirePages("pageOffset", pageOffset.value(), pageOffset);
        requirePages("vmalloc", vmalloc.start().value() | vmalloc.bytes(), vmalloc);
        if (vmalloc.last() == -1L) {
            throw new IllegalArgumentException("vmalloc must end below the end of the 64-bit space: " + vmalloc);
        }
        if (vmalloc.overlaps(new AddrRange<>(pageOffset, lowmem.bytes()))) {
            throw new IllegalArgumentException("vmalloc must not overlap the linear map of "
                    + Bytes.text(lowmem.bytes()) + " from " + pageOffset + ": " + vmalloc);
        }
        if (consistentBytes != 0) {
            AddrRange<VirtAddr> window = ConsistentRegion.window(consistentBytes);
            // init_consistent_dma_size: BUG_ON(base < VMALLOC_END)
            if (window.start().value() <= vmalloc.last()) {
                throw new IllegalArgumentException(
                        "consistentBytes must leave the vmalloc area " + vmalloc + " free: " + consistentBytes);
            }
        }
    }

    /** A layout whose kernel has page frames everywhere from lowmem on. */
    public KernelLayout(
            Era era,
            AddrRange<PhysAddr> lowmem,
            VirtAddr pageOffset,
            AddrRange<VirtAddr> vmalloc,
            long consistentBytes) {
        this(era, lowmem, pageOffset, vmalloc, consistentBytes, List.of());
    }

    /** The layout of {@code era} with what it has by default: in Linux 3.4 a consistent region of 2 MiB, later none. */
    public static KernelLayout of(
            Era era, AddrRange<PhysAddr> lowmem, VirtAddr pageOffset, AddrRange<VirtAddr> vmalloc) {
        long consistent = era.atLeast(Era.V3_6) ? 0 : ConsistentRegion.DEFAULT_BYTES;
        return new KernelLayout(era, lowmem, pageOffset, vmalloc, consistent);
    }

    /** Why the kernel has no page frame for the page at {@code page}; empty if it has one. */
    public Optional<String> whyAbsent(PhysAddr page) {
        return absentAt(page).map(Absent::why);
    }

    private Optional<Absent> absentAt(PhysAddr page) {
        for (Absent gap : absent) {
            if (gap.hasPageOf(page)) {
                return Optional.of(gap);
            }
        }
        PhysAddr first = lowmem.start();
        return page.pfn() < first.pfn()
                ? Optional.of(new Absent(
                        new AddrRange<>(new PhysAddr(0), first.value()),
                        "it lies below the first RAM, which is at " + first,
                        false))
                : Optional.empty();
    }

    /** The first page of {@code range} for which the kernel has a page frame. */
    Optional<PhysAddr> firstFrame(AddrRange<PhysAddr> range) {
        long pfn = range.start().pfn();
        while (pfn <= new PhysAddr(range.last()).pfn()) {
            Optional<Absent> gap = absentAt(PhysAddr.ofPfn(pfn));
            if (gap.isEmpty()) {
                return Optional.of(PhysAddr.ofPfn(pfn));
            }
            pfn = gap.get().lastPfn() + 1;
        }
        return Optional.empty();
    }

    /** Whether all of {@code range} is memory that is not the kernel's. */
    boolean isRamOfOthers(AddrRange<PhysAddr> range) {
        long pfn = range.start().pfn();
        while (pfn <= new PhysAddr(range.last()).pfn()) {
            Optional<Absent> gap = absentAt(PhysAddr.ofPfn(pfn));
            if (gap.isEmpty() || !gap.get().ram()) {
                return false;
            }
            pfn = gap.get().lastPfn() + 1;
        }
        return true;
    }

    /** Only what has a page frame can be mapped by page. */
    void requireFrame(PhysAddr page) {
        whyAbsent(page).ifPresent(why -> {
            throw new IllegalArgumentException("page must have a page frame: " + page + ": " + why);
        });
    }

    private static void requirePages(String name, long bits, Object value) {
        if ((bits & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException(name + " must be page-aligned: " + value);
        }
    }
}
