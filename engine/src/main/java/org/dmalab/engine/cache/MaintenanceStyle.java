package org.dmalab.engine.cache;

/**
 * How a core's {@code *_dma_*_range} routines treat a range ({@code arch/arm/mm/cache-*.S}). They differ in what a
 * transfer's direction asks of the inner cache and in the lines that a range only touches in part; see {@link
 * CacheMaintenance}.
 */
public enum MaintenanceStyle {
    /**
     * {@code v7_dma_inv_range} as of Linux 3.14: lines at the edges are cleaned and invalidated; the loop then starts again at
     * the first edge, and runs once even for an empty range.
     */
    V7_2014(true),
    /** {@code v7_dma_inv_range} as of Linux 6.12: lines at the edges are cleaned and invalidated, those between invalidated. */
    V7(true),
    /** {@code v6_dma_inv_range}: the first edge is cleaned and falls to the loop, the last is cleaned and invalidated. */
    V6(true),
    /** {@link #V6} with {@code DMA_CACHE_RWFO} (11MPCore): nothing on unmap, both operations for BIDIRECTIONAL. */
    V6_RWFO(false),
    /** {@code arm926_dma_inv_range}, {@code v4wb}: both edges are cleaned, all is invalidated; nothing on unmap. */
    V4WB(false);

    private final boolean invalidatesOnUnmap;

    MaintenanceStyle(boolean invalidatesOnUnmap) {
        this.invalidatesOnUnmap = invalidatesOnUnmap;
    }

    /** Whether the inner cache is invalidated when the CPU gets the bytes back: needed where cores speculate. */
    public boolean invalidatesOnUnmap() {
        return invalidatesOnUnmap;
    }

    /** Whether a range that both sides write is cleaned and invalidated on its way to the device, rather than cleaned. */
    public boolean flushesBidirectional() {
        return !invalidatesOnUnmap;
    }
}
