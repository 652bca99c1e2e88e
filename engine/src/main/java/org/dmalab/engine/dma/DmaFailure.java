package org.dmalab.engine.dma;

import org.dmalab.engine.base.Reason;

/** Thrown by the short form of a call ({@code alloc}) where the long form ({@code tryAlloc}) returns a failed outcome. */
public final class DmaFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Reason reason;

    /** A failure for {@code reason}. */
    public DmaFailure(Reason reason) {
        super(reason.errno() + ": " + reason.message());
        this.reason = reason;
    }

    /** Why; it can {@link Reason#explain} itself. */
    public Reason reason() {
        return reason;
    }
}
