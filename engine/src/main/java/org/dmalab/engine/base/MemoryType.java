package org.dmalab.engine.base;

/** How the CPU may treat accesses through one mapping (ARM DDI 0406C A3.5; {@code L_PTE_MT_*}). */
public enum MemoryType {
    /** Every access reaches the bus, in order, in its size ({@code L_PTE_MT_UNCACHED}). */
    STRONGLY_ORDERED(false),
    /** In order among device accesses, never merged ({@code L_PTE_MT_DEV_SHARED}). */
    DEVICE(false),
    /** Normal, inner and outer non-cacheable: writes may merge, nothing is cached ({@code L_PTE_MT_BUFFERABLE}). */
    NORMAL_NONCACHEABLE(false),
    /** Cached; writes go through to memory ({@code L_PTE_MT_WRITETHROUGH}). */
    WRITE_THROUGH(true),
    /** Cached; written lines stay until evicted or cleaned, write misses allocate ({@code L_PTE_MT_WRITEALLOC}). */
    WRITE_BACK(true);

    private final boolean cacheable;

    MemoryType(boolean cacheable) {
        this.cacheable = cacheable;
    }

    /** Whether accesses may be served by a data cache. */
    public boolean cacheable() {
        return cacheable;
    }
}
