package org.dmalab.kernel.shell;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/** Keeps what a cell prints. */
final class TextSink implements OutputSink {
    private final StringBuilder all = new StringBuilder();
    private final StringBuilder out = new StringBuilder();
    private int pieces;

    @Override
    public synchronized void print(Stream stream, String text) {
        pieces++;
        all.append(stream).append(':').append(text).append('|');
        if (stream == Stream.STDOUT) {
            out.append(text);
            notifyAll();
        }
    }

    @Override
    public synchronized void display(MimeBundle bundle, @Nullable String displayId) {
        all.append(bundle).append('|');
    }

    @Override
    public void update(MimeBundle bundle, String displayId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clearOutput(boolean wait) {
        throw new UnsupportedOperationException();
    }

    /** Returns when {@code text} has been printed on the standard output. */
    synchronized void awaitOut(String text, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (out.indexOf(text) < 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("not printed in " + patience + ": " + text + " [printed=" + all + "]");
            }
            wait(left);
        }
    }

    synchronized String out() {
        return out.toString();
    }

    synchronized String all() {
        return all.toString();
    }

    synchronized int pieces() {
        return pieces;
    }
}
