package org.dmalab.engine.cache;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.base.VirtAddr;

/**
 * Loads that no program made: with every access of a CPU, and every tick, a line that a cacheable mapping reaches may be
 * fetched (ARM DDI 0406C A3.5.7 allows it for all Normal memory).
 *
 * @param range what the mapping reaches
 * @param virt where the mapping begins
 * @param rate how likely a fetch is with each access, 0..1
 * @param seed of when and what
 */
public record Speculation(AddrRange<PhysAddr> range, VirtAddr virt, double rate, long seed) {
    public Speculation {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("rate must be 0..1: " + rate);
        }
    }
}
