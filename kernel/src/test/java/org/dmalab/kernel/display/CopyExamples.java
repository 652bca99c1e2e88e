package org.dmalab.kernel.display;

import static org.dmalab.engine.dma.CopyTimeline.State.ABSENT;
import static org.dmalab.engine.dma.CopyTimeline.State.DIRTY;
import static org.dmalab.engine.dma.CopyTimeline.State.FRESH;
import static org.dmalab.engine.dma.CopyTimeline.State.STALE;
import static org.dmalab.engine.dma.CopyTimeline.State.STALE_DIRTY;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.CopyTimeline.Copy;
import org.dmalab.engine.dma.CopyTimeline.State;
import org.dmalab.engine.dma.CopyTimeline.Step;

/** Timelines of copies, for the tests of their pictures. */
final class CopyExamples {
    private static final List<String> PLACES = List.of("CPU0 reads", "L1 of CPU0", "L2", "RAM", "fimc0 reads");

    private CopyExamples() {}

    static Copy copy(State state, String bytes) {
        return new Copy(state, state == ABSENT ? "" : bytes);
    }

    /** A camera's frame that the CPU reads without a sync, and then with one. */
    static CopyTimeline frame() {
        return new CopyTimeline(
                "first line of the frame",
                PLACES,
                List.of(
                        new Step(
                                "CPU clears the buffer",
                                "....",
                                List.of(
                                        copy(FRESH, "...."),
                                        copy(DIRTY, "...."),
                                        copy(ABSENT, ""),
                                        copy(STALE, "0x5a5a"),
                                        copy(STALE, "0x5a5a"))),
                        new Step(
                                "dma_sync_single_for_device(FROM_DEVICE): clean and invalidate",
                                "....",
                                List.of(
                                        copy(FRESH, "...."),
                                        copy(ABSENT, ""),
                                        copy(ABSENT, ""),
                                        copy(FRESH, "...."),
                                        copy(FRESH, "...."))),
                        new Step(
                                "CPU0 reads a neighbour: the line is fetched again",
                                "....",
                                List.of(
                                        copy(FRESH, "...."),
                                        copy(FRESH, "...."),
                                        copy(FRESH, "...."),
                                        copy(FRESH, "...."),
                                        copy(FRESH, "...."))),
                        new Step(
                                "camera writes",
                                "NEW!",
                                List.of(
                                        copy(STALE, "...."),
                                        copy(STALE, "...."),
                                        copy(STALE, "...."),
                                        copy(FRESH, "NEW!"),
                                        copy(FRESH, "NEW!"))),
                        new Step(
                                "dma_sync_single_for_cpu(FROM_DEVICE)",
                                "NEW!",
                                List.of(
                                        copy(FRESH, "NEW!"),
                                        copy(ABSENT, ""),
                                        copy(ABSENT, ""),
                                        copy(FRESH, "NEW!"),
                                        copy(FRESH, "NEW!")))),
                Examples.BOARD);
    }

    /** A device reads old bytes first, then the CPU does, whose line will replace what the device wrote. */
    static CopyTimeline readers() {
        List<String> places = List.of("cached reads", "L1 of CPU0", "RAM", "fimc0 reads");
        return new CopyTimeline(
                "status word",
                places,
                List.of(
                        new Step(
                                "CPU writes",
                                "cpu",
                                List.of(
                                        copy(FRESH, "cpu"),
                                        copy(DIRTY, "cpu"),
                                        copy(STALE, "old"),
                                        copy(STALE, "old"))),
                        new Step(
                                "fimc0 writes",
                                "dev",
                                List.of(
                                        copy(STALE, "cpu"),
                                        copy(STALE_DIRTY, "cpu"),
                                        copy(FRESH, "dev"),
                                        copy(FRESH, "dev"))),
                        new Step(
                                "nothing",
                                "dev",
                                List.of(
                                        copy(STALE, "cpu"),
                                        copy(STALE_DIRTY, "cpu"),
                                        copy(FRESH, "dev"),
                                        copy(FRESH, "dev"))),
                        new Step(
                                "the line is dropped",
                                "dev",
                                List.of(copy(FRESH, "dev"), copy(ABSENT, ""), copy(FRESH, "dev"), copy(FRESH, "dev")))),
                Examples.BOARD);
    }

