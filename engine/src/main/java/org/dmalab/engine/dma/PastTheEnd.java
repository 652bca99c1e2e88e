package org.dmalab.engine.dma;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * A device's access that began in a live mapping and went on beyond its end.
 *
 * @param fault what the hardware reports
 * @param master whose access
 * @param start where the access began
 * @param bytes how long it was
 * @param end the first address that led nowhere
 * @param mapping what it began in
 */
public record PastTheEnd(Reason fault, BusMaster master, DmaAddr start, long bytes, DmaAddr end, IovaMap.Entry mapping)
        implements Reason {
    @Override
    public Errno errno() {
        return fault.errno();
    }

    @Override
    public String message() {
        return fault.message();
    }

    @Override
    public String explain() {
        long left = mapping.range().last() + 1 - start.value();
        return master + "'s access of " + bytes + " bytes from " + start + " goes past the end of "
                + mapping.owner() + "'s " + mapping.label() + " " + mapping.range() + ", which has "
                + mapping.range().bytes() + " bytes; nothing answers at " + end + ": program the device with at most "
                + left + " bytes from there, or map more [" + fault.message() + "]";
    }
}
