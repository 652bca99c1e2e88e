package org.dmalab.kernel;

import java.util.concurrent.TimeUnit;

/** The orderly end of the kernel's process. */
final class Shutdown {
    /** What ZeroMQ's thread gets to put the last messages on the wire. */
    private static final long LAST_MESSAGES_MILLIS = 50;

    private static final long HOOKS_MILLIS = 1000;

    private Shutdown() {}

    /** Ends the process soon, also when a cell is busy or a shutdown hook hangs. */
    static void begin() {
        daemon("shutdown", () -> {
            letMessagesGo();
            Runtime.getRuntime().exit(0);
        });
        daemon("shutdown, at last", () -> {
            pause(HOOKS_MILLIS);
            Runtime.getRuntime().halt(0);
        });
    }

    /** Ends this process when {@code owner} has ended. */
    static void after(ProcessHandle owner) {
        daemon("waits for the owner's end", () -> {
            owner.onExit().join();
            begin();
        });
    }

    static void letMessagesGo() {
        pause(LAST_MESSAGES_MILLIS);
    }

    private static void daemon(String name, Runnable action) {
        Thread thread = new Thread(action, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
