package org.dmalab.engine.experiment;

import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.Bytes;

/**
 * What each operation on a DMA buffer costs in simulated time, one row per attribute set, one column per operation.
 *
 * @param title what was measured
 * @param bytes the buffer's size
 * @param operations column headings: {@code alloc}, {@code mmap}, {@code CPU read}, ...
 * @param rows one per attribute set and policy
 * @param source board, era, price table and its sources: printed under every picture
 */
public record LatencyTable(String title, long bytes, List<String> operations, List<Row> rows, String source) {
    /**
     * The part of an operation's time that one cause took.
     *
     * @param cause {@code zero pages}, {@code cache clean}, {@code table write}, ...
     * @param nanos simulated time
     */
    public record Part(String cause, double nanos) {}

    /**
     * One cell.
     *
     * @param nanos simulated time of the operation; NaN where it does not apply
     * @param parts the same time by cause, largest first
     * @param why why it does not apply, or empty
     */
    public record Cell(double nanos, List<Part> parts, String why) {}

    /**
     * One attribute set.
     *
     * @param attributes {@code coherent}, {@code WRITE_COMBINE}, {@code NON_CONSISTENT (June 2011 policy)}
     * @param cells one per operation
     * @param note what the attribute did here, or why it did nothing
     */
    public record Row(String attributes, List<Cell> cells, String note) {}

    public LatencyTable {
        operations = List.copyOf(operations);
        rows = List.copyOf(rows);
    }

    /** {@code nanos} as people write it: {@code 812 ns}, {@code 4.1 µs}, {@code 24 ms}; {@code -} for NaN. */
    public static String time(double nanos) {
        if (Double.isNaN(nanos)) {
            return "-";
        }
        String[] units = {"ns", "µs", "ms", "s"};
        int unit = 0;
        double value = nanos;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        boolean whole = value >= 99.5 || value == Math.rint(value);
        String digits = whole ? "%.0f" : value >= 9.95 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, digits, value) + " " + units[unit];
    }

    @Override
    public String toString() {
        return title + ": " + rows.size() + " attribute sets x " + operations.size() + " operations, "
                + Bytes.text(bytes);
    }
}
