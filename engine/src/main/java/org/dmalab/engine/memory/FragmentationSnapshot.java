package org.dmalab.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;

/**
 * The free memory of every zone by order at one moment, with the two indices Linux computes from it.
 *
 * @param zones from low to high addresses
 * @param moment when, {@code 41.3 µs}
 * @param source the model, board and era, or the file
 */
public record FragmentationSnapshot(List<ZoneOrders> zones, String moment, String source) {
    /**
     * One zone: how many free blocks of each order.
     *
     * @param node the memory node, 0 on every board modelled
     * @param zone {@code Normal}, {@code HighMem}
     * @param freeBlocks index is the order; a block of order n has {@code 2^n} pages
     */
    public record ZoneOrders(int node, String zone, List<Long> freeBlocks) {
        public ZoneOrders {
            freeBlocks = List.copyOf(freeBlocks);
        }

        /** How many orders are counted, 11 for orders 0..10. */
        public int orders() {
            return freeBlocks.size();
        }

        /** Free pages of all orders together. */
        public long freePages() {
            long pages = 0;
            for (int order = 0; order < orders(); order++) {
                pages += freeBlocks.get(order) << order;
            }
            return pages;
        }

        /** Free pages that lie in blocks of exactly {@code order}. */
        public long freePages(int order) {
            return freeBlocks.get(order) << order;
        }

        private long freeBlocksOr0(int order) {
            return order < orders() ? freeBlocks.get(order) : 0;
        }

        /** How many requests of {@code order} could be served at once. */
        public long suitableBlocks(int order) {
            long blocks = 0;
            for (int k = order; k < orders(); k++) {
                blocks += freeBlocks.get(k) << (k - order);
            }
            return blocks;
        }

        /**
         * {@code extfrag_index} in thousandths: -1000 if a request of {@code order} would succeed; else near 0 if
         * it fails for lack of memory, near 1000 if for fragmentation ({@code mm/vmstat.c}).
         */
        public int fragmentationIndex(int order) {
            long blocks = freeBlocks.stream().mapToLong(Long::longValue).sum();
            if (blocks == 0) {
                return 0;
            }
            if (suitableBlocks(order) > 0) {
                return -1000;
            }
            return (int) (1000 - (1000 + 1000 * freePages() / (1L << order)) / blocks);
        }

        /**
         * {@code unusable_index} in thousandths: which part of the free memory a request of {@code order} cannot use
         * ({@code mm/vmstat.c}).
         */
        public int unusableIndex(int order) {
            long free = freePages();
            return free == 0 ? 1000 : (int) ((free - (suitableBlocks(order) << order)) * 1000 / free);
        }

        /** The line of {@code extfrag/extfrag_index}: 6.x leaves a column for the sign. */
        String extfragIndex(Era era) {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "Node %d, zone %8s ", node, zone));
            for (int order = 0; order < orders(); order++) {
                line.append(thousandths(fragmentationIndex(order), era.atLeast(Era.V6_1) ? "%2d.%03d " : "%d.%03d "));
            }
            return line.toString();
        }

        /** The line of {@code extfrag/unusable_index}. */
        String unusableIndexLine() {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "Node %d, zone %8s ", node, zone));
            for (int order = 0; order < orders(); order++) {
                line.append(thousandths(unusableIndex(order), "%d.%03d "));
            }
            return line.toString();
        }

        /** The kernel prints quotient and remainder, both of which keep the sign: -500 is {@code 0.-500}. */
        private static String thousandths(int index, String format) {
            return String.format(Locale.ROOT, format, index / 1000, index % 1000);
        }

        /** The line of {@code /proc/buddyinfo}. */
        public String buddyinfo() {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "Node %d, zone %8s ", node, zone));
            freeBlocks.forEach(blocks -> line.append(String.format(Locale.ROOT, "%6d ", blocks)));
            return line.toString();
        }
    }

    public FragmentationSnapshot {
        zones = List.copyOf(zones);
    }

    /** Free pages of all zones. */
    public long freePages() {
        return zones.stream().mapToLong(ZoneOrders::freePages).sum();
    }

    /** The text of {@code /proc/buddyinfo}, a line per zone. */
    public String buddyinfo() {
        StringBuilder text = new StringBuilder();
        zones.forEach(zone -> text.append(zone.buddyinfo()).append('\n'));
        return text.toString();
    }

    /** The text of debugfs' {@code extfrag/extfrag_index}, a line per zone. */
    public String extfragIndex(Era era) {
        StringBuilder text = new StringBuilder();
        zones.forEach(zone -> text.append(zone.extfragIndex(era)).append('\n'));
        return text.toString();
    }

    /** The text of debugfs' {@code extfrag/unusable_index}, a line per zone. */
    public String unusableIndex() {
        StringBuilder text = new StringBuilder();
        zones.forEach(zone -> text.append(zone.unusableIndexLine()).append('\n'));
        return text.toString();
    }

    /** What changed since {@code before}, by zone and order; a zone that only one of the two knows is left out. */
    public FragmentationChange since(FragmentationSnapshot before) {
        List<FragmentationChange.ZoneChange> changes = new ArrayList<>();
        for (ZoneOrders now : zones) {
            for (ZoneOrders then : before.zones()) {
                if (now.node() == then.node() && now.zone().equals(then.zone())) {
                    List<Long> blocks = new ArrayList<>();
                    for (int order = 0; order < Math.max(now.orders(), then.orders()); order++) {
                        blocks.add(now.freeBlocksOr0(order) - then.freeBlocksOr0(order));
                    }
                    changes.add(new FragmentationChange.ZoneChange(now.node(), now.zone(), blocks));
                }
            }
        }
        return new FragmentationChange(changes, before.moment(), moment);
    }

    /** {@code 1 GiB free at 41.3 µs: Normal 744 MiB, HighMem 264 MiB}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(Bytes.text(freePages() * PageSize.PAGE_BYTES) + " free at " + moment);
        String separator = ": ";
        for (ZoneOrders zone : zones) {
            text.append(separator)
                    .append(zone.zone())
                    .append(' ')
                    .append(Bytes.text(zone.freePages() * PageSize.PAGE_BYTES));
            separator = ", ";
        }
        return text.toString();
    }
}
