package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.dmalab.engine.dma.AddressMap.Area;
import org.dmalab.engine.dma.AddressMap.Kind;
import org.dmalab.engine.dma.AddressMap.Mark;
import org.dmalab.engine.dma.AddressMap.Strip;

/**
 * A strip's areas and gaps, few enough to be read: where there are too many, the marked, the largest gap and the
 * largest areas stay, and what lies between them is put together.
 */
final class AddressFold {
    /** Elements of one strip that a picture has room for. */
    static final int MAX = 18;
    /** Marks of one strip that are drawn. */
    static final int MAX_MARKS = 6;

    /**
     * What is drawn as one box.
     *
     * @param areas none for a gap, several for areas put together
     */
    record Element(long start, long last, List<Area> areas, List<Mark> marks) {
        boolean isGap() {
            return areas.isEmpty() || (areas.size() == 1 && areas.get(0).kind() == Kind.HOLE);
        }

        /** The length; all 2^64 bytes are one less. */
        long bytes() {
            return last - start == -1 ? -1 : last - start + 1;
        }

        /** The bytes of the areas alone. */
        long usedBytes() {
            return areas.stream()
                    .filter(area -> area.kind() != Kind.HOLE)
                    .mapToLong(area -> area.range().bytes())
                    .sum();
        }

        private boolean holds(Mark mark) {
            long address = mark.address().value();
            return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, last) <= 0;
        }
    }

    private AddressFold() {}

    /** Areas and gaps, ascending, with their marks. */
    static List<Element> all(Strip strip) {
        List<Area> areas = strip.areas().stream()
                .sorted((one, other) -> Long.compareUnsigned(start(one), start(other)))
                .toList();
        List<Element> elements = new ArrayList<>();
        List<Mark> marks = marks(strip);
        long low = marks.isEmpty() ? 0 : marks.get(0).address().value();
        long high = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).address().value();
        if (areas.isEmpty()) {
            return marks.isEmpty() ? List.of() : List.of(new Element(low, high, List.of(), marks));
        }
        if (!marks.isEmpty() && Long.compareUnsigned(low, start(areas.get(0))) < 0) {
            elements.add(gap(low, start(areas.get(0)) - 1, marks));
        }
        long last = 0;
        boolean first = true;
        for (Area area : areas) {
            if (!first && Long.compareUnsigned(start(area), last + 1) > 0 && last != -1) {
                elements.add(gap(last + 1, start(area) - 1, marks));
            }
            elements.add(with(marks, new Element(start(area), area.range().last(), List.of(area), List.of())));
            boolean further = first || Long.compareUnsigned(area.range().last(), last) > 0;
            last = further ? area.range().last() : last;
            first = false;
        }
        if (!marks.isEmpty() && Long.compareUnsigned(high, last) > 0) {
            elements.add(gap(last + 1, high, marks));
        }
        return elements;
    }

    /** The largest gap, the first of several; empty if there is none. */
    static Optional<Element> largestGap(List<Element> elements) {
        return elements.stream()
                .filter(Element::isGap)
                .reduce((one, other) -> Long.compareUnsigned(other.bytes(), one.bytes()) > 0 ? other : one);
    }

    /** At most {@link #MAX} elements, the largest gap among them. */
    static List<Element> fold(Strip strip) {
        List<Element> all = all(strip);
        Optional<Element> gap = largestGap(all);
        // Of equals those are kept whose index, its bits reversed, is smallest: they lie evenly spread.
        List<Element> byWeight = IntStream.range(0, all.size())
                .boxed()
                .sorted(Comparator.comparing(
                                (Integer index) -> all.get(index).marks().isEmpty())
                        .thenComparing(
                                index -> gap.filter(all.get(index)::equals).isEmpty())
                        .thenComparing(
                                index -> all.get(index).bytes(), (one, other) -> Long.compareUnsigned(other, one))
                        .thenComparing(Integer::reverse, Integer::compareUnsigned))
                .map(all::get)
                .toList();
        for (int kept = Math.min(MAX, all.size()); all.size() > MAX; kept--) {
            List<Element> folded = fold(all, new HashSet<>(byWeight.subList(0, kept)));
            if (folded.size() <= MAX) {
                return folded;
            }
        }
        return all;
    }

    private static List<Element> fold(List<Element> all, Set<Element> kept) {
        List<Element> folded = new ArrayList<>();
        List<Element> run = new ArrayList<>();
        for (Element element : all) {
            if (kept.contains(element)) {
                close(run, folded);
                folded.add(element);
            } else {
                run.add(element);
            }
        }
        close(run, folded);
        return folded;
    }

    private static void close(List<Element> run, List<Element> folded) {
        if (!run.isEmpty()) {
            List<Area> areas =
                    run.stream().flatMap(element -> element.areas().stream()).toList();
            List<Mark> marks =
                    run.stream().flatMap(element -> element.marks().stream()).toList();
            folded.add(new Element(run.get(0).start(), run.get(run.size() - 1).last(), areas, marks));
            run.clear();
        }
    }

    /** The marks that are drawn, ascending. */
    static List<Mark> marks(Strip strip) {
        return strip.marks().stream()
                .limit(MAX_MARKS)
                .sorted((one, other) -> Long.compareUnsigned(
                        one.address().value(), other.address().value()))
                .toList();
    }

    private static Element gap(long start, long last, List<Mark> marks) {
        return with(marks, new Element(start, last, List.of(), List.of()));
    }

    private static Element with(List<Mark> marks, Element element) {
        List<Mark> inside = marks.stream().filter(element::holds).toList();
        return inside.isEmpty() ? element : new Element(element.start(), element.last(), element.areas(), inside);
    }

    private static long start(Area area) {
        return area.range().start().value();
    }

    /** {@code address} in hex, at least eight digits. */
    static String hex(long address) {
        String digits = Long.toHexString(address);
        return String.format(Locale.ROOT, "0x%s%s", "0".repeat(Math.max(0, 8 - digits.length())), digits);
    }
}
