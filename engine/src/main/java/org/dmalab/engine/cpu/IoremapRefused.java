package org.dmalab.engine.cpu;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.Reason;

/**
 * {@code ioremap} of the kernel's own RAM, which would give it a second memory type: a warning and NULL since Linux 2.6.36
 * ({@code arch/arm/mm/ioremap.c}). Drivers report ENOMEM.
 *
 * @param range asked for
 * @param page the first page of it that has a page frame
 * @param caller who asked
 */
public record IoremapRefused(AddrRange<PhysAddr> range, PhysAddr page, String caller) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return caller + ": ioremap() returned NULL [phys=" + range.start() + "] [bytes=" + range.bytes() + "]";
    }

    @Override
    public String explain() {
        return caller + " asked ioremap() for " + range + ", of which the page at " + page
                + " is the kernel's own memory, mapped cacheable already; a second memory type for it is refused since Linux"
                + " 2.6.36: reserve the region at boot as DMA_POOL or NO_MAP, or allocate it with dma_alloc_coherent()";
    }
}
