package org.dmalab.engine.cache;

import org.dmalab.engine.trace.TraceSink;

/** Where a device's accesses meet the caches (ACP, CCI): a load finds their lines, a store replaces bytes of them. */
final class CoherentPort {
    /** The device, among the CPUs of a {@link SnoopControlUnit}. */
    private static final int DEVICE = -1;

    private final SnoopControlUnit scu;
    private final OuterMemory outer;
    private final int lineBytes;
    private final TraceSink trace;

    CoherentPort(SnoopControlUnit scu, OuterMemory outer, int lineBytes, TraceSink trace) {
        this.scu = scu;
        this.outer = outer;
        this.lineBytes = lineBytes;
        this.trace = trace;
    }

    void read(long start, byte[] to, int offset, int bytes) {
        copy(start, to, offset, bytes, trace);
    }

    /** The bytes that {@link #read} would load now; nothing changes, and nobody is told. */
    void peek(long start, byte[] to, int offset, int bytes) {
        copy(start, to, offset, bytes, TraceSink.NONE);
    }

    private void copy(long start, byte[] to, int offset, int bytes, TraceSink listener) {
        for (int done = 0; done < bytes; ) {
            long phys = start + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) phys & (lineBytes - 1)));
            if (scu.peekOthers(DEVICE, phys, to, offset + done, piece)) {
                listener.lineTransferred(DEVICE, phys & -(long) lineBytes, lineBytes, false);
            } else {
                outer.peek(phys, to, offset + done, piece);
            }
            done += piece;
        }
    }

    void write(long start, byte[] from, int offset, int bytes) {
        for (int done = 0; done < bytes; ) {
            long phys = start + done;
            int piece = Math.min(bytes - done, lineBytes - ((int) phys & (lineBytes - 1)));
            scu.takeFromOthers(DEVICE, phys);
            outer.storeCoherent(phys, from, offset + done, piece);
            done += piece;
        }
    }
}
