package org.dmalab.kernel.display;

import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.FragmentationSnapshot.ZoneOrders;

/** Free memory by order, of one moment or of two: the finding, the picture, the text of {@code /proc/buddyinfo}. */
final class FragmentationView {
    private FragmentationView() {}

    /** One snapshot, or before and after. */
    static MimeBundle render(List<FragmentationSnapshot> snapshots) {
        Card card = new Card(finding(snapshots), context(snapshots), source(snapshots));
        return Png.chart(() -> card.paint(new FragmentationPainter(snapshots)), Map.of(), text(card, snapshots));
    }

    /** What the free memory cannot do, for the largest block there is. */
    static String finding(List<FragmentationSnapshot> snapshots) {
        FragmentationSnapshot last = snapshots.get(snapshots.size() - 1);
        String block = blockSize(orders(snapshots) - 1);
        if (last.freePages() == 0) {
            return "No memory is free";
        }
        String now = unusable(last);
        if (snapshots.size() > 1) {
            String before = unusable(snapshots.get(0));
            return before.equals(now)
                    ? "Still " + now + " of the free memory cannot serve a " + block + " request"
                    : "From " + before + " to " + now + ": free memory that cannot serve a " + block + " request";
        }
        return now.equals("0 %")
                ? "All " + bytes(last.freePages()) + " of free memory can serve a " + block + " request"
                : now + " of the free memory cannot serve a " + block + " request";
    }

    /** How many orders the picture has columns for. */
    static int orders(List<FragmentationSnapshot> snapshots) {
        return Math.max(
                1,
                snapshots.stream()
                        .flatMap(snapshot -> snapshot.zones().stream())
                        .mapToInt(ZoneOrders::orders)
                        .max()
                        .orElse(1));
    }

    /** {@code 4 KiB} for order 0. */
    static String blockSize(int order) {
        return Bytes.text(PageSize.PAGE_BYTES << order);
    }

    /** {@code pages} as a size. */
    static String bytes(long pages) {
        return Bytes.text(pages * PageSize.PAGE_BYTES);
    }

    private static String unusable(FragmentationSnapshot snapshot) {
        int order = orders(List.of(snapshot)) - 1;
        long free = snapshot.freePages();
        long usable = snapshot.zones().stream()
                .mapToLong(zone -> order < zone.orders() ? zone.suitableBlocks(order) << order : 0)
                .sum();
        return free == 0 ? "100 %" : percent((double) (free - usable) / free);
    }

    /** A share as a whole per cent, but never 0 or 100 for one that is not. */
    static String percent(double share) {
        long rounded = Math.round(share * 100);
        if (rounded == 0 && share > 0) {
            return "<1 %";
        }
        return rounded == 100 && share < 1 ? ">99 %" : rounded + " %";
    }

    private static String context(List<FragmentationSnapshot> snapshots) {
        FragmentationSnapshot first = snapshots.get(0);
        if (snapshots.size() == 1) {
            return "at " + first.moment() + " · " + bytes(first.freePages()) + " free";
        }
        FragmentationSnapshot last = snapshots.get(snapshots.size() - 1);
        return "before: at " + first.moment() + ", " + bytes(first.freePages()) + " free · after: at " + last.moment()
                + ", " + bytes(last.freePages()) + " free";
    }

    private static String source(List<FragmentationSnapshot> snapshots) {
        List<String> sources =
                snapshots.stream().map(FragmentationSnapshot::source).distinct().toList();
        return String.join("; ", sources);
    }

    private static String text(Card card, List<FragmentationSnapshot> snapshots) {
        StringBuilder text = new StringBuilder(card.title()).append('\n').append(card.subtitle());
        for (FragmentationSnapshot snapshot : snapshots) {
            text.append("\nfree blocks of ")
                    .append(blockSize(0))
                    .append(" to ")
                    .append(blockSize(orders(snapshots) - 1))
                    .append(" at ")
                    .append(SafeText.line(snapshot.moment(), 60))
                    .append('\n')
                    .append(snapshot.buddyinfo().stripTrailing());
            for (ZoneOrders zone : snapshot.zones()) {
                text.append("\nunusable  ").append(SafeText.line(zone.zone(), 20));
                for (int order = 0; order < zone.orders(); order++) {
                    text.append(' ').append(percent(zone.unusableIndex(order) / 1000.0));
                }
            }
        }
        return text.append("\nSource: ").append(card.source()).toString();
    }
}
