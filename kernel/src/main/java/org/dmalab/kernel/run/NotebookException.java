package org.dmalab.kernel.run;

/** A notebook that cannot be read, executed or written; the message is the one sentence its user reads. */
public final class NotebookException extends Exception {
    private static final long serialVersionUID = 1;

    NotebookException(String message) {
        super(message);
    }

    NotebookException(String message, Throwable cause) {
        super(message, cause);
    }
}
