package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageMap.Run;
import org.dmalab.engine.memory.PageMap.Use;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;

/** The page frames of an area by use: what is free, the longest free run, and who stands in the way. */
final class PageMapView {
    private static final int NAME = 40;
    private static final int OWNERS = 2;

    private PageMapView() {}

    static MimeBundle render(PageMap map) {
        return Png.chart(() -> canvas(map), Map.of(), text(map));
    }

    /** The painted form alone. */
    static Canvas canvas(PageMap map) {
        return card(map).paint(new PageMapPainter(map));
    }

    private static Card card(PageMap map) {
        return new Card(finding(map), context(map), map.source());
    }

    /** How much is free now and in what pieces; what moving pages away can make of it, and what cannot be moved. */
    static String finding(PageMap map) {
        long free = map.pages(Use.FREE);
        long largest = map.largestFreeRun();
        long claimable = claimable(map);
        if (map.pages() == 0) {
            return "The area has no pages";
        }
        if (free == map.pages()) {
            return "All " + bytes(free) + " free";
        }
        if (claimable > largest) {
            String pieces = largest == free ? "all in one run" : "at most " + bytes(largest) + " in a row";
            String now = free == 0
                    ? "Nothing free now of " + bytes(map.pages()) + "; moving pages away can make a run of "
                    : bytes(free) + " free now, " + pieces + "; moving pages away can make that ";
            String limit = map.pages(Use.PINNED) > 0 ? ", but not more" + because(map) : "";
            return now + bytes(claimable) + limit;
        }
        if (free == 0) {
            return "Nothing free of " + bytes(map.pages()) + because(map);
        }
        return largest == free
                ? bytes(free) + " free, all in one run"
                : bytes(free) + " free, but no free run over " + bytes(largest) + because(map);
    }

    private static String because(PageMap map) {
        List<Map.Entry<String, Long>> pinning = pinning(map);
        if (!pinning.isEmpty()) {
            List<String> owners = new ArrayList<>();
            for (Map.Entry<String, Long> owner : pinning.subList(0, Math.min(OWNERS, pinning.size()))) {
                String pages = owners.isEmpty() ? pages(owner.getValue()) + " pinned" : "" + owner.getValue();
                owners.add(pages + (owner.getKey().isEmpty() ? " by somebody unnamed" : " by " + owner.getKey()));
            }
            if (pinning.size() > OWNERS) {
                owners.add("more by " + (pinning.size() - OWNERS) + " others");
            }
            return ": " + String.join(", ", owners);
        }
        Use most = Use.RESERVED;
        for (Use use : Use.values()) {
            most = use != Use.FREE && map.pages(use) > map.pages(most) ? use : most;
        }
        return ": " + bytes(map.pages(most)) + " " + most.text();
    }

    /** Pages held in place, by owner, the most first. */
    private static List<Map.Entry<String, Long>> pinning(PageMap map) {
        Map<String, Long> pages = new LinkedHashMap<>();
        for (Run run : map.runs()) {
            if (run.use() == Use.PINNED) {
                pages.merge(SafeText.line(run.owner(), NAME), run.pages(), Long::sum);
            }
        }
        return pages.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .toList();
    }

    private static String context(PageMap map) {
        StringBuilder text = new StringBuilder(SafeText.line(map.name(), NAME));
        if (!map.moment().isEmpty()) {
            text.append(" at ").append(SafeText.line(map.moment(), NAME));
        }
        if (map.pages() > 0) {
            text.append(" · ")
                    .append(address(map.firstPfn()))
                    .append(" – ")
                    .append(Addresses.hex((map.firstPfn() + map.pages()) * PageSize.PAGE_BYTES - 1))
                    .append(" (")
                    .append(bytes(map.pages()))
                    .append(")");
        }
        return text.toString();
    }

    /** The longest run that is free or can be made so by moving pages away. */
    static long claimable(PageMap map) {
        long longest = 0;
        long current = 0;
        for (Run run : map.runs()) {
            current = run.use() == Use.FREE || run.use() == Use.MOVABLE ? current + run.pages() : 0;
            longest = Math.max(longest, current);
        }
        return longest;
    }

    private static String text(PageMap map) {
        Card card = card(map);
        List<List<String>> uses = new ArrayList<>();
        for (Use use : Use.values()) {
            long runs = map.runs().stream().filter(run -> run.use() == use).count();
            if (runs > 0) {
                long pages = map.pages(use);
                uses.add(List.of(use.text(), Long.toString(pages), bytes(pages), Long.toString(runs)));
            }
        }
        List<Header> headers = List.of(
                new Header("use", Kind.TEXT),
                new Header("pages", Kind.NUMBER),
                new Header("size", Kind.NUMBER),
                new Header("runs", Kind.NUMBER));
        return card.title() + "\n" + card.subtitle() + "\n" + new Grid("", headers, uses, uses.size()).text()
                + owned(map) + "\nSource: " + card.source();
    }

    /** The pinned runs and the largest of the others, by address. */
    private static String owned(PageMap map) {
        List<Run> all = map.runs().stream()
                .filter(run -> run.use() != Use.FREE && !run.owner().isEmpty())
                .toList();
        List<List<String>> rows = all.stream()
                .sorted(Comparator.comparing((Run run) -> run.use() != Use.PINNED)
                        .thenComparing(Comparator.comparingLong(Run::pages).reversed()))
                .limit(Grid.ROWS)
                .sorted(Comparator.comparingLong(Run::pfn))
                .map(run -> List.of(
                        address(run.pfn()), bytes(run.pages()), run.use().text(), run.owner()))
                .toList();
        if (rows.isEmpty()) {
            return "";
        }
        List<Header> headers = List.of(
                new Header("from", Kind.ADDRESS),
                new Header("size", Kind.NUMBER),
                new Header("use", Kind.TEXT),
                new Header("owner", Kind.TEXT));
        return "\n" + new Grid("", headers, rows, all.size()).text();
    }

    /** The physical address of a page frame, in hex. */
    static String address(long pfn) {
        return Addresses.hex(pfn * PageSize.PAGE_BYTES);
    }

    /** {@code pages} as a size. */
    static String bytes(long pages) {
        return Bytes.text(pages * PageSize.PAGE_BYTES);
    }

    private static String pages(long pages) {
        return pages == 1 ? "1 page" : pages + " pages";
    }
}
