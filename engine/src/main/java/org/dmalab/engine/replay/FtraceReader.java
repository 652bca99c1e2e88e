package org.dmalab.engine.replay;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.ZipException;

/**
 * Reads ftrace text: {@code trace}, {@code trace-cmd report} and {@code perf script}, plain or gzipped.
 *
 * <p>A log is read once from front to back in memory that does not grow with it: lines are parsed as bytes where they lie,
 * and only what the sink keeps becomes an object. Nothing in a log stops the reading: a line that cannot be understood is
 * reported and the next one is read, and a file that breaks off is reported with what came before.
 *
 * <p>{@code read} keeps every event and therefore only as many as the heap has room for, one (or one segment of a scatter
 * list) per 512 bytes of {@code -Xmx}; {@link TraceReport#damage} says when a log has more. {@code stream} has no limit.
 */
public final class FtraceReader {
    /** A longer line is reported as malformed and not kept. The longest line of a kernel has 8 KiB. */
    public static final int MAX_LINE = 1 << 16;

    private static final int BUFFER = 4 * MAX_LINE;

    private FtraceReader() {}

    /**
     * The events of the log at {@code path}.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device, a pipe or another tool's
     *     format
     */
    public static Trace read(Path path) {
        TraceBuilder builder = new TraceBuilder();
        FtraceParser parser =
                new FtraceParser(builder, TraceBuilder.most(Runtime.getRuntime().maxMemory()));
        return builder.build(stream(path, parser), parser);
    }

    /** The events of the log at {@code path}; a relative path is one from the working directory. */
    public static Trace read(String path) {
        return read(Path.of(path));
    }

    /** The events of a log of which {@code in} gives the bytes. */
    public static Trace read(String source, InputStream in) {
        return read(source, in, TraceBuilder.most(Runtime.getRuntime().maxMemory()));
    }

    static Trace read(String source, InputStream in, long most) {
        TraceBuilder builder = new TraceBuilder();
        FtraceParser parser = new FtraceParser(builder, most);
        return builder.build(stream(source, in, parser), parser);
    }

    /** The events of a log given as text, a few lines of a mail for instance. */
    public static Trace parse(String text) {
        return read("text", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Hands each event of the log at {@code path} to {@code sink}; nothing is kept. */
    public static TraceReport stream(Path path, FtraceSink sink) {
        return stream(path, new FtraceParser(sink));
    }

    /** Hands each event of a log of which {@code in} gives the bytes to {@code sink}; nothing is kept. */
    public static TraceReport stream(String source, InputStream in, FtraceSink sink) {
        return stream(source, in, new FtraceParser(sink));
    }

    private static TraceReport stream(Path path, FtraceParser parser) {
        try (InputStream in = PackedText.open(path)) {
            return stream(PackedText.name(path), in, parser);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private static TraceReport stream(String source, InputStream in, FtraceParser parser) {
        try {
            lines(PackedText.unpacked(source, in), parser);
        } catch (EOFException e) {
            parser.tally.damage = "the compressed file breaks off";
        } catch (ZipException e) {
            parser.tally.damage = "the compressed file is damaged: " + e.getMessage();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + source + ": " + e.getMessage(), e);
        }
        return parser.tally.report(source);
    }

    private static void lines(InputStream in, FtraceParser parser) throws IOException {
        byte[] buffer = new byte[BUFFER];
        int start = 0;
        int end = 0;
        boolean skipping = false;
        for (; ; ) {
            int scanned = end;
            int read = read(in, buffer, end, parser, start);
            if (read < 0) {
                break;
            }
            end += read;
            for (int at = LineEnds.next(buffer, scanned, end); at < end; at = LineEnds.next(buffer, start, end)) {
                if (parser.isFull()) {
                    parser.tally.damage = full(parser);
                    return;
                }
                if (skipping) {
                    skipping = false;
                } else if (at - start > MAX_LINE) {
                    parser.tooLong(buffer, start, at, MAX_LINE);
                } else {
                    parser.line(buffer, start, at);
                }
                start = at + 1;
            }
            if (!skipping && end - start > MAX_LINE) {
                parser.tooLong(buffer, start, end, MAX_LINE);
                skipping = true;
            }
            if (skipping) {
                start = 0;
                end = 0;
            } else if (buffer.length - end < MAX_LINE) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            }
        }
        if (end > start && parser.isFull()) {
            parser.tally.damage = full(parser);
        } else if (!skipping && end > start) {
            parser.line(buffer, start, end);
        }
    }

    private static String full(FtraceParser parser) {
        return "the Java heap has room for " + parser.most()
                + " events and scatter list segments; use stream(), which keeps nothing, or a larger -Xmx";
    }

    /** Reads more bytes; if the file breaks off, the line that was begun is not trusted. */
    private static int read(InputStream in, byte[] buffer, int end, FtraceParser parser, int start) throws IOException {
        try {
            return in.read(buffer, end, buffer.length - end);
        } catch (IOException e) {
            if (end > start) {
                parser.cut(buffer, start, end);
            }
            throw e;
        }
    }
}
