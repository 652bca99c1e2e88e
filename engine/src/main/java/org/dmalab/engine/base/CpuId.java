package org.dmalab.engine.base;

/**
 * Which CPU acts: decides the L1 cache and, later, the per-CPU lists and magazines.
 *
 * @param index from 0
 */
public record CpuId(int index) {
    /** The CPU that boots, and the one that acts where nothing else is said. */
    public static final CpuId BOOT = new CpuId(0);

    public CpuId {
        if (index < 0) {
            throw new IllegalArgumentException("CPU index must not be negative: " + index);
        }
    }

    @Override
    public String toString() {
        return "CPU" + index;
    }
}
