package org.dmalab.engine.arm;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.memory.CmaFailure;

/**
 * A buffer could not be had.
 *
 * @param device for whom
 * @param bytes what was asked for
 * @param freeBytes what the page allocator had before
 * @param cause what ran out
 */
public record AllocationFailure(BusMaster device, long bytes, long freeBytes, Reason cause) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return cause.message();
    }

    @Override
    public String explain() {
        String asked = device + " asked for a buffer of " + Bytes.text(bytes) + " while " + Bytes.text(freeBytes)
                + " of RAM were free";
        return bytes > freeBytes && !(cause instanceof CmaFailure)
                ? asked
                        + ": that is more than there is; take a smaller buffer, free some, or take a board with more RAM"
                : asked + "; " + cause.explain();
    }
}
