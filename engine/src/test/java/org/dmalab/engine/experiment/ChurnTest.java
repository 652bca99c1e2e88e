package org.dmalab.engine.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.experiment.FragmentationHistory.Measure;
import org.dmalab.engine.experiment.FragmentationHistory.Run;
import org.dmalab.engine.experiment.FragmentationHistory.Sample;
import org.dmalab.engine.iova.IovaPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class ChurnTest {
    private static final AddrRange<DmaAddr> WINDOW =
            new AddrRange<>(new DmaAddr(Bytes.gib(4) - Bytes.mib(64)), Bytes.mib(64));
    private static final Churn CHURN = Churn.of(WINDOW).operations(4000);
    private static final IovaPolicy LOWEST = IovaPolicy.of(
            "lowest",
            (bytes, holes) -> holes.stream()
                    .filter(hole -> hole.bytes() >= bytes)
                    .map(AddrRange::start)
                    .findFirst());

    private static String refusal(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static Sample last(FragmentationHistory history, String policy, long seed) {
        Run run = history.runs().stream()
                .filter(each -> each.policy().equals(policy) && each.seed() == seed)
                .findFirst()
                .orElseThrow();
        return run.samples().get(run.samples().size() - 1);
    }

    @Test
    void calls_sameSeed_areTheSame() {
        assertEquals(CHURN.calls(7), CHURN.calls(7));
        assertNotEquals(CHURN.calls(7), CHURN.calls(8));
        assertEquals(4000, CHURN.calls(7).size());
    }

    @Test
    void calls_anySeed_fillTheShareAndFreeWhatIsLive() {
        Map<Integer, Long> live = new HashMap<>();
        long used = 0;
        long most = 0;
        for (Churn.Call call : CHURN.calls(3)) {
            if (call.bytes() > 0) {
                assertTrue(live.put(call.slot(), call.bytes()) == null, () -> "asked for twice: " + call);
                used += call.bytes();
            } else {
                assertTrue(live.containsKey(call.slot()), () -> "freed but not live: " + call);
                used -= Optional.ofNullable(live.remove(call.slot())).orElseThrow();
            }
            most = Math.max(most, used);
        }
        double share = (double) most / WINDOW.bytes();
        assertTrue(share > 0.69 && share <= 0.7, () -> "share " + share);
    }

    @Test
    void calls_fifo_freeTheOldest() {
        Deque<Integer> live = new ArrayDeque<>();
        int frees = 0;
        for (Churn.Call call : CHURN.lifetimes(Churn.Lifetimes.FIFO).calls(3)) {
            if (call.bytes() > 0) {
                live.addLast(call.slot());
            } else {
                frees++;
                assertEquals(live.pollFirst(), call.slot());
            }
        }
        assertTrue(frees > 1000, "frees " + frees);
    }

    /** What the allocator took is what its callers hold, as nothing is rounded but to pages. */
    @Test
    void over_policiesThatDoNotRound_accountForEveryByte() {
        FragmentationHistory history = CHURN.sizes(new Churn.Size(4096, 3), new Churn.Size(Bytes.mib(1), 1))
                .over(2, IovaPolicy.BEST_FIT, LOWEST, IovaPolicy.RETRY);
        for (String policy : history.policies()) {
            Sample end = last(history, policy, 2);
            assertEquals(WINDOW.bytes(), end.usedBytes() + end.freeBytes(), policy);
            assertEquals(4000, end.operation(), policy);
        }
        assertEquals(
                last(history, "best fit", 2).requests(),
                last(history, "lowest", 2).requests());
    }

    /** Which policies crumble, and that the retry of 5.11 refuses less: the shape of the published complaints. */
    @Test
    void over_tenSeeds_retryRefusesLessAndBestFitCrumblesLeast() {
        FragmentationHistory history = Churn.of(WINDOW).over(10, IovaPolicy.shipped());
        List<FragmentationHistory.Series> refused =
                history.show(Measure.REFUSED).series();
        double without = end(refused, IovaPolicy.NO_RETRY);
        double with = end(refused, IovaPolicy.RETRY);
        assertTrue(with < without, () -> "refused with retry " + with + " %, without " + without + " %");
        assertEquals(
                "best fit",
                history.series().stream()
                        .min(Comparator.comparingDouble(FragmentationHistory.Series::last))
                        .orElseThrow()
                        .policy());
    }

    private static double end(List<FragmentationHistory.Series> series, IovaPolicy policy) {
        return series.stream()
                .filter(each -> each.policy().equals(policy.name()))
                .findFirst()
                .orElseThrow()
                .last();
    }

    @Test
    void history_samplesOfThreeSeeds_bandIsLeastAndMost() {
        FragmentationHistory history = CHURN.over(3, LOWEST);
        FragmentationHistory.Series series = history.series().get(0);
        int at = series.operations().size() - 1;
        double[] ends = history.runs().stream()
                .mapToDouble(run -> Measure.FRAGMENTATION.of(run.samples().get(at)))
                .sorted()
                .toArray();
        assertEquals(ends[0], series.low().get(at));
        assertEquals(ends[1], series.median().get(at));
        assertEquals(ends[2], series.high().get(at));
        assertEquals(3 * 41, history.columns().rows());
        assertEquals(1, history.summary().rows());
    }

    @Test
    void toString_oneSeedAndNoCount_readAsText() {
        Sample uncounted = new Sample(10, 3, 600, 1000, 400, 100, 8, 2, Double.NaN);
        FragmentationHistory history =
                new FragmentationHistory("one", List.of(new Run("bad", 1, List.of(uncounted))), Measure.SEARCHED);
        assertEquals(
                "entries looked at per request at the end: bad not counted; medians of 1 seed", history.toString());
    }

    @Test
    void measures_knownSample_areItsShares() {
        Sample sample = new Sample(10, 3, 600, 1000, 400, 100, 8, 2, 2.5);
        assertEquals(75, Measure.FRAGMENTATION.of(sample), 1e-9);
        assertEquals(60, Measure.UTILISATION.of(sample), 1e-9);
        assertEquals(25, Measure.REFUSED.of(sample), 1e-9);
        assertEquals(2.5, Measure.SEARCHED.of(sample), 1e-9);
    }

    @Test
    void over_mistakes_areRefused() {
        assertEquals(
                "fill must be more than 0, at most 1: 1.5",
                refusal(() -> CHURN.fill(1.5).toString()));
        assertEquals(
                "a buffer must fit into the part in use [bytes=67108864] [part=46976204 bytes]",
                refusal(() -> CHURN.sizes(new Churn.Size(Bytes.mib(64), 1)).toString()));
        Churn.Size heavy = new Churn.Size(4096, Integer.MAX_VALUE);
        assertEquals(
                "the weights of all sizes must be at most 2147483647 together: 4294967294",
                refusal(() -> CHURN.sizes(heavy, heavy).toString()));
        assertEquals(
                "policies must have different names: best fit",
                refusal(() ->
                        CHURN.over(1, IovaPolicy.BEST_FIT, IovaPolicy.BEST_FIT).toString()));
        assertEquals(
                "at least one seed and one policy must be given [seeds=0] [policies=[best fit]]",
                refusal(() -> CHURN.over(0, IovaPolicy.BEST_FIT).toString()));
    }
}
