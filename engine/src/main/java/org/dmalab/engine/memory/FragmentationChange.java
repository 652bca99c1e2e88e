package org.dmalab.engine.memory;

import java.util.List;
import java.util.stream.Collectors;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PageSize;

/**
 * What became of the free memory between two moments.
 *
 * @param zones those that both moments know, from low to high
 * @param before the earlier moment
 * @param after the later moment
 */
public record FragmentationChange(List<ZoneChange> zones, String before, String after) {
    /**
     * One zone.
     *
     * @param freeBlocks index is the order; how many more blocks of it are free, negative for fewer
     */
    public record ZoneChange(int node, String zone, List<Long> freeBlocks) {
        public ZoneChange {
            freeBlocks = List.copyOf(freeBlocks);
        }

        /** How many more pages are free. */
        public long freePages() {
            long pages = 0;
            for (int order = 0; order < freeBlocks.size(); order++) {
                pages += freeBlocks.get(order) << order;
            }
            return pages;
        }

        /** {@code Normal -12 MiB [order 0: +31] [order 10: -4]}. */
        @Override
        public String toString() {
            long bytes = freePages() * PageSize.PAGE_BYTES;
            StringBuilder text = new StringBuilder(zone)
                    .append(' ')
                    .append(bytes < 0 ? "-" : "+")
                    .append(Bytes.text(Math.abs(bytes)));
            for (int order = 0; order < freeBlocks.size(); order++) {
                long blocks = freeBlocks.get(order);
                if (blocks != 0) {
                    text.append(" [order ")
                            .append(order)
                            .append(": ")
                            .append(blocks > 0 ? "+" : "")
                            .append(blocks);
                    text.append(']');
                }
            }
            return text.toString();
        }
    }

    public FragmentationChange {
        zones = List.copyOf(zones);
    }

    /** {@code from 0 ns to 41.3 µs: Normal -12 MiB [order 10: -3]; HighMem +0 B}. */
    @Override
    public String toString() {
        return "from " + before + " to " + after + ": "
                + zones.stream().map(ZoneChange::toString).collect(Collectors.joining("; "));
    }
}
