package org.dmalab.kernel.shell;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs a step of a cell on a thread of its own, which can be stopped or, at last, left behind. */
final class CellThread {
    /** How long a stopped snippet may take to unwind before its thread is abandoned. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long LOOK_MILLIS = 20;

    private final Cell cell;
    private final Callable<@Nullable Object> code;
    private final Thread thread;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile @Nullable Object value;
    private volatile @Nullable Throwable thrown;

    CellThread(Cell cell, ClassLoader loader, Callable<@Nullable Object> code) {
        this.cell = cell;
        this.code = code;
        this.thread = new Thread(this::run, "cell " + cell.number());
        thread.setDaemon(true);
        thread.setContextClassLoader(loader);
    }

    private void run() {
        cell.adoptThread();
        try {
            value = code.call();
        } catch (InvocationTargetException e) {
            thrown = e.getCause();
        } catch (Throwable e) {
            thrown = e;
        } finally {
            done.countDown();
        }
    }

    /** Runs the snippet to its end, or until it was stopped. Returns its value; what it threw is in {@link #thrown}. */
    @Nullable
    Object await() throws InterruptedException {
        thread.start();
        long stoppedAt = 0;
        while (!done.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            if (!cell.stopping()) {
                continue;
            }
            long now = System.nanoTime();
            if (stoppedAt == 0) {
                stoppedAt = now;
                thread.interrupt();
            } else if (now - stoppedAt > GRACE_NANOS) {
                thrown = new Abandoned(thread.getStackTrace());
                return null;
            }
        }
        return value;
    }

    @Nullable
    Throwable thrown() {
        return thrown;
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean alive() {
        return thread.isAlive();
    }

    /** The state of a snippet that did not react to being stopped; its trace says where it still is. */
    static final class Abandoned extends Error {
        private static final long serialVersionUID = 1;

        Abandoned(StackTraceElement[] where) {
            super("the JVM cannot stop what the cell is doing; its thread goes on alone");
            setStackTrace(where);
        }
    }
}
