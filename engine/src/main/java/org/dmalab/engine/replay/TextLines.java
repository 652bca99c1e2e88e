package org.dmalab.engine.replay;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.ZipException;

/** The lines of a text, plain or gzipped, read once from front to back; both kinds of line ends are taken off. */
final class TextLines {
    /** A longer line is not kept. */
    static final int MAX_LINE = FtraceReader.MAX_LINE;

    private static final int END = -1;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int at;
    private int end;
    private long number;
    private boolean tooLong;
    private String line = "";
    private Optional<String> damage = Optional.empty();

    private TextLines(InputStream in) {
        this.in = in;
    }

    /** The lines of what {@code in} gives; a gzip header that is cut is damage, as a cut body is. */
    static TextLines of(String source, InputStream in) throws IOException {
        try {
            return new TextLines(PackedText.unpacked(source, in));
        } catch (EOFException | ZipException e) {
            TextLines none = new TextLines(InputStream.nullInputStream());
            none.damage = Optional.of(why(e));
            return none;
        }
    }

    /** Reads the next line; false at the end, and where the file is damaged. */
    boolean next() throws IOException {
        bytes.reset();
        tooLong = false;
        boolean any = false;
        for (int read = read(); read != END; read = read()) {
            any = true;
            if (read == '\n') {
                break;
            }
            if (bytes.size() == MAX_LINE) {
                tooLong = true;
            } else {
                bytes.write(read);
            }
        }
        if (!any) {
            line = "";
            return false;
        }
        number++;
        String text = bytes.toString(StandardCharsets.UTF_8);
        line = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        return true;
    }

    private int read() throws IOException {
        if (at == end) {
            at = 0;
            end = 0;
            try {
                end = Math.max(0, in.read(buffer));
            } catch (EOFException | ZipException e) {
                damage = Optional.of(why(e));
            }
            if (end == 0) {
                return END;
            }
        }
        return buffer[at++] & 0xff;
    }

    private static String why(IOException e) {
        return e instanceof EOFException
                ? "the compressed file breaks off"
                : "the compressed file is damaged: " + e.getMessage();
    }

    /** The line, without its end; of a line that is too long, the beginning. */
    String line() {
        return line;
    }

    /** The number of the line, from 1. */
    long number() {
        return number;
    }

    /** Whether the line has more than {@link #MAX_LINE} bytes. */
    boolean tooLong() {
        return tooLong;
    }

    /** Why the rest of the file cannot be read. */
    Optional<String> damage() {
        return damage;
    }
}
