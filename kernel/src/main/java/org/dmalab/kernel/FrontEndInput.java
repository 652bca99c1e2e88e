package org.dmalab.kernel;

import io.github.spencerpark.jupyter.messages.MessageContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.dmalab.kernel.shell.CellIo;

/** What a cell reads from {@code System.in}: lines the front end asks its user for. */
final class FrontEndInput extends InputStream {
    private final KernelConnection connection;
    private final MessageContext cell;
    private final CellIo io;
    private final boolean allowed;
    private final int turn;
    private byte[] line = {};
    private int next;

    FrontEndInput(KernelConnection connection, MessageContext cell, CellIo io, boolean allowed) {
        this.connection = connection;
        this.cell = cell;
        this.io = io;
        this.allowed = allowed;
        this.turn = connection.turn();
    }

    @Override
    public synchronized int read() throws IOException {
        fill();
        return line[next++] & 0xff;
    }

    /** At most the rest of the line, so that a reader gets it before the next one is asked for. */
    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        fill();
        int count = Math.min(length, line.length - next);
        System.arraycopy(line, next, bytes, offset, count);
        next += count;
        return count;
    }

    @Override
    public synchronized int available() {
        return line.length - next;
    }

    private void fill() throws IOException {
        if (next < line.length) {
            return;
        }
        if (!allowed) {
            throw refused(new IOException("this front end takes no input from its user"));
        }
        io.flush();
        try {
            line = (connection.ask(cell, turn, "") + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw refused(e);
        }
        next = 0;
    }

    /** Says why there is nothing to read: a {@code Scanner} takes the exception for the end of the input. */
    @ProcessStreams
    private static IOException refused(IOException reason) {
        System.err.println("System.in: " + reason.getMessage());
        return reason;
    }
}
