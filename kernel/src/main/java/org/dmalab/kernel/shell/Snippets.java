package org.dmalab.kernel.shell;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.SnippetWrapper;

/** Where each snippet JShell knows stands in the notebook, and which line of a cell a stack frame is at. */
final class Snippets {
    private static final String NESTED = "$";

    private final JShell shell;
    private final SourceCodeAnalysis analysis;
    private final Map<String, Place> places = new HashMap<>();

    Snippets(JShell shell) {
        this.shell = shell;
        this.analysis = shell.sourceCodeAnalysis();
    }

    /** A snippet's text begins at {@code offset} of the cell. */
    record Place(CellSource source, int offset) {
        int lineAt(int inSnippet) {
            return source.lineAt(offset + inSnippet);
        }
    }

    /** A line of an executed cell. */
    record CellLine(CellSource source, int line) {
        @Override
        public String toString() {
            return "cell " + source.cell() + ":" + line;
        }
    }

    void put(Snippet snippet, Place place) {
        places.put(snippet.id(), place);
    }

    Optional<Place> place(Snippet snippet) {
        return Optional.ofNullable(places.get(snippet.id()));
    }

    /** Whether {@code frame} is in a class that was compiled from a cell. */
    static boolean inCell(StackTraceElement frame) {
        return frame.getClassName().startsWith("REPL.");
    }

    Optional<CellLine> locate(StackTraceElement frame) {
        if (!inCell(frame) || frame.getLineNumber() < 1) {
            return Optional.empty();
        }
        return shell.snippets()
                .flatMap(snippet -> place(snippet).flatMap(place -> locate(frame, snippet, place)).stream())
                .findFirst();
    }

    private Optional<CellLine> locate(StackTraceElement frame, Snippet snippet, Place place) {
        if (snippet.kind() == Snippet.Kind.ERRONEOUS) {
            return Optional.empty();
        }
        SnippetWrapper wrapper = analysis.wrapper(snippet);
        String className = wrapper.fullClassName();
        if (!frame.getClassName().equals(className) && !frame.getClassName().startsWith(className + NESTED)) {
            return Optional.empty();
        }
        String wrapped = wrapper.wrapped();
        int start = startOfLine(wrapped, frame.getLineNumber());
        if (start < 0) {
            return Optional.empty();
        }
        // JShell writes "int b_ =" on a line of its own; the first text of the cell behind it is the initializer.
        for (int at = start; at < wrapped.length(); at++) {
            int inSnippet = wrapper.wrappedToSourcePosition(at);
            if (!Character.isWhitespace(wrapped.charAt(at))
                    && inSnippet >= 0
                    && inSnippet < snippet.source().length()
                    && (wrapper.sourceToWrappedPosition(inSnippet) == at
                            || isTextOfCell(wrapped, at, snippet.source(), inSnippet))) {
                return Optional.of(new CellLine(place.source(), place.lineAt(inSnippet)));
            }
        }
        return Optional.empty();
    }

    /**
     * Whether the rest of the line is the cell's. The way there and back does not tell for a {@code var}: JShell counts the
     * letters of the type it writes as if they were the cell's, and leads back from them to the type.
     */
    private static boolean isTextOfCell(String wrapped, int at, String source, int inSource) {
        int endOfLine = wrapped.indexOf('\n', at);
        int rest = (endOfLine < 0 ? wrapped.length() : endOfLine) - at;
        int length = Math.min(rest, source.length() - inSource);
        // One character is no evidence: the "=" of "int b_ =" is the cell's too.
        return length > 1 && wrapped.regionMatches(at, source, inSource, length);
    }

    private static int startOfLine(String text, int line) {
        int start = 0;
        for (int at = 1; at < line; at++) {
            int next = text.indexOf('\n', start);
            if (next < 0) {
                return -1;
            }
            start = next + 1;
        }
        return start;
    }
}
