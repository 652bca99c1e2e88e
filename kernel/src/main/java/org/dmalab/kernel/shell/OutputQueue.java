package org.dmalab.kernel.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of all cells in the order in which they were made, handed to their sinks by one thread.
 *
 * <p>Text is gathered for a moment, so that a hundred thousand short lines become a few messages; a cell that prints
 * faster than its sink takes waits. The sinks never see a cell's thread, so that interrupting the cell cannot close a
 * channel they write to ({@link java.nio.channels.ClosedByInterruptException}).
 */
final class OutputQueue {
    private static final long GATHER_MILLIS = 15;
    private static final int LARGEST_TEXT = 1 << 18;
    private static final long LARGEST_BACKLOG = 1 << 22;

    private final Deque<Entry> entries = new ArrayDeque<>();
    private long backlog;
    private int waiting;
    private boolean delivering;

    OutputQueue() {
        Thread thread = new Thread(this::deliver, "cell output");
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void print(OutputSink sink, OutputSink.Stream stream, String text) {
        waitForRoom();
        Entry last = entries.peekLast();
        if (last != null
                && last.sink == sink
                && last.stream == stream
                && last.text.length() + text.length() <= LARGEST_TEXT) {
            last.text.append(text);
            if (!last.gathering()) {
                notifyAll();
            }
        } else {
            entries.add(new Entry(sink, stream, text, null));
            notifyAll();
        }
        backlog += text.length();
    }

    synchronized void post(OutputSink sink, Runnable action) {
        entries.add(new Entry(sink, null, "", action));
        notifyAll();
    }

    /** Returns when all that was posted before has reached its sink. */
    synchronized void flush() {
        waiting++;
        notifyAll();
        boolean interrupted = false;
        while (!entries.isEmpty() || delivering) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        waiting--;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void waitForRoom() {
        boolean interrupted = false;
        while (backlog > LARGEST_BACKLOG && !interrupted) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void deliver() {
        try {
            while (true) {
                next().deliver();
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but the JVM's end.
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Entry next() throws InterruptedException {
        delivering = false;
        notifyAll();
        while (entries.isEmpty()) {
            wait();
        }
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS);
        while (entries.size() == 1 && entries.getFirst().gathering() && waiting == 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        Entry entry = entries.removeFirst();
        backlog -= entry.text.length();
        delivering = true;
        return entry;
    }

    private static final class Entry {
        final OutputSink sink;
        final OutputSink.@Nullable Stream stream;
        final StringBuilder text;
        private final @Nullable Runnable action;

        Entry(OutputSink sink, OutputSink.@Nullable Stream stream, String text, @Nullable Runnable action) {
            this.sink = sink;
            this.stream = stream;
            this.text = new StringBuilder(text);
            this.action = action;
        }

        boolean gathering() {
            return stream != null && text.length() < LARGEST_TEXT / 2;
        }

        void deliver() {
            if (stream != null) {
                sink.print(stream, text.toString());
            } else if (action != null) {
                action.run();
            }
        }
    }
}
