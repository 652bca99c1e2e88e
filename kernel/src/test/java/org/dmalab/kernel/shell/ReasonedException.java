package org.dmalab.kernel.shell;

import org.dmalab.engine.base.Errno;
import org.dmalab.engine.base.Reason;

/** An engine failure as a cell meets it: an exception that carries a {@link Reason}. */
public final class ReasonedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Reason reason() {
        return new Reason() {
            @Override
            public Errno errno() {
                return Errno.ENOMEM;
            }

            @Override
            public String message() {
                return "cma: no room";
            }

            @Override
            public String explain() {
                return "asked for 8192 bytes\nthe largest hole is 4096 bytes";
            }
        };
    }
}
