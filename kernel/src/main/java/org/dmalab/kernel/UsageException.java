package org.dmalab.kernel;

/** A command line that means nothing. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
