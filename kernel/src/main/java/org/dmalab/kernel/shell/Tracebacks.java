package org.dmalab.kernel.shell;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.UnresolvedReferenceException;
import org.dmalab.engine.base.Reason;
import org.dmalab.kernel.shell.CellResult.Failure;
import org.dmalab.kernel.shell.Snippets.CellLine;
import org.dmalab.kernel.shell.Snippets.Place;
import org.jspecify.annotations.Nullable;

/** What a person reads when a cell fails: the error, the line of the cell, the calls between them, and nothing of ours. */
final class Tracebacks {
    private static final int MOST_FRAMES = 40;
    private static final String RED = "\u001b[1;31m";
    private static final String PLAIN = "\u001b[0m";

    /** JShell's class of a snippet, before the names a cell declares: {@code REPL.$JShell$12B$}. */
    private static final Pattern SNIPPET_CLASS = Pattern.compile("REPL\\.\\$JShell\\$\\w+\\$?");

    private final JShell shell;
    private final Snippets snippets;

    Tracebacks(JShell shell, Snippets snippets) {
        this.shell = shell;
        this.snippets = snippets;
    }

    /** The failure of a snippet that does not compile. */
    Failure compile(Snippet snippet, Place place) {
        List<Diag> errors =
                shell.diagnostics(snippet).filter(Diag::isError).distinct().toList();
        List<String> lines = new ArrayList<>();
        String message = errors.isEmpty()
                ? "not a complete Java statement"
                : message(errors.get(0)).replaceAll("\\s*\\R\\s*", "; ");
        lines.add(RED + Failure.COMPILE_ERROR + PLAIN + ": " + message);
        int line = place.lineAt(0);
        for (int i = 0; i < errors.size(); i++) {
            Diag error = errors.get(i);
            // Of an unexpected end of the text the caret stands behind the last character.
            int at = place.offset() + (int) Math.max(error.getStartPosition(), 0);
            int end = place.offset() + (int) Math.max(error.getEndPosition(), 0);
            int errorLine = place.source().lineAt(at);
            line = i == 0 ? errorLine : line;
            lines.add(new CellLine(place.source(), errorLine).toString());
            lines.addAll(place.source().underlined(at, end));
            message(error).lines().forEach(lines::add);
        }
        return new Failure(Failure.COMPILE_ERROR, message, lines, line);
    }

    /** The failure of a cell that ends inside a comment, which is no snippet to JShell. */
    Failure unterminated(Place place, String code) {
        int line = place.lineAt(leadingBlanks(code));
        String message = "the cell ends inside a comment";
        List<String> lines = new ArrayList<>();
        lines.add(RED + Failure.COMPILE_ERROR + PLAIN + ": " + message);
        lines.add(new CellLine(place.source(), line).toString());
        lines.addAll(place.source().excerpt(line));
        return new Failure(Failure.COMPILE_ERROR, message, lines, line);
    }

    /** The failure of a declaration that was never completed by the one it refers to. */
    Failure unresolved(DeclarationSnippet snippet, Place place, String message) {
        int line = place.lineAt(leadingBlanks(snippet.source()));
        List<String> lines = new ArrayList<>();
        lines.add(RED + Failure.COMPILE_ERROR + PLAIN + ": " + message);
        lines.add(new CellLine(place.source(), line).toString());
        lines.addAll(place.source().excerpt(line));
        return new Failure(Failure.COMPILE_ERROR, message, lines, line);
    }

    /** The sentence about a call of something that refers to what is not declared. */
    String unresolved(DeclarationSnippet snippet) {
        String missing = String.join(", ", shell.unresolvedDependencies(snippet).toList());
        String kind = snippet.kind() == Snippet.Kind.METHOD ? "method " : "";
        return kind + snippet.name() + " needs what is not declared yet" + (missing.isEmpty() ? "" : ": " + missing);
    }

    Failure unresolved(UnresolvedReferenceException failure, int cell, Place place) {
        Failure calling = unresolved(failure.getSnippet(), place, unresolved(failure.getSnippet()));
        boolean here = place.source().cell() == cell;
        return here ? calling : new Failure(calling.name(), calling.message(), calling.traceback(), 0);
    }

    /** The failure of a cell that threw. */
    Failure thrown(Throwable thrown, int cell) {
        List<String> lines = new ArrayList<>();
        Throwable shown =
                thrown instanceof ExceptionInInitializerError && thrown.getCause() != null ? thrown.getCause() : thrown;
        append(lines, "", shown, Collections.newSetFromMap(new IdentityHashMap<>()));
        return new Failure(className(shown), message(shown), lines, lineOf(shown, cell));
    }

    /** The failure of a cell that was interrupted while it did what {@code thrown} tells. */
    Failure interrupted(@Nullable Throwable thrown, int cell) {
        String message = thrown instanceof CellThread.Abandoned ? message(thrown) : "the cell was interrupted";
        List<String> lines = new ArrayList<>();
        lines.add(RED + "Interrupted" + PLAIN + ": " + message);
        if (thrown != null) {
            appendFrames(lines, thrown);
        }
        return new Failure("Interrupted", message, lines, thrown == null ? 0 : lineOf(thrown, cell));
    }

