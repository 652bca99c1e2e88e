package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.Era;

/**
 * The free memory of every zone by migrate type and order at one moment, and what the pageblocks are meant for.
 *
 * @param pageblockOrder the order of a pageblock
 * @param zones from low to high addresses
 * @param moment when, {@code 41.3 µs}
 * @param source the model, board and era, or the file
 */
public record PageTypeInfo(int pageblockOrder, List<ZoneTypes> zones, String moment, String source) {
    /**
     * One migrate type of a zone.
     *
     * @param freeBlocks index is the order; blocks on the lists of the type
     * @param pageblocks how many pageblocks have the type
     */
    public record TypeOrders(MigrateType type, List<Long> freeBlocks, long pageblocks) {
        public TypeOrders {
            freeBlocks = List.copyOf(freeBlocks);
        }
    }

    /**
     * One zone.
     *
     * @param node the memory node, 0 on every board modelled
     * @param zone {@code Normal}, {@code HighMem}
     * @param types each at most once; one that is missing has nothing
     */
    public record ZoneTypes(int node, String zone, List<TypeOrders> types) {
        public ZoneTypes {
            types = List.copyOf(types);
            if (types.stream().map(TypeOrders::type).distinct().count() != types.size()) {
                throw new IllegalArgumentException("types must differ: " + types);
            }
        }

        /** The pageblocks of {@code type}. */
        public long pageblocks(MigrateType type) {
            return types.stream()
                    .filter(of -> of.type() == type)
                    .mapToLong(TypeOrders::pageblocks)
                    .sum();
        }

        /** The free blocks of exactly {@code order} on the lists of {@code type}. */
        public long freeBlocks(MigrateType type, int order) {
            return types.stream()
                    .filter(of -> of.type() == type && order < of.freeBlocks().size())
                    .mapToLong(of -> of.freeBlocks().get(order))
                    .sum();
        }

        /** How many orders are counted. */
        public int orders() {
            return types.stream().mapToInt(of -> of.freeBlocks().size()).max().orElse(0);
        }
    }

    public PageTypeInfo {
        zones = List.copyOf(zones);
    }

    /** The same without the types. */
    public FragmentationSnapshot snapshot() {
        List<FragmentationSnapshot.ZoneOrders> all = new ArrayList<>();
        for (ZoneTypes zone : zones) {
            List<Long> blocks = new ArrayList<>();
            for (int order = 0; order < zone.orders(); order++) {
                long sum = 0;
                for (TypeOrders type : zone.types()) {
                    sum += zone.freeBlocks(type.type(), order);
                }
                blocks.add(sum);
            }
            all.add(new FragmentationSnapshot.ZoneOrders(zone.node(), zone.zone(), blocks));
        }
        return new FragmentationSnapshot(all, moment, source);
    }

    /**
     * The text of {@code /proc/pagetypeinfo}. Linux 3.4 has no CMA row; 6.x swaps Reclaimable and Movable, calls the reserve
     * HighAtomic and stops counting at 100000.
     */
    public String text(Era era) {
        List<MigrateType> rows = rows(era);
        StringBuilder text = new StringBuilder();
        text.append(format("Page block order: %d\n", pageblockOrder));
        text.append(format("Pages per block:  %d\n\n", 1L << pageblockOrder));
        text.append(format("%-43s ", "Free pages count per migrate type at order"));
        int orders = zones.stream().mapToInt(ZoneTypes::orders).max().orElse(0);
        for (int order = 0; order < orders; order++) {
            text.append(format("%6d ", order));
        }
        text.append('\n');
        for (ZoneTypes zone : zones) {
            for (MigrateType type : rows) {
                text.append(format("Node %4d, zone %8s, type %12s ", zone.node(), zone.zone(), type.text(era)));
                for (int order = 0; order < orders; order++) {
                    text.append(count(zone.freeBlocks(type, order), era));
                }
                text.append('\n');
            }
        }
        text.append('\n').append(format("%-23s", "Number of blocks type "));
        rows.forEach(type -> text.append(format("%12s ", type.text(era))));
        text.append('\n');
        for (ZoneTypes zone : zones) {
            text.append(format("Node %d, zone %8s ", zone.node(), zone.zone()));
            rows.forEach(type -> text.append(format("%12d ", zone.pageblocks(type))));
            text.append('\n');
        }
        return text.toString();
    }

    private static String count(long blocks, Era era) {
        return era.atLeast(Era.V6_1) && blocks >= 100_000 ? ">100000 " : format("%6d ", blocks);
    }

    private static List<MigrateType> rows(Era era) {
        if (era.atLeast(Era.V6_1)) {
            return List.of(
                    MigrateType.UNMOVABLE,
                    MigrateType.MOVABLE,
                    MigrateType.RECLAIMABLE,
                    MigrateType.RESERVE,
                    MigrateType.CMA,
                    MigrateType.ISOLATE);
        }
        return era == Era.V3_4
                ? List.of(
                        MigrateType.UNMOVABLE,
                        MigrateType.RECLAIMABLE,
                        MigrateType.MOVABLE,
                        MigrateType.RESERVE,
                        MigrateType.ISOLATE)
                : List.of(MigrateType.values());
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    /** The text of {@code /proc/pagetypeinfo} of Linux 3.14, with a row for each type. */
    @Override
    public String toString() {
        return text(Era.V3_14);
    }
}
