package org.dmalab.engine.cpu;

/** What a process may do with a mapping ({@code PROT_READ}, {@code PROT_WRITE}); on ARM whoever may store may load. */
public enum Protection {
    /** Nothing ({@code PROT_NONE}). */
    NONE("---"),
    /** Load. */
    READ("r--"),
    /** Load and store. */
    READ_WRITE("rw-");

    private final String text;

    Protection(String text) {
        this.text = text;
    }

    /** As {@code /proc/PID/maps} shows it. */
    public String text() {
        return text;
    }
}
