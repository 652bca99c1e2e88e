package org.dmalab.engine.replay;

/** What the last line of a recording sums up ({@code # end ops= allocs= fails= results_fnv=}), counted again. */
final class Footer {
    private static final String START = "# end ";

    private final ReplayRun run;
    private final int resultBytes;
    private final Fnv1a results = new Fnv1a();
    private long allocs;
    private long fails;
    private boolean seen;

    /** @param resultBytes how many bytes of each result are hashed */
    Footer(ReplayRun run, int resultBytes) {
        this.run = run;
        this.resultBytes = resultBytes;
    }

    /** An allocation gave {@code result}. */
    void allocated(long result) {
        allocs++;
        result(result);
    }

    /** Something else had a result. */
    void result(long result) {
        results.add(result, resultBytes);
    }

    /** An allocation failed. */
    void failed() {
        fails++;
        allocated(-1);
    }

    /** Compares, if the current line is the last one. */
    void check() {
        if (!run.text().startsWith(START)) {
            return;
        }
        seen = true;
        check("ops", Long.toString(run.operations()));
        check("allocs", Long.toString(allocs));
        check("fails", Long.toString(fails));
        check("results_fnv", results.toString());
    }

    /** Compares what only the last line of an {@link IovaRecording} has. */
    void check(RecordedIovas iovas) {
        if (run.text().startsWith(START)) {
            check("steps", Long.toString(iovas.tree().steps()));
            check("maxsteps", Long.toString(iovas.mostSteps()));
            check("flushes", Long.toString(iovas.flushes()));
            check("live_nodes", Integer.toString(iovas.tree().nodes()));
            check("tree_fnv", iovas.treeHash());
        }
    }

    private void check(String key, String found) {
        run.value(key).ifPresent(expected -> run.compare(key + "=" + expected, key + "=" + found));
    }

    /** Says so if there was no such line. */
    void finish() {
        if (!seen) {
            run.note("it breaks off without its last line, " + START + "..., so the sums are not compared");
        }
    }
}
