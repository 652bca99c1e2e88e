package org.dmalab.engine.memory;

/** Who uses movable pages and finds them through tables that can be changed: a page cache, a process. */
public interface MovableOwner {
    /** Who, in words: {@code page cache}. */
    String name();

    /** The content of frame {@code fromPfn} is now in {@code toPfn}; the old frame is free. */
    void moved(long fromPfn, long toPfn);
}
