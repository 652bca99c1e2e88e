package org.dmalab.engine.iova;

import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/**
 * Why a range at a fixed address was not given.
 *
 * @param iova the first address asked for
 * @param bytes the length asked for
 * @param taken a range in use that overlaps it
 */
public record IovaTaken(DmaAddr iova, long bytes, AddrRange<DmaAddr> taken) implements Reason {
    @Override
    public Errno errno() {
        return Errno.EBUSY;
    }

    @Override
    public String message() {
        return "iova_alloc_at: " + errno() + " [iova=" + iova + "] [bytes=" + bytes + "] [taken=" + taken + "]";
    }

    @Override
    public String explain() {
        return Bytes.text(bytes) + " at " + iova + " was asked for, but " + taken
                + " is in use; reserve fixed ranges before anything else is mapped";
    }
}
