package org.dmalab.engine;

import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.trace.EventKind;
import org.dmalab.engine.trace.FlatTraceSink;
import org.jspecify.annotations.Nullable;

/** A hash of every event in order: two runs that did the same have the same one. */
final class Fingerprint extends FlatTraceSink {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private long hash = OFFSET;

    @Override
    protected void event(EventKind kind, @Nullable BusMaster master, long a, long b, long c, long d, long e, long f) {
        mix(kind.ordinal());
        mix(master == null ? -1 : master.id());
        mix(a);
        mix(b);
        mix(c);
        mix(d);
        mix(e);
        mix(f);
    }

    /** One step of FNV-1a over 64-bit words instead of bytes, with the high half folded in. */
    private void mix(long value) {
        hash = (hash ^ value) * PRIME;
        hash ^= hash >>> 32;
    }

    long value() {
        return hash;
    }
}