    private void append(List<String> lines, String prefix, Throwable thrown, Set<Throwable> seen) {
        if (!seen.add(thrown)) {
            return;
        }
        String message = message(thrown);
        lines.add(prefix + RED + className(thrown) + PLAIN + (message.isEmpty() ? "" : ": " + message));
        reason(thrown).ifPresent(reason -> {
            String said = reason.errno() + ": " + reason.message();
            if (!said.equals(message)) {
                lines.add(said);
            }
            reason.explain().lines().forEach(line -> lines.add("  " + line));
        });
        appendFrames(lines, thrown);
        for (Throwable suppressed : thrown.getSuppressed()) {
            append(lines, "Suppressed: ", suppressed, seen);
        }
        if (thrown.getCause() != null) {
            append(lines, "Caused by: ", thrown.getCause(), seen);
        }
    }

    private void appendFrames(List<String> lines, Throwable thrown) {
        List<StackTraceElement> frames = userFrames(thrown);
        frames.stream()
                .flatMap(frame -> snippets.locate(frame).stream())
                .findFirst()
                .ifPresent(at -> {
                    lines.add(at.toString());
                    lines.addAll(at.source().excerpt(at.line()));
                });
        List<String> calls = frames.stream().map(this::call).toList();
        int repeated = 0;
        int written = 0;
        for (int i = 0; i < calls.size() && written < MOST_FRAMES; i++) {
            if (i > 0 && calls.get(i).equals(calls.get(i - 1))) {
                repeated++;
                continue;
            }
            if (repeated > 0) {
                lines.add("    ... the same call " + repeated + " more times");
                repeated = 0;
            }
            lines.add("    at " + calls.get(i));
            written++;
        }
        if (repeated > 0) {
            lines.add("    ... the same call " + repeated + " more times");
        }
    }

    private String call(StackTraceElement frame) {
        if (!Snippets.inCell(frame)) {
            return frame.toString();
        }
        String where = snippets.locate(frame).map(Object::toString).orElse("an earlier definition");
        String type = plain(frame.getClassName());
        String method = frame.getMethodName();
        boolean body = method.startsWith("do_it$") || (type.isEmpty() && method.equals("<clinit>"));
        if (body) {
            return where;
        }
        String name = method.startsWith("lambda$") ? "a lambda" : method;
        return (type.isEmpty() ? "" : type + ".") + name + " (" + where + ")";
    }

    private int lineOf(Throwable thrown, int cell) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            Optional<CellLine> line = Arrays.stream(each.getStackTrace())
                    .flatMap(frame -> snippets.locate(frame).stream())
                    .filter(at -> at.source().cell() == cell)
                    .findFirst();
            if (line.isPresent()) {
                return line.get().line();
            }
        }
        return 0;
    }

    /** The frames above the machinery that called the cell, without the checks that were woven in. */
    private static List<StackTraceElement> userFrames(Throwable thrown) {
        List<StackTraceElement> frames = Arrays.asList(thrown.getStackTrace());
        int last = frames.size();
        while (last > 0 && !Snippets.inCell(frames.get(last - 1))) {
            last--;
        }
        List<StackTraceElement> kept = new ArrayList<>();
        for (StackTraceElement frame : frames.subList(0, last)) {
            boolean check = frame.getClassName().startsWith(StopCheck.class.getName());
            boolean callsInitializer = !kept.isEmpty() && isInitializer(kept.get(kept.size() - 1)) && isBody(frame);
            if (!check && !callsInitializer) {
                kept.add(frame);
            }
        }
        return kept;
    }

    /** JShell puts the initializer of a {@code var} into a method of its own, which the snippet's body calls. */
    private static boolean isInitializer(StackTraceElement frame) {
        return Snippets.inCell(frame) && frame.getMethodName().equals("do_it$Aux");
    }

    private static boolean isBody(StackTraceElement frame) {
        return Snippets.inCell(frame) && frame.getMethodName().equals("do_it$");
    }

    /** The compiler's words without the class JShell wraps around a snippet. */
    private static String message(Diag error) {
        return error.getMessage(Locale.ROOT).replaceAll("\\R\\s*location: class\\s*$", "");
    }

    private static Optional<Reason> reason(Throwable thrown) {
        try {
            Object reason = thrown.getClass().getMethod("reason").invoke(thrown);
            return reason instanceof Reason found ? Optional.of(found) : Optional.empty();
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return Optional.empty();
        } catch (InvocationTargetException e) {
            thrown.addSuppressed(Objects.requireNonNullElse(e.getCause(), e));
            return Optional.empty();
        }
    }

    private static String className(Throwable thrown) {
        if (thrown instanceof StopCheck.CellExit) {
            return "System.exit";
        }
        return plain(thrown.getClass().getName());
    }

    private static String plain(String className) {
        return SNIPPET_CLASS.matcher(className).replaceFirst("");
    }

    private static String message(Throwable thrown) {
        try {
            return Objects.requireNonNullElse(thrown.getLocalizedMessage(), "");
        } catch (RuntimeException e) {
            return "(its message failed with " + e.getClass().getName() + ")";
        }
    }

    private static int leadingBlanks(String text) {
        return text.length() - text.stripLeading().length();
    }
}
