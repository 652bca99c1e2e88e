package org.dmalab.kernel.shell;

import java.io.PrintStream;
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

    private final PrintStream process;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long backlog;
    private int waiting;
    private long added;
    private long delivered;

    /** Reports on {@code process} what can be reported to no cell. */
    OutputQueue(PrintStream process) {
        this.process = process;
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
            add(new Entry(sink, stream, text, null));
        }
        backlog += text.length();
    }

    synchronized void post(OutputSink sink, Runnable action) {
        add(new Entry(sink, null, "", action));
    }

    private void add(Entry entry) {
        entries.add(entry);
        added++;
        notifyAll();
    }

    /** Returns when all that was posted before has reached its sink, whatever else is posted meanwhile. */
    synchronized void flush() {
        long last = added;
        waiting++;
        notifyAll();
        boolean interrupted = false;
        while (delivered < last) {
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
        while (true) {
            try {
                deliver(next());
            } catch (Throwable e) {
                // An interrupt too: a cell that interrupts every thread of the JVM reaches this one.
                report(e);
            }
        }
    }

    private void deliver(Entry entry) {
        try {
            entry.deliver();
        } catch (Throwable e) {
            entry.sink.print(OutputSink.Stream.STDERR, "an output of this cell is lost: " + e + "\n");
        } finally {
            delivered();
        }
    }

    private void report(Throwable error) {
        try {
            process.println("an output of a cell is lost: " + error);
        } catch (Throwable e) {
            // Without memory even for the sentence, going on is all that is left.
            process.checkError();
        }
    }

    private synchronized void delivered() {
        delivered++;
        notifyAll();
    }

    private synchronized Entry next() throws InterruptedException {
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
        notifyAll();
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
