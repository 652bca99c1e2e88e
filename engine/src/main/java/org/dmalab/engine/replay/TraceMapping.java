package org.dmalab.engine.replay;

import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;

/**
 * A range of DMA addresses from the moment it was mapped to the moment it was unmapped.
 *
 * @param device whose it is; {@link Trace#NO_DEVICE} for an iommu line that no dma event explains
 * @param range where
 * @param label what a person would call it: {@code alloc}, {@code map FROM_DEVICE}
 * @param task the thread that mapped it
 * @param line the line of the log that shows it being mapped
 * @param mapped when
 * @param unmapped when it ended; empty if the log ends first
 */
public record TraceMapping(
        String device,
        AddrRange<DmaAddr> range,
        String label,
        String task,
        int line,
        TraceTime mapped,
        Optional<TraceTime> unmapped) {
    /** {@code 0000:00:02.0 map FROM_DEVICE [0xffffc000-0xffffcfff] from 4.322214 s for 1.5 ms}. */
    @Override
    public String toString() {
        String end = unmapped.map(time -> " for " + TraceTime.duration(time.nanos() - mapped.nanos()))
                .orElse(", never unmapped");
        return device + " " + label + " " + range + " from " + mapped + end;
    }
}
