package org.dmalab.engine.cpu;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;
import org.dmalab.engine.memory.PageArray;

/**
 * A run of virtual addresses that shows pages ({@code struct vm_struct}, {@code struct vm_area_struct}).
 *
 * @param range the addresses, whole pages
 * @param pages what is mapped
 * @param firstPage the page at the range's start
 * @param type how the CPU treats accesses
 * @param caller who asked for it, as {@code /proc/vmallocinfo} shows it
 */
public record Area(AddrRange<VirtAddr> range, PageArray pages, int firstPage, MemoryType type, String caller) {
    /** Where {@code address}, which lies inside, leads. */
    PhysAddr phys(VirtAddr address) {
        return pages.at(address.minus(range.start()) + ((long) firstPage << PageSize.PAGE_SHIFT));
    }
}
