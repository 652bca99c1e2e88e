package org.dmalab.kernel.run;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTML that can stand inside a page without changing what follows it: elements of text and tables, each closed in the
 * order of opening, attributes quoted, no comment.
 *
 * <p>HTML that a browser would read the same way may still not be plain (an {@code <li>} left open).
 */
final class PlainHtml {
    private static final Set<String> VOID = Set.of("br", "col", "hr", "img", "wbr");

    private static final Set<String> ELEMENTS = Set.of(
            "a",
            "abbr",
            "b",
            "blockquote",
            "caption",
            "code",
            "colgroup",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "em",
            "figcaption",
            "figure",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "i",
            "kbd",
            "li",
            "mark",
            "ol",
            "p",
            "pre",
            "q",
            "s",
            "samp",
            "small",
            "span",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
            "u",
            "ul",
            "var");

    /* Possessive: without, each repetition of a group would take a stack frame. */
    private static final Pattern PIECE = Pattern.compile("[^<]++|<(?![a-zA-Z/!?])"
            + "|<(?<close>/)?(?<name>[a-zA-Z][a-zA-Z0-9]*+)"
            + "(?:\\s++[a-zA-Z][-a-zA-Z0-9]*+(?:=(?:\"[^\"]*+\"|'[^']*+'))?+)*+\\s*+/?>");

    private PlainHtml() {}

    static boolean matches(String html) {
        Deque<String> open = new ArrayDeque<>();
        Matcher piece = PIECE.matcher(html);
        int at = 0;
        while (at < html.length()) {
            piece.region(at, html.length());
            if (!piece.lookingAt() || !fits(piece, open)) {
                return false;
            }
            at = piece.end();
        }
        return open.isEmpty();
    }

    private static boolean fits(Matcher piece, Deque<String> open) {
        if (piece.group("name") == null) {
            return true;
        }
        String name = piece.group("name").toLowerCase(Locale.ROOT);
        if (piece.group("close") != null) {
            return name.equals(open.poll());
        }
        if (VOID.contains(name)) {
            return true;
        }
        open.push(name);
        return ELEMENTS.contains(name);
    }
}
