package org.dmalab.engine.experiment;

import java.util.List;

/**
 * A typed column table: what an experiment yields and what every table picture is drawn from.
 *
 * @param title what the rows are
 * @param columns of equal length
 */
public record Columns(String title, List<Column> columns) {
    /** One named column. */
    public sealed interface Column {
        /** The heading, with its unit where it has one. */
        String name();

        /** How many cells. */
        int size();
    }

    /** Text. */
    public record Text(String name, List<String> values) implements Column {
        public Text {
            values = List.copyOf(values);
        }

        @Override
        public int size() {
            return values.size();
        }
    }

    /** Whole numbers. */
    public static final class Longs implements Column {
        private final String name;
        private final long[] values;
        private final boolean addresses;

        private Longs(String name, long[] values, boolean addresses) {
            this.name = name;
            this.values = values.clone();
            this.addresses = addresses;
        }

        /** Counts and sizes. */
        public static Longs of(String name, long... values) {
            return new Longs(name, values, false);
        }

        /** Addresses: unsigned, shown in hex. */
        public static Longs addresses(String name, long... values) {
            return new Longs(name, values, true);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int size() {
            return values.length;
        }

        /** The cell of {@code row}. */
        public long at(int row) {
            return values[row];
        }

        /** Whether the numbers are addresses. */
        public boolean isAddresses() {
            return addresses;
        }
    }

    /** Measured numbers; {@code NaN} is a missing cell. */
    public static final class Doubles implements Column {
        private final String name;
        private final double[] values;

        private Doubles(String name, double[] values) {
            this.name = name;
            this.values = values.clone();
        }

        /** A column of {@code values}. */
        public static Doubles of(String name, double... values) {
            return new Doubles(name, values);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int size() {
            return values.length;
        }

        /** The cell of {@code row}. */
        public double at(int row) {
            return values[row];
        }
    }

    public Columns {
        columns = List.copyOf(columns);
        for (Column column : columns) {
            if (column.size() != columns.get(0).size()) {
                throw new IllegalArgumentException(
                        "columns must have equal length: " + columns.get(0).name() + " has "
                                + columns.get(0).size() + ", " + column.name() + " has " + column.size());
            }
        }
    }

    /** How many rows. */
    public int rows() {
        return columns.isEmpty() ? 0 : columns.get(0).size();
    }

    @Override
    public String toString() {
        return title + ": " + rows() + " rows of "
                + columns.stream().map(Column::name).toList();
    }
}
