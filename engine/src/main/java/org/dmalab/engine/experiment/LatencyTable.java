package org.dmalab.engine.experiment;

import java.util.List;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.Durations;

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
        return Durations.text(nanos);
    }

    @Override
    public String toString() {
        return title + ": " + rows.size() + " attribute sets x " + operations.size() + " operations, "
                + Bytes.text(bytes);
    }
}
