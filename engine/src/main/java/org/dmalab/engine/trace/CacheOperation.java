package org.dmalab.engine.trace;

/** Cache maintenance to the point of coherency (ARM DDI 0406C B2.2.6). */
public enum CacheOperation {
    /** Dirty lines are written on and stay. */
    CLEAN(0),
    /** Lines are dropped; dirty bytes are lost. */
    INVALIDATE(1),
    /** Dirty lines are written on, all are dropped. */
    CLEAN_INVALIDATE(2);

    private final int code;

    CacheOperation(int code) {
        this.code = code;
    }

    /** Its number in a trace event. */
    public int code() {
        return code;
    }

    /** The operation with that number. */
    public static CacheOperation of(int code) {
        return switch (code) {
            case 0 -> CLEAN;
            case 1 -> INVALIDATE;
            case 2 -> CLEAN_INVALIDATE;
            default -> throw new IllegalArgumentException("cache operation must be 0..2: " + code);
        };
    }
}
