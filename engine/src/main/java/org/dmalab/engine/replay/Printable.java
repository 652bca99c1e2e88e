package org.dmalab.engine.replay;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Bytes of a log as text that can be shown: no control or formatting character survives, each is written as an escape. */
final class Printable {
    private Printable() {}

    /** The bytes as UTF-8, at most {@code limit} of them. */
    static String text(byte[] bytes, int from, int to, int limit) {
        int end = Math.min(to, from + limit);
        String decoded = new String(bytes, from, end - from, StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder(decoded.length());
        decoded.codePoints().forEach(point -> append(text, point));
        return end < to ? text.append("… (").append(to - from).append(" bytes)").toString() : text.toString();
    }

    /** The beginning of {@code line}, at most {@code limit} characters. */
    static String text(String line, int limit) {
        int end = Math.min(line.length(), limit);
        StringBuilder text = new StringBuilder(end);
        line.substring(0, end).codePoints().forEach(point -> append(text, point));
        return end < line.length()
                ? text.append("… (")
                        .append(line.length())
                        .append(" characters)")
                        .toString()
                : text.toString();
    }

    private static void append(StringBuilder text, int point) {
        switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                text.append(
                        point < 0x100
                                ? String.format(Locale.ROOT, "\\x%02x", point)
                                : String.format(Locale.ROOT, "\\u{%x}", point));
            default -> text.appendCodePoint(point);
        }
    }
}
