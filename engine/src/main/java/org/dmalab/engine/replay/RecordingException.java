package org.dmalab.engine.replay;

/** A recording that cannot be replayed: its format is unknown or not modelled, or its text is not of that format. */
public final class RecordingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RecordingException(String message) {
        super(message);
    }
}
