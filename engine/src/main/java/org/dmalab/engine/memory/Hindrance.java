package org.dmalab.engine.memory;

/** Why a page cannot be moved out of the way. */
public enum Hindrance {
    /** Somebody holds a reference until told otherwise ({@code get_user_pages}). */
    PINNED("pinned"),
    /** Its content is being written to a disk; waits for some attempts. */
    WRITEBACK("under writeback"),
    /** Somebody holds a reference for a moment: a lookup, a per-CPU list. */
    TRANSIENT("held for a moment"),
    /** In use by the kernel, which has its address. */
    UNMOVABLE("not movable"),
    /** Its pageblock is being emptied by somebody else. */
    ISOLATED("being isolated by somebody else"),
    /** There is no free page outside to move it to. */
    NO_TARGET("without a free page to move to");

    private final String text;

    Hindrance(String text) {
        this.text = text;
    }

    /** In words, after {@code the page is}. */
    public String text() {
        return text;
    }
}
