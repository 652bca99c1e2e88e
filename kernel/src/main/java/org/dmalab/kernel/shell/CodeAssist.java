package org.dmalab.kernel.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;

/** Answers about code that has not run: what could come next, what a name is, whether it is a whole. */
public final class CodeAssist {
    private static final String INDENT = "    ";

    private final SourceCodeAnalysis analysis;

    CodeAssist(JShell shell) {
        this.analysis = shell.sourceCodeAnalysis();
    }

    /**
     * What could be typed.
     *
     * @param matches texts, each of which may replace what lies between {@code start} and {@code end}
     */
    public record Completions(List<String> matches, int start, int end) {
        public Completions {
            matches = List.copyOf(matches);
        }
    }

    /** Whether code can be run, needs more, or is wrong whatever follows. */
    public enum Verdict {
        COMPLETE,
        INCOMPLETE,
        INVALID
    }

    /**
     * A verdict.
     *
     * @param indent what the next line should start with when the code is incomplete
     */
    public record Completeness(Verdict verdict, String indent) {}

    Completions complete(String code, int cursor) {
        String before = code.substring(0, cursor);
        for (int start : starts(before)) {
            String part = before.substring(start);
            int[] anchor = {0};
            List<Suggestion> suggestions = analysis.completionSuggestions(part, part.length(), anchor);
            if (!suggestions.isEmpty()) {
                return new Completions(ordered(suggestions), start + anchor[0], cursor);
            }
        }
        return new Completions(List.of(), cursor, cursor);
    }

    Optional<String> inspect(String code, int cursor) {
        int end = endOfName(code, cursor);
        String before = code.substring(0, end);
        for (int start : starts(before)) {
            String part = before.substring(start);
            // JShell describes a method where its arguments begin, everything else at the end of its name.
            for (String asked : List.of(part + "(", part)) {
                List<Documentation> found = analysis.documentation(asked, asked.length(), true);
                if (!found.isEmpty()) {
                    return Optional.of(
                            found.stream().map(CodeAssist::describe).distinct().collect(Collectors.joining("\n\n")));
                }
            }
        }
        return Optional.empty();
    }

    Completeness completeness(String code) {
        String rest = code;
        while (!rest.isBlank()) {
            CompletionInfo info = analysis.analyzeCompletion(rest);
            if (info.completeness() == SourceCodeAnalysis.Completeness.DEFINITELY_INCOMPLETE
                    || info.completeness() == SourceCodeAnalysis.Completeness.CONSIDERED_INCOMPLETE
                    || startsDeclaration(info, rest)) {
                return new Completeness(Verdict.INCOMPLETE, nextIndent(code));
            }
            if (info.completeness() == SourceCodeAnalysis.Completeness.EMPTY) {
                break;
            }
            if (!info.completeness().isComplete() || !Syntax.parses(info.source())) {
                return new Completeness(Verdict.INVALID, "");
            }
            rest = info.remaining();
        }
        return new Completeness(Verdict.COMPLETE, "");
    }

    /** Whether a declaration is missing: annotations and modifiers alone, which JShell takes for a statement. */
    private static boolean startsDeclaration(CompletionInfo info, String code) {
        return info.completeness() == SourceCodeAnalysis.Completeness.COMPLETE_WITH_SEMI
                && !Syntax.parses(info.source())
                && Syntax.parses(code + "\nclass Declared { }");
    }

    /**
     * Where the code to analyze may start: behind the imports, so that variables the cell declares are known; then at
     * every later statement, because JShell takes several declarations in a row for a syntax error.
     */
    private List<Integer> starts(String before) {
        List<Integer> starts = new ArrayList<>();
        int at = 0;
        while (true) {
            String rest = before.substring(at);
            CompletionInfo info = analysis.analyzeCompletion(rest);
            boolean last = !info.completeness().isComplete() || info.remaining().isBlank();
            if (last || !rest.stripLeading().startsWith("import ")) {
                starts.add(at);
            }
            if (last) {
                return starts;
            }
            at = before.length() - info.remaining().length();
        }
    }

    private static List<String> ordered(List<Suggestion> suggestions) {
        List<String> fitting = suggestions.stream()
                .filter(Suggestion::matchesType)
                .map(Suggestion::continuation)
                .toList();
        List<String> all = new ArrayList<>(fitting);
        suggestions.stream().map(Suggestion::continuation).forEach(all::add);
        return all.stream().distinct().toList();
    }

    private static int endOfName(String code, int cursor) {
        int end = cursor;
        if (end > 0 && code.charAt(end - 1) == '(') {
            return end - 1;
        }
        while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
            end++;
        }
        return end;
    }

    private static String describe(Documentation found) {
        String javadoc = found.javadoc();
        return javadoc == null || javadoc.isBlank()
                ? found.signature()
                : found.signature() + "\n" + JavadocText.plain(javadoc);
    }

    private static String nextIndent(String code) {
        String last = code.substring(code.stripTrailing().lastIndexOf('\n') + 1);
        String indent = last.substring(0, last.length() - last.stripLeading().length());
        String stripped = code.stripTrailing();
        boolean opens = stripped.endsWith("{") || stripped.endsWith("(");
        return opens ? indent + INDENT : indent;
    }
}
