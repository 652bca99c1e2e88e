package org.dmalab.kernel.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.dmalab.kernel.display.Frontend;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/**
 * The standard streams and the front end of a process that runs cells: whatever a thread prints, shows or reads belongs
 * to the cell that started the thread, also when that cell has ended.
 */
public final class CellIo implements Frontend {
    private final OutputQueue queue;
    private volatile boolean ended;

    private CellIo(PrintStream process) {
        queue = new OutputQueue(process);
    }

    /** Replaces the process's standard streams and its {@link Frontend}; once per process, before cells run. */
    @ProcessStreams
    public static CellIo install() {
        CellIo io = new CellIo(System.err);
        System.setOut(io.stream(OutputSink.Stream.STDOUT, System.out));
        System.setErr(io.stream(OutputSink.Stream.STDERR, System.err));
        System.setIn(new Input());
        Frontend.CURRENT.set(io);
        return io;
    }

    /** Prints as if the running cell had. */
    void print(OutputSink.Stream stream, String text) {
        queue.print(sink(), stream, text);
    }

    /** Returns when every output made so far has reached its sink. */
    public void flush() {
        queue.flush();
    }

    /**
     * Gives the process its streams back once no cell will run again. What a thread left over from a cell still prints
     * belongs to nobody and is dropped, so that it cannot bury what the process itself has to say.
     */
    public void end() {
        queue.flush();
        ended = true;
        Cell.running(null);
        Frontend.CURRENT.compareAndSet(this, null);
    }

    @Override
    public void display(MimeBundle bundle, @Nullable String displayId) {
        OutputSink sink = sink();
        MimeBundle json = JsonBundle.of(bundle);
        queue.post(sink, () -> sink.display(json, displayId));
    }

    @Override
    public void update(MimeBundle bundle, String displayId) {
        OutputSink sink = sink();
        MimeBundle json = JsonBundle.of(bundle);
        queue.post(sink, () -> sink.update(json, displayId));
    }

    @Override
    public void clearOutput(boolean wait) {
        OutputSink sink = sink();
        queue.post(sink, () -> sink.clearOutput(wait));
    }

    private static OutputSink sink() {
        Cell cell = Cell.current();
        if (cell == null) {
            throw new IllegalStateException("nothing can be displayed before the first cell runs");
        }
        return cell.sink();
    }

    private PrintStream stream(OutputSink.Stream name, PrintStream process) {
        return new PrintStream(new Output(this, name, process), true, StandardCharsets.UTF_8);
    }

    private static final class Output extends OutputStream {
        private final CellIo io;
        private final OutputSink.Stream name;
        private final PrintStream process;
        private final Utf8Pieces characters = new Utf8Pieces();

        Output(CellIo io, OutputSink.Stream name, PrintStream process) {
            this.io = io;
            this.name = name;
            this.process = process;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            Cell cell = Cell.current();
            if (cell == null) {
                process.write(bytes, offset, length);
                return;
            }
            String text = io.ended ? "" : characters.decode(bytes, offset, length);
            if (!text.isEmpty()) {
                io.queue.print(cell.sink(), name, text);
            }
        }

        @Override
        public void flush() {
            process.flush();
        }
    }

    private static final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            return source().read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return source().read(bytes, offset, length);
        }

        @Override
        public int available() throws IOException {
            return source().available();
        }

        private static InputStream source() {
            Cell cell = Cell.current();
            return cell == null ? nullInputStream() : cell.input();
        }
    }
}
