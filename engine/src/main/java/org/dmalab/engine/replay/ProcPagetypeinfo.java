package org.dmalab.engine.replay;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.dmalab.engine.memory.MigrateType;
import org.dmalab.engine.memory.PageTypeInfo;
import org.dmalab.engine.memory.PageTypeInfo.TypeOrders;
import org.dmalab.engine.memory.PageTypeInfo.ZoneTypes;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code /proc/pagetypeinfo} of a real machine, of any Linux from 3.4 on: rows are known by the name of their type and
 * columns by the heading, so that the order of types does not matter. HighAtomic is read as the reserve.
 */
public final class ProcPagetypeinfo {
    private static final String BLOCK_ORDER = "Page block order:";
    private static final String BLOCK_PAGES = "Pages per block:";
    private static final String FREE = "Free pages count per migrate type at order";
    private static final String BLOCKS = "Number of blocks type";
    private static final String MIXED = "Number of mixed blocks";
    /** Where a kernel stops counting the blocks of a list. */
    private static final String MORE = ">";

    private static final String EXPECTED = "Node    0, zone   Normal, type      Movable      4      1      0 ...";

    private static final int UNKNOWN = -1;

    private record Zone(int node, String name) {}

    private enum Section {
        NONE,
        FREE_BLOCKS,
        PAGEBLOCKS,
        MIXED_BLOCKS
    }

    private final ProcLines lines;
    private final Map<Zone, Map<MigrateType, List<Long>>> free = new LinkedHashMap<>();
    private final Map<Zone, Map<MigrateType, Long>> pageblocks = new LinkedHashMap<>();
    private final List<Optional<MigrateType>> columns = new ArrayList<>();
    private Section section = Section.NONE;
    private int orders = UNKNOWN;
    private int pageblockOrder = UNKNOWN;
    private long capped;
    private long mixed;

    private ProcPagetypeinfo(ProcLines lines) {
        this.lines = lines;
    }

    /**
     * What the file at {@code path} says, plain or gzipped.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device, a pipe or another tool's
     *     format
     */
    public static ProcFile<PageTypeInfo> read(Path path) {
        return ProcLines.read(path, lines -> new ProcPagetypeinfo(lines).read());
    }

    /** What a file says of which {@code in} gives the bytes. */
    public static ProcFile<PageTypeInfo> read(String source, InputStream in) {
        return ProcLines.read(source, in, lines -> new ProcPagetypeinfo(lines).read());
    }

    /** What a file given as text says. */
    public static ProcFile<PageTypeInfo> parse(String text) {
        return read("pagetypeinfo", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private PageTypeInfo read() throws IOException {
        while (lines.next()) {
            String text = lines.text();
            if (text.startsWith("Node")) {
                row(text.split("\\s+", -1));
            } else if (!heading(text)) {
                lines.malformed("neither a heading nor Node N, zone NAME");
            }
        }
        lines.expected(EXPECTED, free.size());
        return result();
    }

    private boolean heading(String text) {
        if (text.startsWith(BLOCK_ORDER)) {
            blockOrder(ProcLines.decimal(text.substring(BLOCK_ORDER.length()).trim()));
        } else if (text.startsWith(BLOCK_PAGES)) {
            OptionalLong pages =
                    ProcLines.decimal(text.substring(BLOCK_PAGES.length()).trim());
            boolean power = pages.isPresent() && Long.bitCount(pages.getAsLong()) == 1;
            blockOrder(power ? OptionalLong.of(Long.numberOfTrailingZeros(pages.getAsLong())) : OptionalLong.empty());
        } else if (text.startsWith(FREE)) {
            section = Section.FREE_BLOCKS;
            orders = orders(text.substring(FREE.length()).trim().split("\\s+", -1));
            lines.header();
        } else if (text.startsWith(BLOCKS)) {
            section = Section.PAGEBLOCKS;
            columns.clear();
            for (String name : text.substring(BLOCKS.length()).trim().split("\\s+", -1)) {
                columns.add(type(name));
            }
            lines.header();
        } else if (text.startsWith(MIXED)) {
            section = Section.MIXED_BLOCKS;
            lines.header();
        } else {
            return false;
        }
        return true;
    }

    private void blockOrder(OptionalLong order) {
        if (order.isEmpty() || order.getAsLong() >= ProcBuddyinfo.MOST_ORDERS) {
            lines.malformed("no size of a pageblock");
        } else if (pageblockOrder != UNKNOWN && pageblockOrder != order.getAsLong()) {
            lines.malformed("another size of a pageblock than order " + pageblockOrder);
        } else {
            pageblockOrder = (int) order.getAsLong();
            lines.header();
        }
    }

    private static int orders(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!words[i].equals(Integer.toString(i))) {
                return UNKNOWN;
            }
        }
        return words.length;
    }

