package org.dmalab.kernel.shell;

import java.util.List;
import java.util.stream.IntStream;

/** The text of an executed cell, seen as lines. */
record CellSource(int cell, String text) {
    private static final int LINES_BEFORE = 2;
    private static final int LINES_AFTER = 1;

    /** The line, from 1, that holds the character at {@code offset}. */
    int lineAt(int offset) {
        return 1
                + (int) text.substring(0, Math.min(offset, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    /** Some lines around {@code line}, which is marked. */
    List<String> excerpt(int line) {
        List<String> lines = lines();
        int first = Math.max(1, line - LINES_BEFORE);
        int last = Math.min(lines.size(), line + LINES_AFTER);
        return IntStream.rangeClosed(first, last)
                .mapToObj(each -> numbered(each == line ? "-->" : "", each, lines.get(each - 1)))
                .toList();
    }

    /** The line of {@code start} with what lies between {@code start} and {@code end} underlined. */
    List<String> underlined(int start, int end) {
        int from = Math.max(0, Math.min(start, text.length()));
        int line = lineAt(from);
        int lineStart = text.lastIndexOf('\n', from - 1) + 1;
        String content = lines().get(line - 1);
        int column = Math.min(from - lineStart, content.length());
        int width = Math.max(1, Math.min(end - from, content.length() - column));
        // The tabs of the line are kept, so that the carets stand below what they mark.
        String indent = content.substring(0, column).replaceAll("[^\t]", " ");
        String gutter = " ".repeat(numbered("", line, "").length());
        return List.of(numbered("", line, content), gutter + indent + "^".repeat(width));
    }

    private List<String> lines() {
        return List.of(text.split("\r?\n", -1));
    }

    private static String numbered(String mark, int line, String content) {
        return " ".repeat(4 - mark.length()) + mark + " " + " ".repeat(line < 10 ? 1 : 0) + line + " | " + content;
    }
}
