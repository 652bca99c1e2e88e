package org.dmalab.engine.cache;

/** Which address picks a line's set, and which it is recognised by. */
public enum Indexing {
    /** Physically indexed, physically tagged: a line of memory has one place (Cortex-A9). */
    PIPT,
    /**
     * Virtually indexed, physically tagged: with ways of more than 4 KiB a line of memory may lie in several sets, one for
     * each colour of its mappings, and the copies may differ (ARM11).
     */
    VIPT,
    /** Virtually indexed, virtually tagged: every mapping of a line is another line (ARM926). */
    VIVT
}