    private static Optional<MigrateType> type(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "Unmovable" -> MigrateType.UNMOVABLE;
                    case "Reclaimable" -> MigrateType.RECLAIMABLE;
                    case "Movable" -> MigrateType.MOVABLE;
                    case "Reserve", "HighAtomic" -> MigrateType.RESERVE;
                    case "CMA" -> MigrateType.CMA;
                    case "Isolate" -> MigrateType.ISOLATE;
                    default -> null;
                });
    }

    private void row(String[] words) {
        // Node 0, zone NAME[, type NAME] numbers
        if (words.length < 5 || !words[0].equals("Node") || !words[1].endsWith(",") || !words[2].equals("zone")) {
            lines.malformed("not Node N, zone NAME");
            return;
        }
        OptionalLong node = ProcLines.decimal(words[1].substring(0, words[1].length() - 1));
        boolean typed = words[3].endsWith(",");
        String name = typed ? words[3].substring(0, words[3].length() - 1) : words[3];
        if (!ProcLines.isNode(node) || !ProcLines.isZone(name)) {
            lines.malformed("no such node or zone");
            return;
        }
        Zone zone = new Zone((int) node.getAsLong(), name);
        if (typed) {
            freeBlocks(zone, words);
        } else if (section == Section.MIXED_BLOCKS) {
            mixed++;
            lines.read();
        } else if (section == Section.PAGEBLOCKS) {
            pageblocks(zone, words);
        } else {
            lines.malformed("no heading says what these are");
        }
    }

    private void freeBlocks(Zone zone, String... words) {
        Optional<MigrateType> type = words[4].equals("type") && words.length > 6 ? type(words[5]) : Optional.empty();
        if (type.isEmpty()) {
            lines.malformed("no known migrate type");
            return;
        }
        int more = 0;
        String[] counts = words.clone();
        for (int i = 6; i < counts.length; i++) {
            if (counts[i].startsWith(MORE)) {
                counts[i] = counts[i].substring(MORE.length());
                more++;
            }
        }
        Optional<List<Long>> blocks = ProcBuddyinfo.counts(counts, 6);
        if (blocks.isEmpty()) {
            lines.malformed("not 1.." + ProcBuddyinfo.MOST_ORDERS + " numbers of blocks");
        } else if (orders != UNKNOWN && blocks.get().size() != orders) {
            lines.malformed(blocks.get().size() + " orders, where the heading has " + orders);
        } else if (added(free, zone, type.get(), blocks.get())) {
            orders = blocks.get().size();
            capped += more;
        }
    }

    private void pageblocks(Zone zone, String... words) {
        List<Long> counts = new ArrayList<>();
        for (int i = 4; i < words.length; i++) {
            ProcLines.decimal(words[i]).ifPresent(counts::add);
        }
        if (counts.size() != words.length - 4 || counts.size() != columns.size()) {
            lines.malformed("not " + columns.size() + " numbers of pageblocks");
            return;
        }
        if (pageblocks.containsKey(zone)) {
            lines.malformed("the zone a second time: another moment?");
            return;
        }
        Map<MigrateType, Long> row = new EnumMap<>(MigrateType.class);
        for (int i = 0; i < counts.size(); i++) {
            long count = counts.get(i);
            if (columns.get(i).isPresent()) {
                row.put(columns.get(i).get(), count);
            } else if (count != 0) {
                lines.note(count + " pageblocks of a type that is not known in node " + zone.node() + ", zone "
                        + zone.name());
            }
        }
        pageblocks.put(zone, row);
        lines.read();
    }

    private boolean added(Map<Zone, Map<MigrateType, List<Long>>> to, Zone zone, MigrateType type, List<Long> blocks) {
        if (to.computeIfAbsent(zone, any -> new EnumMap<>(MigrateType.class)).putIfAbsent(type, blocks) != null) {
            lines.malformed("the zone and type a second time: another moment?");
            return false;
        }
        lines.read();
        return true;
    }

    private PageTypeInfo result() {
        List<ZoneTypes> zones = new ArrayList<>();
        Map<Zone, Boolean> all = new LinkedHashMap<>();
        free.keySet().forEach(zone -> all.put(zone, true));
        pageblocks.keySet().forEach(zone -> all.put(zone, true));
        for (Zone zone : all.keySet()) {
            zones.add(new ZoneTypes(zone.node(), zone.name(), types(free.get(zone), pageblocks.get(zone))));
        }
        for (Zone zone : pageblocks.keySet()) {
            if (!free.containsKey(zone) && !free.isEmpty()) {
                lines.note("free blocks of node " + zone.node() + ", zone " + zone.name() + " are missing");
            }
        }
        if (capped > 0) {
            lines.note(capped + (capped == 1 ? " count is" : " counts are") + " a lower bound (" + MORE + ")");
        }
        if (mixed > 0) {
            lines.note("mixed pageblocks are not kept");
        }
        if (pageblockOrder == UNKNOWN && !zones.isEmpty()) {
            pageblockOrder = Math.max(0, orders - 1);
            lines.note("the size of a pageblock is missing, taken for the largest order");
        }
        return new PageTypeInfo(Math.max(0, pageblockOrder), zones, lines.moment(), lines.source());
    }

    private static List<TypeOrders> types(
            @Nullable Map<MigrateType, List<Long>> free, @Nullable Map<MigrateType, Long> pageblocks) {
        List<TypeOrders> types = new ArrayList<>();
        for (MigrateType type : MigrateType.values()) {
            List<Long> blocks = free == null ? null : free.get(type);
            Long meant = pageblocks == null ? null : pageblocks.get(type);
            if (blocks != null || meant != null) {
                types.add(new TypeOrders(type, blocks == null ? List.of() : blocks, meant == null ? 0 : meant));
            }
        }
        return types;
    }
}
