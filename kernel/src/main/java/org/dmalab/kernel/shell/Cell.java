package org.dmalab.kernel.shell;

import java.io.InputStream;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One execution of one cell: its number, where its output goes, where its input comes from, whether it shall stop. */
final class Cell {
    /* A thread belongs to the cell that started it, also after that cell has ended. Workers of a shared fork-join pool
     * outlive the cell that happened to start them and count as the running cell's. */
    private static final InheritableThreadLocal<@Nullable Cell> OF_THREAD = new InheritableThreadLocal<>();

    private static final AtomicReference<@Nullable Cell> RUNNING = new AtomicReference<>();

    private final int number;
    private final OutputSink sink;
    private final InputStream input;
    private volatile boolean stopping;

    Cell(int number, OutputSink sink, InputStream input) {
        this.number = number;
        this.sink = sink;
        this.input = input;
    }

    int number() {
        return number;
    }

    OutputSink sink() {
        return sink;
    }

    InputStream input() {
        return input;
    }

    boolean stopping() {
        return stopping;
    }

    void stop() {
        stopping = true;
    }

    /** Makes this the cell of the calling thread and of the threads it starts. */
    void adoptThread() {
        OF_THREAD.set(this);
    }

    static void running(@Nullable Cell cell) {
        RUNNING.set(cell);
    }

    /** The cell the calling thread works for, or null where none was ever run. */
    static @Nullable Cell current() {
        Cell own = Thread.currentThread() instanceof ForkJoinWorkerThread ? null : OF_THREAD.get();
        return own != null ? own : RUNNING.get();
    }
}
