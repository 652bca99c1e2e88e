package org.dmalab.engine.iova;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;

/**
 * An allocator that can also give a range its caller names: what NVIDIA's Tegra asked for as {@code iova_alloc_at}, for
 * devices with addresses fixed by firmware.
 */
public interface FixedIova {
    /**
     * Reserves {@code bytes} from {@code iova} on if all of them are free; a failure is an {@link IovaTaken}. It is given back
     * like any other range.
     *
     * @param iova a multiple of the granule
     * @param bytes at least 1; rounded up to granules
     * @throws IllegalArgumentException if the range is not aligned or leaves the window
     */
    Outcome<DmaAddr> allocAt(DmaAddr iova, long bytes);
}
