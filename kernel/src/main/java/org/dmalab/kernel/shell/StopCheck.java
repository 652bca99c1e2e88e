package org.dmalab.kernel.shell;

import com.google.errorprone.annotations.DoNotCall;

/** What {@link Weaver} puts into the classes of cells: the places where a cell can be stopped. */
public final class StopCheck {
    private static volatile boolean armed;

    private StopCheck() {}

    /** Returns at once unless the calling thread's cell was asked to stop. */
    public static void check() {
        if (armed) {
            throwIfStopping();
        }
    }

    /** Stands in for {@code System.exit}: a cell may end, the session stays. */
    @DoNotCall("only woven code does")
    public static void exit(int status) {
        throw new CellExit(status);
    }

    /** Stands in for {@code Runtime.exit} and {@code Runtime.halt}. */
    @DoNotCall("only woven code does")
    public static void exit(Runtime runtime, int status) {
        throw new CellExit(status);
    }

    static void arm() {
        armed = true;
    }

    static void disarm() {
        armed = false;
    }

    private static void throwIfStopping() {
        Cell cell = Cell.current();
        if (cell != null && cell.stopping()) {
            throw new CellStopped();
        }
    }

    /** Thrown where an interrupted cell happens to be; not an {@code Exception}, so that {@code catch} rarely holds it. */
    static final class CellStopped extends Error {
        private static final long serialVersionUID = 1;
    }

    /** Thrown where a cell asked to end the JVM. */
    static final class CellExit extends Error {
        private static final long serialVersionUID = 1;

        CellExit(int status) {
            super("System.exit(" + status + ") ends the cell; the kernel and its variables stay");
        }
    }
}
