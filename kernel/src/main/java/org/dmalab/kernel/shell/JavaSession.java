package org.dmalab.kernel.shell;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.UnresolvedReferenceException;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.display.Renderers;
import org.dmalab.kernel.shell.CellResult.Failure;
import org.dmalab.kernel.shell.CellResult.Value;
import org.dmalab.kernel.shell.Snippets.Place;
import org.jspecify.annotations.Nullable;

/**
 * The Java a notebook's cells are written in: what earlier cells declared, what is imported, and the code that runs.
 *
 * <p>Used by one thread at a time; {@link #interrupt} may be called from any.
 */
public final class JavaSession implements AutoCloseable {
    private final CellIo io;
    private final CellExecutionControl control = new CellExecutionControl();
    private final JShell shell;
    private final SourceCodeAnalysis analysis;
    private final Snippets snippets;
    private final Tracebacks tracebacks;
    private final CodeAssist assist;

    private JavaSession(CellIo io) {
        this.io = io;
        this.shell = JShell.builder()
                .executionEngine(CellExecutionControl.provider(control), null)
                .build();
        this.analysis = shell.sourceCodeAnalysis();
        this.snippets = new Snippets(shell);
        this.tracebacks = new Tracebacks(shell, snippets);
        this.assist = new CodeAssist(shell);
    }

    /** A session in which those of {@code imports} are declared that compile: a package may be empty or absent. */
    public static JavaSession open(CellIo io, List<String> imports) {
        JavaSession session = new JavaSession(io);
        for (String each : imports) {
            session.shell.eval(each).stream()
                    .filter(event -> event.status() == Snippet.Status.REJECTED)
                    .forEach(event -> session.shell.drop(event.snippet()));
        }
        return session;
    }

    /** Runs a cell. All its output so far has reached {@code sink} when this returns. */
    public CellResult eval(int number, String source, OutputSink sink, InputStream input) {
        return eval(number, source, sink, input, () -> false);
    }

    /** Like {@link #eval(int, String, OutputSink, InputStream)}, for a cell that may be interrupted before it runs. */
    public CellResult eval(int number, String source, OutputSink sink, InputStream input, BooleanSupplier interrupted) {
        Cell cell = new Cell(number, sink, input);
        Cell.running(cell);
        control.cell(cell);
        if (interrupted.getAsBoolean()) {
            control.interrupt();
        }
        try {
            return run(cell, new CellSource(number, source));
        } catch (InterruptedException e) {
            throw new AssertionError("the thread that runs cells was interrupted", e);
        } catch (RuntimeException | Error e) {
            // javac and JShell run out of memory and stack like any program, and have bugs; the session goes on.
            return tracebacks.thrown(e, number);
        } finally {
            control.forget();
            control.cell(null);
            io.flush();
        }
    }

    /** Stops the running cell; nothing when none runs. */
    public void interrupt() {
        control.interrupt();
    }

    /** What could be typed at {@code cursor}. */
    public CodeAssist.Completions complete(String code, int cursor) {
        return assist.complete(code, cursor);
    }

    /** What stands at {@code cursor}: signature, and its documentation where the sources are installed. */
    public Optional<MimeBundle> inspect(String code, int cursor) {
        return assist.inspect(code, cursor).map(MimeBundle::text);
    }

    /** Whether {@code code} could be run as it is. */
    public CodeAssist.Completeness completeness(String code) {
        return assist.completeness(code);
    }

    @Override
    public void close() {
        shell.close();
    }

    private CellResult run(Cell cell, CellSource source) throws InterruptedException {
        Set<DeclarationSnippet> unresolved = new LinkedHashSet<>();
        String rest = source.text();
        @Nullable Object last = null;
        while (!rest.isBlank()) {
            if (cell.stopping()) {
                return tracebacks.interrupted(null, cell.number());
            }
            CompletionInfo info = analysis.analyzeCompletion(rest);
            // Code that ends in "else" counts as complete, and all of it as remaining.
            boolean complete =
                    info.completeness().isComplete() && info.remaining().length() < rest.length();
            Place place = new Place(source, source.text().length() - rest.length());
            String code = complete ? info.source() : rest;
            rest = complete ? info.remaining() : "";
            if (info.completeness() == SourceCodeAnalysis.Completeness.EMPTY) {
                continue;
            }
            List<SnippetEvent> events = shell.eval(code);
            if (events.isEmpty()) {
                return tracebacks.unterminated(place, code);
            }
            for (SnippetEvent event : events) {
                if (event.causeSnippet() == null) {
                    snippets.put(event.snippet(), place);
                }
            }
            for (SnippetEvent event : events) {
                Optional<Failure> failure = failure(event, cell, place);
                if (failure.isPresent()) {
                    return failure.get();
                }
                if (event.snippet() instanceof DeclarationSnippet declared) {
                    unresolved.add(declared);
                }
                last = isResult(event.snippet()) ? control.value() : null;
            }
        }
        return finish(cell, unresolved, last);
    }

    private Optional<Failure> failure(SnippetEvent event, Cell cell, Place place) {
        if (event.causeSnippet() != null) {
            return Optional.empty();
        }
        if (event.status() == Snippet.Status.REJECTED) {
            return Optional.of(tracebacks.compile(event.snippet(), place));
        }
        if (event.exception() == null) {
            return Optional.empty();
        }
        Throwable thrown = control.thrown();
        if (cell.stopping()) {
            return Optional.of(tracebacks.interrupted(thrown, cell.number()));
        }
        if (event.exception() instanceof UnresolvedReferenceException missing) {
            Place declared = snippets.place(missing.getSnippet()).orElse(place);
            return Optional.of(tracebacks.unresolved(missing, cell.number(), declared));
        }
        return Optional.of(tracebacks.thrown(thrown == null ? event.exception() : thrown, cell.number()));
    }

    private CellResult finish(Cell cell, Set<DeclarationSnippet> declared, @Nullable Object last)
            throws InterruptedException {
        List<String> later = new ArrayList<>();
        for (DeclarationSnippet snippet : declared) {
            Snippet.Status status = shell.status(snippet);
            Optional<Place> place = snippets.place(snippet);
            if (status == Snippet.Status.RECOVERABLE_NOT_DEFINED && place.isPresent()) {
                return tracebacks.unresolved(snippet, place.get(), tracebacks.unresolved(snippet));
            }
            if (status == Snippet.Status.RECOVERABLE_DEFINED) {
                later.add(tracebacks.unresolved(snippet));
            }
        }
        if (!later.isEmpty()) {
            io.print(OutputSink.Stream.STDERR, String.join("\n", later) + "\n");
        }
        if (last == null) {
            return new Value(null);
        }
        // On the cell's thread: toString is the user's code, which may print, fail, or never return.
        Object value = last;
        control.run(JavaSession.class.getClassLoader(), () -> JsonBundle.of(Renderers.render(value)));
        Throwable thrown = control.thrown();
        if (thrown != null) {
            return cell.stopping()
                    ? tracebacks.interrupted(thrown, cell.number())
                    : tracebacks.thrown(thrown, cell.number());
        }
        return new Value((MimeBundle) control.value());
    }

    private static boolean isResult(Snippet snippet) {
        return switch (snippet.subKind()) {
            case VAR_VALUE_SUBKIND, OTHER_EXPRESSION_SUBKIND, TEMP_VAR_EXPRESSION_SUBKIND -> true;
            default -> false;
        };
    }
}
