package org.dmalab.kernel.display;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/** A reason whose words come from an enemy. */
record HostileReason() implements Reason {
    @Override
    public Errno errno() {
        return Errno.ENOMEM;
    }

    @Override
    public String message() {
        return Examples.HOSTILE;
    }

    @Override
    public String explain() {
        return "asked for 8 MiB,\nlargest hole 4 MiB " + Examples.HOSTILE;
    }
}
