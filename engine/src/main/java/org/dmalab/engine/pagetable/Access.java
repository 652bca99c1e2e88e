package org.dmalab.engine.pagetable;

/** What a bus master wants to do with an address, as the walker judges it. */
public enum Access {
    READ(false, false, false),
    WRITE(true, false, false),
    EXECUTE(false, false, true),
    PRIVILEGED_READ(false, true, false),
    PRIVILEGED_WRITE(true, true, false),
    PRIVILEGED_EXECUTE(false, true, true);

    private final boolean write;
    private final boolean privileged;
    private final boolean execute;

    Access(boolean write, boolean privileged, boolean execute) {
        this.write = write;
        this.privileged = privileged;
        this.execute = execute;
    }

    /** Whether it stores. */
    public boolean isWrite() {
        return write;
    }

    /** Whether it is made at a privileged level (PL1, {@code PnU = 1}). */
    public boolean isPrivileged() {
        return privileged;
    }

    /** Whether it fetches an instruction ({@code InD = 1}). */
    public boolean isExecute() {
        return execute;
    }
}
