package org.dmalab.kernel.run;

import com.google.gson.JsonObject;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.dmalab.kernel.magic.DisplayMagics;
import org.dmalab.kernel.shell.CellResult;
import org.dmalab.kernel.shell.CellResult.Failure;
import org.dmalab.kernel.shell.CellResult.Value;
import org.dmalab.kernel.shell.JavaSession;

/** Runs a notebook's code cells in order, records their outputs in it, and says how far it is. */
final class NotebookRunner {
    private static final int WIDEST_LINE = 56;

    private final JavaSession session;
    private final UnfinishedRun unfinished;
    private final PrintStream progress;
    private final Map<String, List<JsonObject>> displays = new HashMap<>();
    private final List<Executed> executed = new ArrayList<>();

    NotebookRunner(JavaSession session, UnfinishedRun unfinished, PrintStream progress) {
        this.session = session;
        this.unfinished = unfinished;
        this.progress = progress;
    }

    /**
     * A cell that failed.
     *
     * @param cell its number in the order of execution, from 1
     */
    record Failed(int cell, Failure failure) {
        /** The cell, the line and the error. */
        String sentence() {
            String line = failure.line() > 0 ? ", line " + failure.line() : "";
            return "cell " + cell + line + ": " + failure.summary();
        }
    }

    private record Executed(NotebookCell cell, int number, RecordedOutputs outputs) {
        void keep() {
            cell.recordRun(number, outputs.json());
        }
    }

    /**
     * Runs until the end or the first failure that its author did not announce. Cells that are not reached are left without
     * outputs, so that a notebook never shows those of two runs.
     */
    Optional<Failed> run(List<NotebookCell> cells) {
        List<NotebookCell> code = cells.stream().filter(NotebookCell::isCode).toList();
        code.forEach(NotebookCell::clear);
        Optional<Failed> failed = runCode(code);
        // Only now, because a thread or an update may have added to a cell that had ended.
        executed.forEach(Executed::keep);
        return failed;
    }

    private Optional<Failed> runCode(List<NotebookCell> code) {
        int number = 0;
        for (NotebookCell cell : code) {
            if (cell.source().isBlank()) {
                continue;
            }
            number++;
            unfinished.cell(number);
            progress.printf(
                    Locale.ROOT, "[%d/%d] %-" + WIDEST_LINE + "s ", number, code.size(), firstLine(cell.source()));
            progress.flush();
            long start = System.nanoTime();
            CellResult result = run(cell, number);
            double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
            Optional<Failure> failure = result.fold(value -> Optional.empty(), Optional::of);
            boolean stop = failure.isPresent() && !cell.mayRaise();
            String outcome = stop ? "failed" : failure.isPresent() ? "ok, raised as announced" : "ok";
            progress.printf(Locale.ROOT, "%6.2f s  %s%n", seconds, outcome);
            if (stop) {
                return Optional.of(new Failed(number, failure.get()));
            }
        }
        return Optional.empty();
    }

    private CellResult run(NotebookCell cell, int number) {
        RecordedOutputs outputs = new RecordedOutputs(displays);
        CellResult result = DisplayMagics.show(cell.source())
                .<CellResult>map(shown -> {
                    outputs.display(shown, null);
                    return new Value(null);
                })
                .orElseGet(() -> session.eval(number, cell.source(), outputs, InputStream.nullInputStream()));
        Optional<Failure> failure = result.fold(
                value -> {
                    Optional.ofNullable(value.shown()).ifPresent(shown -> outputs.result(shown, number));
                    return Optional.empty();
                },
                Optional::of);
        failure.ifPresent(outputs::failure);
        executed.add(new Executed(cell, number, outputs));
        return result;
    }

    private static String firstLine(String source) {
        String line = source.strip().lines().findFirst().orElse("");
        return line.length() <= WIDEST_LINE ? line : line.substring(0, WIDEST_LINE - 3) + "...";
    }
}
