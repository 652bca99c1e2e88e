package org.dmalab.engine.replay;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One recording while it is replayed: its lines, and the count of what the model answered otherwise. */
final class ReplayRun {
    private static final int REMEMBERED = 64;
    private static final int SHOWN = 1000;
    private static final int SHOWN_OF_GARBAGE = 80;

    /** A line and its number, from 1. */
    record Line(long number, String text) {
        @Override
        public String toString() {
            return number + ": " + Printable.text(text, SHOWN);
        }
    }

    private final String source;
    private final String format;
    private final TextLines lines;
    private final Deque<Line> recent = new ArrayDeque<>();
    private final List<String> notes = new ArrayList<>();
    private Line current = new Line(0, "");
    private long operations;
    private long differences;
    private Optional<ReplayReport.Difference> first = Optional.empty();

    ReplayRun(String source, String format, TextLines lines) {
        this.source = source;
        this.format = format;
        this.lines = lines;
    }

    /** Goes to the next line that is not blank; false at the end. */
    boolean next() throws IOException {
        while (lines.next()) {
            if (lines.tooLong()) {
                throw refused("line " + lines.number() + " is longer than " + TextLines.MAX_LINE + " bytes");
            }
            if (!lines.line().isBlank()) {
                current = new Line(lines.number(), lines.line());
                if (recent.size() == REMEMBERED) {
                    recent.removeFirst();
                }
                recent.addLast(current);
                return true;
            }
        }
        Optional<String> damage = lines.damage();
        if (damage.isPresent()) {
            throw refused(damage.get() + " after line " + lines.number());
        }
        return false;
    }

    Line line() {
        return current;
    }

    String text() {
        return current.text();
    }

    /** The words of the line before any comment. */
    String[] words() {
        String text = current.text();
        int comment = text.indexOf('#');
        return (comment > 0 ? text.substring(0, comment) : text).trim().split("\\s+", -1);
    }

    /** One more recorded operation is done again. */
    void operation() {
        operations++;
    }

    long operations() {
        return operations;
    }

    /** Compares what was recorded on the current line with the model's answer. */
    void compare(String expected, String found) {
        compare(current, expected, found);
    }

    /** Compares what was recorded on {@code at} with the model's answer. */
    void compare(Line at, String expected, String found) {
        if (expected.equals(found)) {
            return;
        }
        differences++;
        if (first.isEmpty()) {
            List<String> before = recent.stream()
                    .filter(each -> each.number() < at.number())
                    .map(Line::toString)
                    .toList();
            first = Optional.of(new ReplayReport.Difference(
                    at.number(),
                    Printable.text(at.text(), SHOWN),
                    Printable.text(expected, SHOWN),
                    Printable.text(found, SHOWN),
                    before.subList(Math.max(0, before.size() - ReplayReport.LINES_BEFORE), before.size())));
        }
    }

    /** The model's answer, or what it refuses the operation for: as good as any other answer, and never the recorded one. */
    static String answer(Supplier<String> model) {
        try {
            return model.get();
        } catch (RecordingException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            return refusal(e);
        }
    }

    /** An answer that says why the model refuses an operation. */
    static String refusal(IllegalArgumentException refused) {
        return "refused: " + refused.getMessage();
    }

    /** Says that something was not compared. */
    void note(String note) {
        notes.add(note);
    }

    /** The current line is not of this format. */
    RecordingException garbled(String why) {
        return refused("line " + current.number() + ": " + why + ": " + Printable.text(text(), SHOWN_OF_GARBAGE));
    }

    /** The current line asks for what the model's caller must not. */
    RecordingException garbled(IllegalArgumentException mistake) {
        return garbled(String.valueOf(mistake.getMessage()));
    }

    /** The current line is no operation of this format. */
    RecordingException unknown() {
        return garbled("not a line of a " + format + " recording");
    }

    private RecordingException refused(String why) {
        return new RecordingException(source + ": " + why);
    }

    /** The current line must have {@code count} words. */
    void require(String[] words, int count) {
        if (words.length != count) {
            throw garbled("expected " + count + " words, found " + words.length);
        }
    }

    long hex(String word) {
        return number(word, 16, Long.MAX_VALUE);
    }

    /** A hexadecimal number of up to {@code bits} bits, 64 at most. */
    long word(String word, int bits) {
        if (word.isEmpty() || word.length() > bits / 4 || !word.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw garbled("not a hexadecimal number of " + bits + " bits: " + Printable.text(word, SHOWN_OF_GARBAGE));
        }
        return Long.parseUnsignedLong(word, 16);
    }

    long decimal(String word) {
        return number(word, 10, Long.MAX_VALUE);
    }

    /** A decimal number of {@code 0..most}. */
    int decimal(String word, int most) {
        return (int) number(word, 10, most);
    }

    private long number(String word, int radix, long most) {
        try {
            long number = Long.parseLong(word, radix);
            if (number >= 0 && number <= most && word.charAt(0) != '+') {
                return number;
            }
        } catch (NumberFormatException e) {
            throw garbled("not a " + (radix == 16 ? "hexadecimal" : "decimal") + " number: "
                    + Printable.text(word, SHOWN_OF_GARBAGE));
        }
        throw garbled("number must be 0.." + most + ": " + word);
    }

    /** The value of {@code key=} in the current line. */
    Optional<String> value(String key) {
        for (String word : text().trim().split("[\\s#]+", -1)) {
            if (word.startsWith(key + "=")) {
                return Optional.of(word.substring(key.length() + 1));
            }
        }
        return Optional.empty();
    }

    /** The value of {@code key=} in the current line, which must be there. */
    String required(String key) {
        return value(key).orElseThrow(() -> garbled("no " + key + "="));
    }

    ReplayReport report() {
        if (operations == 0) {
            throw refused("no operation of a " + format + " recording in " + lines.number() + " lines");
        }
        return new ReplayReport(source, format, operations, differences, first, notes);
    }
}
