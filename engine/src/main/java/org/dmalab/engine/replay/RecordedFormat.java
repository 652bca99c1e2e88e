package org.dmalab.engine.replay;

import java.io.IOException;

/** One kind of recorded decisions: how its lines are read, and which part of the model is asked the same. */
interface RecordedFormat {
    /** What was recorded and of which Linux, {@code buddy-v3.14}. */
    String name();

    /**
     * Does what the lines of {@code run} say and compares every answer.
     *
     * @throws RecordingException if a line is not of this format
     */
    void replay(ReplayRun run) throws IOException;
}
