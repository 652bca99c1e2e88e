package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text of unknown origin made harmless for a terminal and a page: no control characters, no endless lines. */
final class SafeText {
    /** More characters than this of one value are not shown. */
    static final int LIMIT = 100_000;

    private static final char REPLACEMENT = '\uFFFD';

    private SafeText() {}

    /**
     * {@code text} with every control character, bidirectional override and lone surrogate replaced by U+FFFD; line
     * ends become {@code \n}, and what exceeds {@link #LIMIT} is cut off with a word on how much.
     */
    static String clean(String text) {
        int end = Math.min(text.length(), LIMIT);
        StringBuilder clean = new StringBuilder(end);
        int next;
        for (int i = 0; i < end; i = next) {
            int character = text.codePointAt(i);
            next = i + Character.charCount(character);
            if (character == '\r' || character == '\u2028' || character == '\u2029') {
                boolean beforeNewline = next < text.length() && text.charAt(next) == '\n';
                if (!beforeNewline) {
                    clean.append('\n');
                }
            } else if (isHarmless(character)) {
                clean.appendCodePoint(character);
            } else {
                clean.append(REPLACEMENT);
            }
        }
        if (end < text.length()) {
            clean.append("… ").append(text.length() - end).append(" more characters");
        }
        return clean.toString();
    }

    /** {@code text} cleaned, on one line, at most {@code max} characters of it. */
    static String line(String text, int max) {
        String start = text.length() > 2 * max ? text.substring(0, 2 * max) : text;
        String line = clean(start).replace('\n', ' ').replace('\t', ' ').strip();
        int points = line.codePointCount(0, line.length());
        if (points <= max && start.length() == text.length()) {
            return line;
        }
        int kept = line.offsetByCodePoints(0, Math.min(points, max - 1));
        return line.substring(0, kept) + "…";
    }

    /** {@code line} in lines of at most {@code max} characters, broken at spaces where there are any. */
    static List<String> wrap(String line, int max) {
        List<String> lines = new ArrayList<>();
        String rest = line;
        while (rest.codePointCount(0, rest.length()) > max) {
            int most = rest.offsetByCodePoints(0, max);
            int space = rest.lastIndexOf(' ', most);
            int end = space > 0 ? space : most;
            lines.add(rest.substring(0, end).strip());
            rest = rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }

    /** The value's own text, cleaned; if its {@code toString} throws, a sentence that says so. */
    static String of(@Nullable Object value) {
        return clean(raw(value));
    }

    private static String raw(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        try {
            String text = value.toString();
            return text == null ? value.getClass().getName() + " (its toString returned null)" : text;
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError thrown) {
            return value.getClass().getName() + " (its toString threw "
                    + thrown.getClass().getName() + ": " + message(thrown) + ")";
        }
    }

    /** The exception's message, or a word that it has none. */
    static String message(Throwable thrown) {
        try {
            String message = thrown.getMessage();
            return message == null ? "no message" : line(message, 300);
        } catch (RuntimeException | StackOverflowError broken) {
            return "no readable message, " + broken.getClass().getName();
        }
    }

    private static boolean isHarmless(int character) {
        if (character == '\n' || character == '\t') {
            return true;
        }
        boolean overridesDirection = (character >= 0x202A && character <= 0x202E)
                || (character >= 0x2066 && character <= 0x2069)
                || character == 0x200E
                || character == 0x200F
                || character == 0x061C;
        return !overridesDirection
                && !Character.isISOControl(character)
                && Character.getType(character) != Character.SURROGATE;
    }
}
