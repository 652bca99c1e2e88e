package org.dmalab.kernel.run;

import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A run that may be cut short: while it is open, an end of the JVM counts as the run's failure, whoever asked for it.
 *
 * <p>Code of a cell can reach {@link System#exit} by ways the kernel does not see, such as a method reference or a library;
 * the status it asks for would pass for the run's.
 */
final class UnfinishedRun implements AutoCloseable {
    private static final int FAILED = 1;

    private final Path notebook;
    private final PrintStream problems;
    private final Thread hook = new Thread(this::cutShort, "end of an unfinished run");
    private volatile String doing = "before its first cell";

    private UnfinishedRun(Path notebook, PrintStream problems) {
        this.notebook = notebook;
        this.problems = problems;
    }

    static UnfinishedRun open(Path notebook, PrintStream problems) {
        UnfinishedRun run = new UnfinishedRun(notebook, problems);
        Runtime.getRuntime().addShutdownHook(run.hook);
        return run;
    }

    /** Cell {@code number} runs from now on. */
    void cell(int number) {
        doing = "in cell " + number;
    }

    /** {@code file} is written from now on. */
    void writing(Path file) {
        doing = "while " + file + " was written";
    }

    private void cutShort() {
        problems.println(notebook + ": the JVM was ended " + doing
                + ", by System.exit or from outside; what was not yet reported as written is lost");
        problems.flush();
        Runtime.getRuntime().halt(FAILED);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already, and the hook with it: it has the last word.
        }
    }
}
