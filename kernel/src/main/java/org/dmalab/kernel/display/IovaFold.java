package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PrimitiveIterator;
import org.dmalab.engine.dma.IovaMap.Entry;

/**
 * Which stretches of a window are worth drawing larger: a window of 4 GiB with forty pages in it is one white strip.
 *
 * <p>The largest gaps are folded away as long as each is a good part of what would otherwise be drawn; if the mappings
 * are still specks then, the busiest stretch is drawn once more.
 */
final class IovaFold {
    /** The room between two stretches, for the size of what is folded away. */
    static final double FOLD_PIXELS = 74;

    private static final int MAX_SEGMENTS = 4;
    private static final double DIGIT_PIXELS = 6.7;
    private static final double LABEL_GAP = 12;

    private static final long PAGE = 4096;
    private static final double SPECK_PIXELS = 3;
    private static final int BUSY_SLOTS = 64;

    /**
     * A stretch of the window.
     *
     * @param from offset of its first byte from the window's start
     * @param to offset of the first byte behind it
     */
    record Segment(long from, long to) {
        long bytes() {
            return to - from;
        }

        boolean contains(long offset) {
            return offset >= from && offset < to;
        }
    }

    private final IovaSummary summary;
    private final long window;
    private final long[][] mappings;
    private final List<Segment> inUse;
    private final Optional<Segment> busiest;
    private final int most;

    /** Folds for a strip that is {@code pixels} wide. */
    IovaFold(IovaSummary summary, double pixels) {
        this.summary = summary;
        window = summary.map().window().bytes();
        mappings = mappings();
        Segment whole = new Segment(0, window);
        most = (int) Math.min(MAX_SEGMENTS, (pixels + FOLD_PIXELS) / (leastPixels(summary) + FOLD_PIXELS));
        List<Segment> folded = folded();
        Optional<Segment> busy = busiest(folded.isEmpty() ? List.of(whole) : folded, pixels);
        boolean barelyLarger = folded.size() == 1 && folded.get(0).bytes() > window / 16;
        inUse = busy.isPresent() && barelyLarger ? List.of() : folded;
        busiest = busy;
    }

    /** The stretches that hold all mappings and the mark, ascending; empty if the whole window shows them as well. */
    List<Segment> inUse() {
        return inUse;
    }

    /** The stretch in which most mappings lie, if they are specks everywhere else. */
    Optional<Segment> busiest() {
        return busiest;
    }

    /** The width below which a stretch has no room for the address of its start. */
    static double leastPixels(IovaSummary summary) {
        int digits = Math.max(8, Long.toHexString(summary.map().window().last()).length());
        return (digits + 2) * DIGIT_PIXELS + LABEL_GAP;
    }

    private List<Segment> folded() {
        List<Segment> runs = runs();
        if (runs.isEmpty()) {
            return List.of();
        }
        List<Segment> stretches = padded(cut(runs));
        long shown = stretches.stream().mapToLong(Segment::bytes).sum();
        return shown >= window / 2 ? List.of() : stretches;
    }

    private Optional<Segment> busiest(List<Segment> shown, double pixels) {
        if (mappings.length < 3) {
            return Optional.empty();
        }
        long[] sizes = Arrays.stream(mappings)
                .mapToLong(pair -> pair[1] - pair[0])
                .sorted()
                .toArray();
        long median = Math.max(1, sizes[sizes.length / 2]);
        long drawn = shown.stream().mapToLong(Segment::bytes).sum();
        if (median * (pixels / drawn) >= SPECK_PIXELS) {
            return Optional.empty();
        }
        long length = Math.max(PAGE, roundUp(Math.multiplyExact(median, BUSY_SLOTS)));
        if (length > drawn / 2) {
            return Optional.empty();
        }
        int best = 0;
        int bestCount = 0;
        int behind = 0;
        for (int first = 0; first < mappings.length; first++) {
            while (behind < mappings.length && mappings[behind][1] <= mappings[first][0] + length) {
                behind++;
            }
            if (behind - first > bestCount) {
                bestCount = behind - first;
                best = first;
            }
        }
        if (bestCount < 3) {
            return Optional.empty();
        }
        Segment tight = new Segment(mappings[best][0], mappings[best + bestCount - 1][1]);
        return Optional.of(padded(List.of(tight)).get(0));
    }

    /** Mappings of all owners that touch or overlap put together, and the mark's page. */
    private List<Segment> runs() {
        List<long[]> all = new ArrayList<>(Arrays.asList(mappings));
        PrimitiveIterator.OfLong mark = summary.markOffset().stream().iterator();
        while (mark.hasNext()) {
            long page = mark.nextLong() & -PAGE;
            all.add(new long[] {page, Math.min(window, page + PAGE)});
        }
        all.sort(Comparator.comparingLong(pair -> pair[0]));
        List<Segment> runs = new ArrayList<>();
        for (long[] next : all) {
            int last = runs.size() - 1;
            if (last >= 0 && next[0] <= runs.get(last).to()) {
                runs.set(
                        last,
                        new Segment(
                                runs.get(last).from(), Math.max(runs.get(last).to(), next[1])));
            } else {
                runs.add(new Segment(next[0], next[1]));
            }
        }
        return runs;
    }

    private long[][] mappings() {
        List<long[]> pairs = new ArrayList<>();
        for (IovaSummary.Lane lane : summary.lanes()) {
            for (Entry entry : lane.entries()) {
                pairs.add(new long[] {summary.from(entry.range()), summary.to(entry.range())});
            }
        }
        pairs.sort(Comparator.comparingLong(pair -> pair[0]));
        return pairs.toArray(new long[0][]);
    }

    private List<Segment> cut(List<Segment> runs) {
        List<Integer> gaps = new ArrayList<>();
        for (int i = 1; i < runs.size(); i++) {
            gaps.add(i);
        }
        gaps.sort(Comparator.comparingLong((Integer i) -> gapBefore(runs, i)).reversed());
        long drawn = runs.get(runs.size() - 1).to() - runs.get(0).from();
        List<Integer> cuts = new ArrayList<>();
        for (int gap : gaps) {
            if (cuts.size() == most - 1 || gapBefore(runs, gap) < drawn / 3) {
                break;
            }
            cuts.add(gap);
            drawn -= gapBefore(runs, gap);
        }
        cuts.sort(Comparator.naturalOrder());
        cuts.add(runs.size());
        List<Segment> segments = new ArrayList<>();
        int first = 0;
        for (int end : cuts) {
            segments.add(new Segment(runs.get(first).from(), runs.get(end - 1).to()));
            first = end;
        }
        return segments;
    }

    private static long gapBefore(List<Segment> runs, int index) {
        return runs.get(index).from() - runs.get(index - 1).to();
    }

    private List<Segment> padded(List<Segment> segments) {
        List<Segment> padded = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            long pad = roundUp(Math.max(segment.bytes() / 12, PAGE));
            long before = i == 0
                    ? segment.from()
                    : (segment.from() - segments.get(i - 1).to()) / 3;
            long after = i == segments.size() - 1
                    ? window - segment.to()
                    : (segments.get(i + 1).from() - segment.to()) / 3;
            long from = segment.from() - Math.min(pad, before);
            long to = segment.to() + Math.min(pad, after);
            padded.add(new Segment(from & -PAGE, Math.min(window, to > window - PAGE ? window : roundUp(to))));
        }
        return padded;
    }

    private static long roundUp(long bytes) {
        return bytes > Long.MAX_VALUE - PAGE ? bytes : (bytes + PAGE - 1) & -PAGE;
    }
}
