package org.dmalab.engine.memory;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;

/**
 * Memory kept at boot for a contiguous memory area that is not active yet.
 *
 * @param name of the area
 * @param area its number, from 0
 * @param range the memory, a multiple of 4 MiB at a multiple of 4 MiB
 * @param orderPerBit how many pages a bit of the area's bitmap stands for, as order; 0 before 6.x
 */
public record CmaReservation(String name, int area, AddrRange<PhysAddr> range, int orderPerBit) {
    /** {@code CMA "reserved": 32 MiB reserved at 0x4e000000}. */
    @Override
    public String toString() {
        return "CMA \"" + name + "\": " + Bytes.text(range.bytes()) + " reserved at " + range.start();
    }
}
