package org.dmalab.engine.cache;

import org.dmalab.engine.base.PhysAddr;

/** Bytes of one line of memory as one place holds them. */
public final class LineCopy {
    private final String place;
    private final boolean dirty;
    private final PhysAddr start;
    private final byte[] bytes;

    LineCopy(String place, boolean dirty, PhysAddr start, byte[] bytes) {
        this.place = place;
        this.dirty = dirty;
        this.start = start;
        this.bytes = bytes;
    }

    /** {@code L1 of CPU0}, {@code L2}, {@code write buffer of CPU0}, {@code RAM}. */
    public String place() {
        return place;
    }

    /** Whether the place has not passed them on yet. */
    public boolean dirty() {
        return dirty;
    }

    /** Where in memory they belong; a write buffer holds parts of a line. */
    public PhysAddr start() {
        return start;
    }

    /** The bytes as held then. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** {@code L1 of CPU0, dirty: 32 bytes at 0x40000000}. */
    @Override
    public String toString() {
        return place + (dirty ? ", dirty: " : ": ") + bytes.length + " bytes at " + start;
    }
}
