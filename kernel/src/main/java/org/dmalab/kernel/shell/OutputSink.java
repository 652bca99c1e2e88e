package org.dmalab.kernel.shell;

import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/** Receives the outputs of one cell, in order, from one thread at a time that no interrupt reaches. */
public interface OutputSink {
    /** The two text streams of a cell. */
    enum Stream {
        STDOUT,
        STDERR
    }

    /** Text the cell printed; may hold many lines or part of one. */
    void print(Stream stream, String text);

    /** See {@link org.dmalab.kernel.display.Frontend#display}. */
    void display(MimeBundle bundle, @Nullable String displayId);

    /** See {@link org.dmalab.kernel.display.Frontend#update}. */
    void update(MimeBundle bundle, String displayId);

    /** See {@link org.dmalab.kernel.display.Frontend#clearOutput}. */
    void clearOutput(boolean wait);
}
