package org.dmalab.engine.replay;

/** Keeps every event of a log. */
final class TraceBuilder implements FtraceSink {
    /**
     * Bytes of heap for an event or a segment: 55 in the columns, 40 in {@link Lifetimes}, up to 180 in the indexes by address,
     * arrays twice while they grow, and as much again for what is asked of the trace.
     */
    private static final int HEAP_PER_EVENT = 512;

    private static final long MOST = 1 << 28;

    private final EventColumns columns = new EventColumns();

    /** How many events and segments are kept in a heap of {@code heap} bytes. */
    static long most(long heap) {
        return Math.min(MOST, heap / HEAP_PER_EVENT);
    }

    @Override
    public void event(FtraceEvent event) {
        columns.add(event);
    }

    Trace build(TraceReport report, FtraceParser parser) {
        return new Trace(report, columns, parser.devices.texts(), parser.tasks.texts(), parser.attrs.texts());
    }
}
