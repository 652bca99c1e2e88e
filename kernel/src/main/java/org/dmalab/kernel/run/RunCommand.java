package org.dmalab.kernel.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import org.dmalab.kernel.shell.CellIo;
import org.dmalab.kernel.shell.Imports;
import org.dmalab.kernel.shell.JavaSession;

/** The command that executes a notebook: file in, file out. */
public final class RunCommand {
    private RunCommand() {}

    /**
     * Executes {@code notebook} and writes it to {@code output}, or back.
     *
     * @param problems gets the sentence that says which cell failed, before anything is written
     * @return whether every cell did what its author expected; outputs are written either way, of the cells that ran
     */
    public static boolean run(
            Path notebook, Optional<Path> html, Optional<Path> output, PrintStream progress, PrintStream problems)
            throws NotebookException {
        NotebookFile file = NotebookFile.read(notebook);
        String language = file.language();
        if (!language.isEmpty() && !language.equalsIgnoreCase("java")) {
            throw new NotebookException(notebook + " is a notebook for another kernel [language=" + language + "]");
        }
        Path target = output.orElse(notebook);
        TextFile.checkWritable(target);
        if (html.isPresent()) {
            TextFile.checkWritable(html.get());
        }
        try (UnfinishedRun unfinished = UnfinishedRun.open(notebook, problems)) {
            Optional<NotebookRunner.Failed> failed = runCells(file, unfinished, progress);
            failed.ifPresent(each -> problems.println(notebook + ": " + each.sentence()));
            unfinished.writing(target);
            file.write(target);
            progress.println("wrote " + target);
            if (html.isPresent()) {
                unfinished.writing(html.get());
                TextFile.replace(html.get(), page(file));
                progress.println("wrote " + html.get());
            }
            return failed.isEmpty();
        }
    }

    private static Optional<NotebookRunner.Failed> runCells(
            NotebookFile file, UnfinishedRun unfinished, PrintStream progress) {
        CellIo io = CellIo.install();
        try (JavaSession session = JavaSession.open(io, Imports.declarations())) {
            return new NotebookRunner(session, unfinished, progress).run(file.cells());
        } finally {
            io.end();
        }
    }

    private static String page(NotebookFile file) throws NotebookException {
        try {
            return HtmlPage.of(file);
        } catch (StackOverflowError e) {
            throw new NotebookException(file.path() + " cannot be made a page: its text nests too deeply", e);
        }
    }
}
