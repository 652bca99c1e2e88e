package org.dmalab.engine.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** The lines of a file of {@code /proc} while they are read, and the count of what became of each. */
final class ProcLines {
    private static final int TEXT_LIMIT = 200;
    /** The names that {@code mm/mmzone.h} has for zones. */
    private static final Set<String> ZONES = Set.of("DMA", "DMA32", "Normal", "HighMem", "Movable", "Device");

    private static final long MOST_NODES = 1024;

    private final String source;
    private final TextLines lines;
    private final List<TraceReport.Malformed> firstMalformed = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long read;
    private long headers;
    private long blank;
    private long malformed;

    /** What fills a {@link ProcFile} from lines. */
    interface Reader<T> {
        T read(ProcLines lines) throws IOException;
    }

    private ProcLines(String source, TextLines lines) {
        this.source = source;
        this.lines = lines;
    }

    /**
     * Reads the file at {@code path}, plain or gzipped.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device, a pipe or another tool's
     *     format
     */
    static <T> ProcFile<T> read(Path path, Reader<T> reader) {
        try (InputStream in = PackedText.open(path)) {
            return read(PackedText.name(path), in, reader);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /** Reads what {@code in} gives. */
    static <T> ProcFile<T> read(String source, InputStream in, Reader<T> reader) {
        try {
            TextLines text = TextLines.of(source, in);
            ProcLines lines = new ProcLines(source, text);
            T content = reader.read(lines);
            return new ProcFile<>(
                    source,
                    content,
                    text.number(),
                    lines.read,
                    lines.headers,
                    lines.blank,
                    lines.malformed,
                    lines.firstMalformed,
                    lines.notes,
                    text.damage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + source + ": " + e.getMessage(), e);
        }
    }

    String source() {
        return source;
    }

    /** When the file was made, as a snapshot names its moment. */
    String moment() {
        return "the time of " + source;
    }

    /** Goes to the next line that may say something; the caller says what became of it. False at the end. */
    boolean next() throws IOException {
        while (lines.next()) {
            if (lines.tooLong()) {
                malformed("longer than " + TextLines.MAX_LINE + " bytes");
            } else if (lines.line().isBlank()) {
                blank++;
            } else {
                return true;
            }
        }
        return false;
    }

    String text() {
        return lines.line().trim();
    }

    long number() {
        return lines.number();
    }

    void read() {
        read++;
    }

    void header() {
        headers++;
    }

    /** The current line does not say anything. */
    void malformed(String reason) {
        malformed(lines.number(), lines.line(), reason);
    }

    /** A line that was taken for good does not say anything. */
    void malformed(long number, String text, String reason) {
        malformed++;
        if (firstMalformed.size() < TraceReport.KEPT) {
            firstMalformed.add(new TraceReport.Malformed(number, reason, Printable.text(text, TEXT_LIMIT)));
        }
    }

    void note(String note) {
        notes.add(note);
    }

    /** Says what a line looks like if {@code found} is none. */
    void expected(String line, int found) {
        if (found == 0) {
            note("no line like \"" + line + "\" was found");
        }
    }

    static boolean isZone(String name) {
        return ZONES.contains(name);
    }

    static boolean isNode(OptionalLong number) {
        return number.isPresent() && number.getAsLong() < MOST_NODES;
    }

    /** The decimal number {@code word}, without sign; empty if it is none or has more than 18 digits. */
    static OptionalLong decimal(String word) {
        return digits(word, 10, 18);
    }

    /** The hexadecimal number {@code word}, unsigned. */
    static OptionalLong hex(String word) {
        return digits(word, 16, 16);
    }

    private static OptionalLong digits(String word, int radix, int most) {
        if (word.isEmpty() || word.length() > most) {
            return OptionalLong.empty();
        }
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            int digit = word.charAt(i) < 0x80 ? Character.digit(word.charAt(i), radix) : -1;
            if (digit < 0) {
                return OptionalLong.empty();
            }
            value = value * radix + digit;
        }
        return OptionalLong.of(value);
    }
}
