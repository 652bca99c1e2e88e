package org.dmalab.kernel;

/** A command that cannot be done; the message is the one sentence its user reads. */
final class CommandException extends Exception {
    private static final long serialVersionUID = 1;

    CommandException(String message) {
        super(message);
    }

    CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
