package org.dmalab.engine.replay;

/** A file that is no log text: another tool's binary format, or compressed in a way that is not read. */
public final class TraceFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    TraceFormatException(String message) {
        super(message);
    }
}
