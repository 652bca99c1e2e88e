package org.dmalab.kernel.run;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
     * @return whether every cell did what its author expected; outputs are written either way
     */
    public static boolean run(Path notebook, Optional<Path> html, Optional<Path> output, PrintStream progress)
            throws NotebookException {
        NotebookFile file = NotebookFile.read(notebook);
        String language = file.language();
        if (!language.isEmpty() && !language.equalsIgnoreCase("java")) {
            throw new NotebookException(notebook + " is a notebook for another kernel [language=" + language + "]");
        }
        Path target = output.orElse(notebook);
        checkWritable(target);
        if (html.isPresent()) {
            checkWritable(html.get());
        }
        List<NotebookCell> cells = file.cells();
        Optional<NotebookRunner.Failed> failed;
        try (JavaSession session = JavaSession.open(CellIo.install(), Imports.declarations())) {
            failed = new NotebookRunner(session, progress).run(cells);
        }
        file.write(target);
        progress.println("wrote " + target);
        if (html.isPresent()) {
            NotebookFile.replace(html.get(), HtmlPage.of(file));
            progress.println("wrote " + html.get());
        }
        failed.ifPresent(each -> progress.println(notebook + ": " + each.sentence()));
        return failed.isEmpty();
    }

    /** Says before the first cell runs what would be known only after the last. */
    private static void checkWritable(Path target) throws NotebookException {
        Path folder = target.toAbsolutePath().getParent();
        if (Files.isDirectory(target)) {
            throw new NotebookException(target + " is a folder, expected the name of a file to write");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NotebookException(target + " cannot be written: there is no folder " + folder);
        }
        if (!Files.isWritable(folder)) {
            throw new NotebookException(target + " cannot be written: no permission to write in " + folder);
        }
    }
}