    /** A device's packet that the eviction of an older dirty line overwrites. */
    static CopyTimeline lostWrite() {
        return new CopyTimeline(
                "first bytes of the buffer",
                List.of("L1 of CPU0", "RAM", "sdhci2 reads"),
                List.of(
                        new Step(
                                "store",
                                "memset()",
                                List.of(copy(DIRTY, "memset()"), copy(STALE, "zeros"), copy(STALE, "zeros"))),
                        new Step(
                                "device writes",
                                "PACKET 1",
                                List.of(
                                        copy(STALE_DIRTY, "memset()"),
                                        copy(FRESH, "PACKET 1"),
                                        copy(FRESH, "PACKET 1"))),
                        new Step(
                                "line evicted",
                                "PACKET 1",
                                List.of(copy(ABSENT, ""), copy(STALE, "memset()"), copy(STALE, "memset()")))),
                Examples.BOARD);
    }

    /** {@code steps} steps after each of which L2 has the latest bytes and RAM has old ones. */
    static CopyTimeline values(int steps, String fresh, String stale) {
        return new CopyTimeline(
                "values",
                List.of("L2", "RAM"),
                Collections.nCopies(steps, new Step("step", fresh, List.of(copy(FRESH, fresh), copy(STALE, stale)))),
                Examples.BOARD);
    }

    /** Nobody reads old bytes: only the state of L2 is old. */
    static CopyTimeline hidden() {
        return new CopyTimeline(
                "a word",
                List.of("CPU0 reads", "L2"),
                List.of(new Step("CPU0 writes", "new", List.of(copy(FRESH, "new"), copy(STALE, "old")))),
                Examples.BOARD);
    }

    static CopyTimeline fresh() {
        return new CopyTimeline(
                "a word",
                List.of("CPU0 reads"),
                Collections.nCopies(2, new Step("nothing", "x", List.of(copy(FRESH, "x")))),
                Examples.BOARD);
    }

    /** {@code steps} steps over {@code places} places. */
    static CopyTimeline large(int steps, int places) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < places; i++) {
            names.add("place " + i);
        }
        List<Step> list = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            List<Copy> copies = new ArrayList<>();
            for (int k = 0; k < places; k++) {
                copies.add(copy(
                        State.values()[(i * 7 + k * 3) % State.values().length],
                        "0x" + Integer.toHexString(i * 0x01010101 + k)));
            }
            list.add(new Step("step with a name of its own " + i, "0x" + i, copies));
        }
        return new CopyTimeline("large", names, list, Examples.BOARD);
    }

    static CopyTimeline hostile() {
        String words = Examples.HOSTILE + " reads";
        List<Step> steps = new ArrayList<>();
        for (State state : State.values()) {
            steps.add(new Step(
                    Examples.HOSTILE,
                    Examples.HOSTILE,
                    List.of(new Copy(state, Examples.HOSTILE), new Copy(state, "😀"))));
        }
        return new CopyTimeline(Examples.HOSTILE, List.of(words, "😀"), steps, Examples.HOSTILE);
    }

    static List<CopyTimeline> all() {
        return List.of(
                frame(),
                readers(),
                hidden(),
                fresh(),
                large(60, 20),
                large(9, 3),
                large(25, 3),
                lostWrite(),
                values(8, "000102030405060708090a0b0c0d0e0f", "000102030405060708090a0bff0d0e0f"),
                hostile(),
                new CopyTimeline("nothing", List.of(), List.of(), ""),
                new CopyTimeline("no steps", PLACES, List.of(), ""));
    }
}
