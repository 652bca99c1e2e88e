package org.dmalab.engine.cpu;

import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * A run of kernel addresses in the vmalloc area ({@code struct vm_struct}).
 *
 * @param line how {@code /proc/vmallocinfo} shows it, guard page included
 * @param range the addresses that lead somewhere, whole pages
 * @param pages the RAM mapped; empty if the area shows registers, or only its layout is known
 * @param type how the CPU treats accesses
 */
public record Area(VmallocArea line, AddrRange<VirtAddr> range, Optional<PageArray> pages, MemoryType type)
        implements Placed {
    /** The addresses taken, the guard page included. */
    @Override
    public AddrRange<VirtAddr> taken() {
        return line.range();
    }

    /** Who asked for it. */
    public String caller() {
        return line.caller();
    }

    /** How many pages its addresses are. */
    public long pageCount() {
        return range.bytes() >>> PageSize.PAGE_SHIFT;
    }

    /** Where in it {@code page} is seen first, or -1. */
    long offsetOf(PhysAddr page) {
        if (pages.isPresent()) {
            PageArray array = pages.get();
            for (int i = 0; i < array.count(); i++) {
                if (array.page(i).pfn() == page.pfn()) {
                    return (long) i << PageSize.PAGE_SHIFT;
                }
            }
            return -1;
        }
        if (line.phys().isEmpty()) {
            return -1;
        }
        long offset = page.minus(line.phys().get());
        return offset >= 0 && offset < range.bytes() ? offset : -1;
    }

    @Override
    public String toString() {
        return line + ", " + type;
    }
}
