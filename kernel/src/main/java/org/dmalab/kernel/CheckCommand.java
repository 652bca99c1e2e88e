package org.dmalab.kernel;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dmalab.engine.replay.GoldenReplay;
import org.dmalab.engine.replay.ReplayReport;

/** The command that replays recorded decisions against the model, file by file. */
final class CheckCommand {
    private CheckCommand() {}

    /** How all files together ended; the worst is said. */
    enum Verdict {
        /** The model decides as recorded. */
        SAME,
        /** Some file could not be checked. */
        NOT_CHECKED,
        /** Some decision differs. */
        DIFFERENT
    }

    /**
     * Checks each of {@code files}, whatever became of those before it.
     *
     * @param format the format of all of them; empty to go by the place of each
     * @param results gets a line per file and the first difference in full
     * @param problems gets a line per file that cannot be checked
     */
    static Verdict run(List<String> files, Optional<String> format, PrintStream results, PrintStream problems) {
        Verdict worst = Verdict.SAME;
        for (String file : files) {
            Verdict verdict = check(file, format, results, problems);
            worst = verdict.compareTo(worst) > 0 ? verdict : worst;
        }
        return worst;
    }

    private static Verdict check(String file, Optional<String> format, PrintStream results, PrintStream problems) {
        try {
            Path path = FileNames.path(file);
            requireFile(path);
            ReplayReport report =
                    format.isPresent() ? GoldenReplay.check(path, format.get()) : GoldenReplay.check(path);
            results.println(report);
            report.first().ifPresent(results::println);
            return report.same() ? Verdict.SAME : Verdict.DIFFERENT;
        } catch (IllegalArgumentException | UncheckedIOException | UsageException e) {
            problems.println(e.getMessage());
        } catch (OutOfMemoryError e) {
            problems.println(file + ": not enough memory for what it describes; give java more with -Xmx");
        }
        return Verdict.NOT_CHECKED;
    }

    /** A format is looked for only where there is a file. */
    private static void requireFile(Path path) throws UsageException {
        if (!Files.exists(path)) {
            throw new UsageException("no such file: " + path + " [looked in "
                    + path.toAbsolutePath().normalize().getParent() + "]");
        }
        if (Files.isDirectory(path)) {
            throw new UsageException("a folder, not a recording: " + path + "; name the files in it, as in ./lab check "
                    + path.resolve("*"));
        }
    }
}
