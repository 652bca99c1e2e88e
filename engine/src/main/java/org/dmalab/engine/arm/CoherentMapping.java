package org.dmalab.engine.arm;

/**
 * How a device's coherent buffer gets a CPU address that is not cached, and what becomes of the cacheable one that its
 * pages already have: the first item of Arnd Bergmann's list of April 2011. ARM calls two mappings of one page with
 * different memory types unpredictable (ARM DDI 0406C A3.5.7).
 */
public enum CoherentMapping {
    /** A second mapping in the consistent region of 2 MiB; the linear one stays, cacheable (Linux 3.4 and before). */
    CONSISTENT_REGION("second mapping, consistent region", true),
    /** A second mapping in the vmalloc area; the linear one stays, cacheable (Linux 3.6 and later without CMA). */
    VMALLOC("second mapping, vmalloc", true),
    /**
     * A second mapping in the vmalloc area; the linear one is taken away. Proposed, never merged: the sections of lowmem would
     * have to be split, in the page tables of every process.
     */
    UNMAP_LINEAR("linear mapping removed", false),
    /** Pages of HighMem, which have no linear mapping, mapped in the vmalloc area. */
    HIGHMEM("pages from HighMem", false),
    /**
     * Pages of the CMA area, whose linear mapping was split at boot and is made non-cacheable while they are in use
     * ({@code dma_contiguous_remap}, {@code __dma_remap}; what was merged in Linux 3.5).
     */
    CMA_REMAP("CMA, linear mapping changed", false);

    private final String text;
    private final boolean leavesAlias;

    CoherentMapping(String text, boolean leavesAlias) {
        this.text = text;
        this.leavesAlias = leavesAlias;
    }

    /** Whether a cacheable address of the same pages stays. */
    public boolean leavesAlias() {
        return leavesAlias;
    }

    /** In words, for tables and pictures. */
    @Override
    public String toString() {
        return text;
    }
}
