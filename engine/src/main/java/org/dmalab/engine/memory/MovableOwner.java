package org.dmalab.engine.memory;

/** Who uses movable pages and finds them through tables that can be changed: a page cache, a process. */
public interface MovableOwner {
    /** Who, in words: {@code page cache}. */
    String name();

    /** Frame {@code pfn} is about to be copied elsewhere ({@code try_to_unmap}). */
    default void moving(long pfn) {}

    /** Nobody pins frame {@code pfn} any more ({@code put_page}). */
    default void released(long pfn) {}

    /** The content of frame {@code fromPfn} is now in {@code toPfn}; the old frame is free. */
    void moved(long fromPfn, long toPfn);
}
