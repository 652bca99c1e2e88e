package org.dmalab.engine.cpu;

import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/** No room for a mapping of a process. */
public record MmapFailure(long bytes, long largestHole) implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return "mmap: " + Errno.ENOMEM.text();
    }

    @Override
    public String explain() {
        return "asked for " + Bytes.text(bytes) + " of user addresses; the largest hole has " + Bytes.text(largestHole)
                + ": unmap something, or map a part of the buffer";
    }
}
