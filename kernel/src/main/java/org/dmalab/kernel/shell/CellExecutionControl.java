package org.dmalab.kernel.shell;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;
import jdk.jshell.spi.SPIResolutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs compiled snippets in this JVM and keeps what JShell would turn to text: the value and the exception themselves.
 *
 * <p>Used by one thread at a time; only {@link #interrupt} may be called from another.
 */
final class CellExecutionControl extends DirectExecutionControl {
    private final Object lock = new Object();
    private static final long WORKERS_STOP_MILLIS = 500;

    private @Nullable Cell cell;
    private @Nullable CellThread running;
    private @Nullable CellThread abandoned;
    private @Nullable Object value;
    private @Nullable Throwable thrown;

    /** From now on snippets belong to {@code next}; null when no cell runs. */
    void cell(@Nullable Cell next) {
        synchronized (lock) {
            cell = next;
            if (abandoned != null && !abandoned.alive()) {
                abandoned = null;
            }
            if (abandoned == null && next != null) {
                StopCheck.disarm();
            }
        }
    }

    /** Asks the running cell to stop. */
    void interrupt() {
        synchronized (lock) {
            if (cell == null) {
                return;
            }
            cell.stop();
            StopCheck.arm();
            if (running != null) {
                running.interrupt();
            }
        }
    }

    /** The value of the snippet run last. */
    @Nullable
    Object value() {
        return value;
    }

    /** What the snippet run last threw, or null. */
    @Nullable
    Throwable thrown() {
        return thrown;
    }

    /** Forgets the last outcome, so that it can be collected. */
    void forget() {
        value = null;
        thrown = null;
    }

    @Override
    public void load(ClassBytecodes[] classes)
            throws ClassInstallException, NotImplementedException, EngineTerminationException {
        super.load(Stream.of(classes)
                .map(each -> new ClassBytecodes(each.name(), Weaver.weave(each.bytecodes())))
                .toArray(ClassBytecodes[]::new));
    }

    @Override
    protected String invoke(Method code) throws Exception {
        run(code.getDeclaringClass().getClassLoader(), () -> code.invoke(null));
        Throwable failure = thrown;
        if (failure instanceof SPIResolutionException) {
            // JShell reads its own frames from this trace; the others may lack the file name it expects.
            failure.setStackTrace(new StackTraceElement[0]);
            return throwConvertedInvocationException(failure);
        }
        if (failure != null) {
            throw new UserException(failure.getMessage(), failure.getClass().getName(), new StackTraceElement[0]);
        }
        return "";
    }

    /** Runs {@code step} as part of the cell: stoppable, and what it prints is the cell's. */
    void run(ClassLoader loader, Callable<@Nullable Object> step) throws InterruptedException {
        forget();
        CellThread thread;
        synchronized (lock) {
            thread = new CellThread(Objects.requireNonNull(cell, "no cell runs"), loader, step);
            running = thread;
        }
        try {
            value = thread.await();
            thrown = thread.thrown();
            if (thrown instanceof StopCheck.CellStopped) {
                letWorkersStop();
            }
        } finally {
            synchronized (lock) {
                running = null;
                if (thrown instanceof CellThread.Abandoned) {
                    abandoned = thread;
                }
            }
        }
    }

    /**
     * Workers of the common pool that a stopped cell left behind count as the running cell's; while it still is, they stop at
     * their next check.
     */
    private static void letWorkersStop() {
        if (!ForkJoinTask.inForkJoinPool()) {
            boolean unused = ForkJoinPool.commonPool().awaitQuiescence(WORKERS_STOP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Lets JShell use {@code control}. */
    static ExecutionControlProvider provider(CellExecutionControl control) {
        return new ExecutionControlProvider() {
            @Override
            public String name() {
                return "cells";
            }

            @Override
            public ExecutionControl generate(ExecutionEnv environment, Map<String, String> parameters) {
                return control;
            }
        };
    }
}
