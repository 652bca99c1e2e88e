package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaMap.Entry;
import org.dmalab.engine.dma.IovaMap.Kind;
import org.dmalab.kernel.display.IovaFold.Segment;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say about an IOVA map: the finding, the lanes it is drawn in, and the sums behind them.
 *
 * <p>Addresses are unsigned. Offsets from the window's start fit a {@code long}, because a window does.
 */
final class IovaSummary {
    /** Owners beyond this many share the last lane. */
    static final int MAX_LANES = 8;

    private static final int NAME = 60;

    /**
     * One owner's mappings.
     *
     * @param index from 0, top to bottom; decides the colour
     * @param entries inside the window, ascending
     * @param bytes their sizes summed
     */
    record Lane(int index, String name, int colour, List<Entry> entries, long bytes) {}

    private final IovaMap map;
    private final List<Lane> lanes;
    private final List<Entry> reserved = new ArrayList<>();
    private final long mappedBytes;
    private final long freeBytes;
    private final @Nullable AddrRange<DmaAddr> largestHole;
    private final int mapped;
    private final int outside;

    IovaSummary(IovaMap map) {
        this.map = map;
        Map<String, List<Entry>> owners = new LinkedHashMap<>();
        int inside = 0;
        for (Entry entry : map.entries()) {
            if (!map.window().overlaps(entry.range())) {
                continue;
            }
            inside++;
            if (entry.kind() == Kind.RESERVED) {
                reserved.add(entry);
            } else {
                owners.computeIfAbsent(entry.owner(), owner -> new ArrayList<>())
                        .add(entry);
            }
        }
        lanes = lanes(owners);
        mapped = inside - reserved.size();
        outside = map.entries().size() - inside;
        mappedBytes = mapped == inside ? map.usedBytes() : union(map);
        List<AddrRange<DmaAddr>> holes = map.holes();
        freeBytes = holes.stream().mapToLong(AddrRange::bytes).sum();
        largestHole =
                holes.stream().max(Comparator.comparingLong(AddrRange::bytes)).orElse(null);
    }

    /** The map. */
    IovaMap map() {
        return map;
    }

    /** One per owner, the rest together; empty if nothing is mapped. */
    List<Lane> lanes() {
        return lanes;
    }

    /** Ranges never handed out that touch the window. */
    List<Entry> reserved() {
        return reserved;
    }

    /** Live mappings that touch the window. */
    int mapped() {
        return mapped;
    }

    /** The longest run of free addresses, null if there is none. */
    @Nullable
    AddrRange<DmaAddr> largestHole() {
        return largestHole;
    }

    /** The marked address as an offset from the window's start, if it lies in the window. */
    OptionalLong markOffset() {
        OptionalLong mark = map.mark();
        return mark.isPresent() && map.window().contains(new DmaAddr(mark.getAsLong()))
                ? OptionalLong.of(mark.getAsLong() - map.window().start().value())
                : OptionalLong.empty();
    }

    /** The first byte of {@code range} inside the window, as an offset from the window's start. */
    long from(AddrRange<DmaAddr> range) {
        long start = map.window().start().value();
        return Long.compareUnsigned(range.start().value(), start) <= 0
                ? 0
                : range.start().value() - start;
    }

    /** The first byte behind {@code range} inside the window, as an offset from the window's start. */
    long to(AddrRange<DmaAddr> range) {
        return Long.compareUnsigned(range.last(), map.window().last()) >= 0
                ? map.window().bytes()
                : range.last() - map.window().start().value() + 1;
    }

    /** How many bytes of {@code segment} are mapped; those that several owners share count once. */
    long usedBytes(Segment segment) {
        List<Entry> ascending = lanes.stream()
                .flatMap(lane -> lane.entries().stream())
                .sorted(Comparator.comparingLong((Entry entry) -> from(entry.range())))
                .toList();
        long used = 0;
        long counted = segment.from();
        for (Entry entry : ascending) {
            long end = Math.min(to(entry.range()), segment.to());
            used += Math.max(0, end - Math.max(counted, from(entry.range())));
            counted = Math.max(counted, end);
        }
        return used;
    }

    /** The sentence above the picture. */
    String finding() {
        String title = SafeText.line(map.title(), NAME) + ": ";
        return map.mark().isPresent() ? title + aboutMark(map.mark().getAsLong()) : title + usage();
    }

    /** When, over which addresses, and what the finding leaves out. */
    String context() {
        StringBuilder text = new StringBuilder();
        if (!map.moment().isEmpty()) {
            text.append("at ").append(SafeText.line(map.moment(), NAME)).append(" · ");
        }
        text.append("window ")
                .append(map.window().start())
                .append(" – ")
                .append(Addresses.hex(map.window().last()))
                .append(" (")
                .append(Bytes.text(map.window().bytes()))
                .append(")");
        if (map.mark().isPresent()) {
            text.append(" · ").append(usage());
        }
        if (!reserved.isEmpty()) {
            text.append(" · grey: ")
                    .append(reserved.size())
                    .append(reserved.size() == 1 ? " reserved range" : " reserved ranges");
        }
        if (outside > 0) {
            text.append(" · ").append(outside).append(" outside the window, not shown");
        }
        return text.toString();
    }

