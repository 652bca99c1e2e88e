package org.dmalab.engine.base;

/** Who writes and who reads during a transfer ({@code enum dma_data_direction}). */
public enum DmaDirection {
    BIDIRECTIONAL(true, true),
    TO_DEVICE(true, false),
    FROM_DEVICE(false, true);

    private final boolean deviceReads;
    private final boolean deviceWrites;

    DmaDirection(boolean deviceReads, boolean deviceWrites) {
        this.deviceReads = deviceReads;
        this.deviceWrites = deviceWrites;
    }

    /** Whether the device may read the memory. */
    public boolean deviceReads() {
        return deviceReads;
    }

    /** Whether the device may write the memory. */
    public boolean deviceWrites() {
        return deviceWrites;
    }
}
