package org.dmalab.engine;

import org.dmalab.engine.base.Era;
import org.dmalab.engine.cpu.KernelAddressSpace;
import org.dmalab.engine.memory.PageAllocator;

/**
 * The files of a running machine's {@code /proc} that tell of memory, as its version of Linux prints them. As values they are {@code
 * soc.fragmentation()}, {@code soc.pageTypes()} and {@code soc.vmallocMap()}.
 */
public final class Proc {
    private final Era era;
    private final PageAllocator pages;
    private final KernelAddressSpace kernel;

    Proc(Era era, PageAllocator pages, KernelAddressSpace kernel) {
        this.era = era;
        this.pages = pages;
        this.kernel = kernel;
    }

    /** {@code /proc/buddyinfo}: free blocks by zone and order. */
    public String buddyinfo() {
        return pages.snapshot("", "").buddyinfo();
    }

    /** {@code /proc/pagetypeinfo}: free blocks by zone, migrate type and order. */
    public String pagetypeinfo() {
        return pages.pageTypes("", "").text(era);
    }

    /** {@code /proc/vmallocinfo}: the areas of the vmalloc window, with their guard pages. */
    public String vmallocinfo() {
        return kernel.vmallocinfo();
    }

    /** {@code /proc: buddyinfo, pagetypeinfo, vmallocinfo}. */
    @Override
    public String toString() {
        return "/proc: buddyinfo, pagetypeinfo, vmallocinfo";
    }
}