    private String usage() {
        long window = map.window().bytes();
        if (mapped == 0) {
            return "nothing mapped, " + Bytes.text(freeBytes) + " free";
        }
        boolean buffers = lanes.stream()
                .flatMap(lane -> lane.entries().stream())
                .allMatch(entry -> entry.label().startsWith("alloc"));
        String what = mapped + (buffers ? " buffer" : " mapping") + (mapped == 1 ? "" : "s");
        if (largestHole == null) {
            return what + " and no free address in " + Bytes.text(window);
        }
        String used = what + ", " + Bytes.text(mappedBytes) + " of " + Bytes.text(window) + " used, ";
        long largest = largestHole.bytes();
        return largest < freeBytes / 2
                ? used + "largest hole only " + Bytes.text(largest) + " of " + Bytes.text(freeBytes) + " free"
                : used + "largest hole " + Bytes.text(largest);
    }

    private String aboutMark(long address) {
        String hex = Addresses.hex(address);
        DmaAddr mark = new DmaAddr(address);
        if (!map.window().contains(mark)) {
            return hex + " lies outside the window";
        }
        Entry below = null;
        Entry above = null;
        for (Entry entry : map.entries()) {
            if (entry.range().contains(mark)) {
                String owner = SafeText.line(entry.owner(), 40);
                return entry.kind() == Kind.RESERVED
                        ? hex + " lies in a reserved range" + (owner.isEmpty() ? "" : " of " + owner)
                        : hex + " is mapped, in " + what(entry);
            }
            boolean startsBelow = Long.compareUnsigned(entry.range().start().value(), address) < 0;
            if (startsBelow) {
                boolean nearer = below == null
                        || Long.compareUnsigned(
                                        entry.range().last(), below.range().last())
                                > 0;
                below = nearer ? entry : below;
            } else if (above == null) {
                above = entry;
            }
        }
        return hex + " is not mapped" + neighbour(address, below, above);
    }

    private static String neighbour(long address, @Nullable Entry below, @Nullable Entry above) {
        if (below == null && above == null) {
            return ", nothing is";
        }
        long down = below == null ? -1 : address - below.range().last() - 1;
        long up = above == null ? -1 : above.range().start().value() - address;
        if (above == null || (below != null && Long.compareUnsigned(down, up) <= 0)) {
            String which = what(Objects.requireNonNull(below));
            return down == 0
                    ? ", it is the first byte past " + which
                    : ", " + Bytes.text(down) + " past the end of " + which;
        }
        return ", " + Bytes.text(up) + " before " + what(above);
    }

    private static String what(Entry entry) {
        String owner = SafeText.line(entry.owner(), 40);
        return owner.isEmpty() ? SafeText.line(entry.label(), 40) : owner + "'s " + SafeText.line(entry.label(), 40);
    }

    private static List<Lane> lanes(Map<String, List<Entry>> owners) {
        List<String> names = new ArrayList<>(owners.keySet());
        int shown = names.size() <= MAX_LANES ? names.size() : MAX_LANES - 1;
        List<String> byCount = names.stream()
                .sorted(Comparator.comparingInt(
                        (String name) -> -listOf(owners, name).size()))
                .limit(shown)
                .toList();
        List<Lane> lanes = new ArrayList<>();
        List<Entry> others = new ArrayList<>();
        for (String name : names) {
            List<Entry> entries = listOf(owners, name);
            if (names.size() <= MAX_LANES || byCount.contains(name)) {
                int index = lanes.size();
                lanes.add(new Lane(index, unique(name, lanes), Palette.owner(index), entries, bytes(entries)));
            } else {
                others.addAll(entries);
            }
        }
        if (!others.isEmpty()) {
            others.sort(Comparator.comparing((Entry entry) -> entry.range().start()));
            String name = names.size() - shown + " others";
            lanes.add(new Lane(lanes.size(), name, Palette.others(), others, bytes(others)));
        }
        return lanes;
    }

    /** The owner's name as shown; two that are cut to the same are told apart by their lane's number. */
    private static String unique(String name, List<Lane> before) {
        String shown = SafeText.line(name, NAME);
        boolean taken = before.stream().anyMatch(lane -> lane.name().equals(shown));
        return taken ? shown + " (" + (before.size() + 1) + ")" : shown;
    }

    private static List<Entry> listOf(Map<String, List<Entry>> owners, String name) {
        return owners.getOrDefault(name, List.of());
    }

    private static long bytes(List<Entry> entries) {
        return entries.stream().mapToLong(entry -> entry.range().bytes()).sum();
    }

    private static long union(IovaMap map) {
        List<Entry> live = map.entries().stream()
                .filter(entry -> entry.kind() == Kind.MAPPED)
                .toList();
        return new IovaMap(map.title(), map.window(), live, map.moment(), map.source(), OptionalLong.empty())
                .usedBytes();
    }
}
