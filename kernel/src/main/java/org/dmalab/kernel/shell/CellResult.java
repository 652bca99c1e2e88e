package org.dmalab.kernel.shell;

import java.util.List;
import java.util.function.Function;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/** How a cell ended. */
public sealed interface CellResult {
    /** Takes both cases. */
    <T> T fold(Function<Value, T> ended, Function<Failure, T> failed);

    /**
     * It ran to its end.
     *
     * @param shown what its last expression is, as a front end shows it; null when there is nothing to show
     */
    record Value(@Nullable MimeBundle shown) implements CellResult {
        @Override
        public <T> T fold(Function<Value, T> ended, Function<Failure, T> failed) {
            return ended.apply(this);
        }
    }

    /**
     * It failed, and the rest of it did not run.
     *
     * @param name the exception's class, or {@link #COMPILE_ERROR}
     * @param message the exception's message, or the compiler's
     * @param traceback what a person reads, line by line: the error, the line of the cell, the calls that led there
     * @param line the line of this cell, from 1, or 0 where none is known
     */
    record Failure(String name, String message, List<String> traceback, int line) implements CellResult {
        /** The name of a failure to compile. */
        public static final String COMPILE_ERROR = "CompileError";

        public Failure {
            traceback = List.copyOf(traceback);
        }

        @Override
        public <T> T fold(Function<Value, T> ended, Function<Failure, T> failed) {
            return failed.apply(this);
        }

        /** Name and message in one line. */
        public String summary() {
            String first = message.strip().lines().findFirst().orElse("");
            return first.isEmpty() ? name : name + ": " + first;
        }
    }
}
