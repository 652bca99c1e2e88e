package org.dmalab.engine.replay;

/** Receives the events of a log in the order of its lines. */
@FunctionalInterface
public interface FtraceSink {
    /** One event; {@code event} is used again for the next line, so what is kept must be copied out. */
    void event(FtraceEvent event);
}
