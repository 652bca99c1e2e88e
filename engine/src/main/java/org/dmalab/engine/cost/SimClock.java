package org.dmalab.engine.cost;

import org.dmalab.engine.base.Durations;

/** Simulated time since boot. It stands still unless an event is charged. */
public final class SimClock {
    private static final long PICOS_PER_NANO = 1000;

    private long picos;

    /** Nanoseconds since boot, rounded down. */
    public long nanos() {
        return picos / PICOS_PER_NANO;
    }

    /** Picoseconds since boot. */
    public long picos() {
        return picos;
    }

    /** Lets {@code duration} picoseconds pass. */
    void advance(long duration) {
        picos += duration;
    }

    /** {@code 41.307 µs}. */
    @Override
    public String toString() {
        return Durations.text(picos / (double) PICOS_PER_NANO);
    }
}
