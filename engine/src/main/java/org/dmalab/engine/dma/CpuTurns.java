package org.dmalab.engine.dma;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAttrs;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.trace.TraceSink;

/**
 * Which DMA addresses the CPU may look at, though they are mapped: those synced for it and not for the device since
 * ({@code Documentation/DMA-API.txt}, part Id). All others are the device's.
 */
public final class CpuTurns implements TraceSink {
    /** Per device the CPU's ranges, first address to the one after the last; none touch or overlap. */
    private final Map<String, TreeMap<Long, Long>> turns = new HashMap<>();

    /** Whether {@code address} of the device of that name is the CPU's now. */
    public boolean isCpus(String device, long address) {
        TreeMap<Long, Long> ranges = turns.get(device);
        Map.Entry<Long, Long> range = ranges == null ? null : ranges.floorEntry(address);
        return range != null && address < range.getValue();
    }

    @Override
    public void dmaSynced(BusMaster master, long address, long bytes, DmaDirection direction, boolean forDevice) {
        give(master, address, bytes);
        if (!forDevice) {
            turns.computeIfAbsent(master.name(), none -> new TreeMap<>()).put(address, address + bytes);
        }
    }

    @Override
    public void dmaAllocated(BusMaster master, long address, long bytes, long virt, DmaAttrs attrs) {
        give(master, address, bytes);
    }

    @Override
    public void dmaFreed(BusMaster master, long address, long bytes, long virt, DmaAttrs attrs) {
        give(master, address, bytes);
    }

    @Override
    public void dmaMapped(
            BusMaster master, long address, long bytes, long phys, DmaDirection direction, DmaAttrs attrs) {
        give(master, address, bytes);
    }

    @Override
    public void dmaUnmapped(BusMaster master, long address, long bytes, DmaDirection direction, DmaAttrs attrs) {
        give(master, address, bytes);
    }

    /** Takes a range out of the CPU's. */
    private void give(BusMaster master, long start, long bytes) {
        TreeMap<Long, Long> ranges = turns.get(master.name());
        if (ranges == null || ranges.isEmpty()) {
            return;
        }
        long end = start + bytes;
        Map.Entry<Long, Long> last = ranges.lowerEntry(end);
        while (last != null && last.getValue() > start) {
            ranges.remove(last.getKey());
            if (last.getValue() > end) {
                ranges.put(end, last.getValue());
            }
            if (last.getKey() < start) {
                ranges.put(last.getKey(), start);
            }
            last = ranges.lowerEntry(last.getKey());
        }
    }
}
