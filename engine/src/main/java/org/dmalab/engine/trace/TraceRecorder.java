package org.dmalab.engine.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.dmalab.engine.base.BusMaster;
import org.jspecify.annotations.Nullable;

/** Keeps events as objects, from the first on, up to a limit. */
public final class TraceRecorder extends FlatTraceSink {
    private final LongSupplier nanos;
    private final int limit;
    private final List<TraceEvent> events = new ArrayList<>();
    private long lost;

    /** Keeps at most {@code limit} events, stamped with {@code nanos}; later ones are counted as lost. */
    public TraceRecorder(LongSupplier nanos, int limit) {
        this.nanos = nanos;
        this.limit = limit;
    }

    /** What was kept, oldest first. */
    public List<TraceEvent> events() {
        return Collections.unmodifiableList(events);
    }

    /** How many events came after the limit was reached. */
    public long lost() {
        return lost;
    }

    @Override
    protected void event(EventKind kind, @Nullable BusMaster master, long a, long b, long c, long d, long e, long f) {
        if (events.size() == limit) {
            lost++;
            return;
        }
        List<Long> values = LongStream.of(a, b, c, d, e, f)
                .limit(kind.fields().size())
                .boxed()
                .toList();
        events.add(new TraceEvent(nanos.getAsLong(), kind, master, values));
    }

    /** {@code 120 events of at most 1000, 0 lost}. */
    @Override
    public String toString() {
        return events.size() + (events.size() == 1 ? " event" : " events") + " of at most " + limit + ", " + lost
                + " lost";
    }
}
