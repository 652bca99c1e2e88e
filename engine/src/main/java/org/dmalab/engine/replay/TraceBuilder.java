package org.dmalab.engine.replay;

/** Keeps every event of a log. */
final class TraceBuilder implements FtraceSink {
    private final EventColumns columns = new EventColumns();

    @Override
    public void event(FtraceEvent event) {
        columns.add(event);
    }

    Trace build(TraceReport report, FtraceParser parser) {
        return new Trace(report, columns, parser.devices.texts(), parser.tasks.texts(), parser.attrs.texts());
    }
}
