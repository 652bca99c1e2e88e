package org.dmalab.engine.iova;

import java.util.ArrayDeque;
import java.util.Deque;

/** The full magazines of one size that no CPU has, the newest taken first. */
final class IovaDepot {
    /** {@code MAX_GLOBAL_MAGS} of Linux 6.1. */
    private static final int MOST = 32;

    private final boolean bounded;
    private final Deque<IovaMagazine> full = new ArrayDeque<>();
    /** Magazines that were emptied, to be used again. */
    private final Deque<IovaMagazine> empty = new ArrayDeque<>();

    private boolean workPending;

    /** @param bounded whether it holds 32 at most, as Linux 6.1 has it; else a worker empties it */
    IovaDepot(boolean bounded) {
        this.bounded = bounded;
    }

    int magazines() {
        return full.size();
    }

    long ranges() {
        return (long) full.size() * IovaMagazine.CAPACITY;
    }

    boolean hasRoom() {
        return !bounded || full.size() < MOST;
    }

    /** Takes a full magazine and gives an empty one. */
    IovaMagazine push(IovaMagazine magazine) {
        full.push(magazine);
        workPending = !bounded;
        return empty.isEmpty() ? new IovaMagazine() : empty.pop();
    }

    /** Takes an empty magazine and gives the newest full one. */
    IovaMagazine exchange(IovaMagazine magazine) {
        empty.push(magazine);
        return full.pop();
    }

    void work(int cpus, RbTreeIovaDomain tree) {
        if (workPending) {
            workPending = full.size() > cpus;
            if (workPending) {
                freeNewest(tree);
            }
        }
    }

    private void freeNewest(RbTreeIovaDomain tree) {
        IovaMagazine magazine = full.pop();
        magazine.freeAll(tree);
        empty.push(magazine);
    }

    /** Gives everything back: Linux 6.1 the oldest magazine first, 6.12 the newest. */
    void freeAll(RbTreeIovaDomain tree) {
        while (!full.isEmpty()) {
            IovaMagazine magazine = bounded ? full.removeLast() : full.pop();
            magazine.freeAll(tree);
            empty.push(magazine);
        }
    }
}
