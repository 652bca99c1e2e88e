package org.dmalab.engine.cost;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.Durations;

/**
 * Simulated time by cause, over some stretch of a run.
 *
 * @param picos picoseconds for each cause that took any
 */
public record Ledger(Map<Cause, Long> picos) {
    /**
     * One line.
     *
     * @param cause what for
     * @param nanos how long
     */
    public record Entry(Cause cause, double nanos) {
        @Override
        public String toString() {
            return cause.text() + " " + Durations.text(nanos);
        }
    }

    public Ledger {
        picos = Map.copyOf(picos);
    }

    /** What was spent between {@code before} and this moment. */
    public Ledger since(Ledger before) {
        Map<Cause, Long> spent = new EnumMap<>(Cause.class);
        picos.forEach((cause, total) -> {
            long difference = total - before.picos.getOrDefault(cause, 0L);
            if (difference != 0) {
                spent.put(cause, difference);
            }
        });
        return new Ledger(spent);
    }

    /** All causes together, in nanoseconds. */
    public double nanos() {
        return picos.values().stream().mapToLong(Long::longValue).sum() / 1000.0;
    }

    /** The lines, longest first. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        picos.forEach((cause, total) -> entries.add(new Entry(cause, total / 1000.0)));
        entries.sort(Comparator.comparingDouble(Entry::nanos).reversed().thenComparing(Entry::cause));
        return entries;
    }

    /** {@code 1.2 ms: zero pages 800 µs, ...}. */
    @Override
    public String toString() {
        return Durations.text(nanos()) + ": "
                + String.join(", ", entries().stream().map(Entry::toString).toList());
    }
}
