package org.dmalab.engine.cpu;

import org.dmalab.engine.base.AddrRange;
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
 */
public record KernelLayout(
        Era era, AddrRange<PhysAddr> lowmem, VirtAddr pageOffset, AddrRange<VirtAddr> vmalloc, long consistentBytes) {
    public KernelLayout {
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

    /** The layout of {@code era} with what it has by default: in Linux 3.4 a consistent region of 2 MiB, later none. */
    public static KernelLayout of(
            Era era, AddrRange<PhysAddr> lowmem, VirtAddr pageOffset, AddrRange<VirtAddr> vmalloc) {
        long consistent = era.atLeast(Era.V3_6) ? 0 : ConsistentRegion.DEFAULT_BYTES;
        return new KernelLayout(era, lowmem, pageOffset, vmalloc, consistent);
    }

    private static void requirePages(String name, long bits, Object value) {
        if ((bits & (PageSize.PAGE_BYTES - 1)) != 0) {
            throw new IllegalArgumentException(name + " must be page-aligned: " + value);
        }
    }
}
