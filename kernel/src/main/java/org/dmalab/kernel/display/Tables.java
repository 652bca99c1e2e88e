package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dmalab.engine.base.Addresses;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.kernel.display.Grid.Header;
import org.dmalab.kernel.display.Grid.Kind;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Column tables: the engine's and Tablesaw's. */
public final class Tables {
    private Tables() {}

    /** {@code columns} as a Tablesaw table; addresses stay numbers and print in hex. */
    public static Table tablesaw(Columns columns) {
        Table table = Table.create(columns.title());
        for (Columns.Column column : columns.columns()) {
            table.addColumns(tablesaw(column));
        }
        return table;
    }

    private static Column<?> tablesaw(Columns.Column column) {
        if (column instanceof Columns.Longs longs) {
            LongColumn copy = LongColumn.create(longs.name(), longs.size());
            for (int row = 0; row < longs.size(); row++) {
                copy.set(row, longs.at(row));
            }
            if (longs.isAddresses()) {
                copy.setPrintFormatter(new HexFormatter());
            }
            return copy;
        }
        if (column instanceof Columns.Doubles doubles) {
            DoubleColumn copy = DoubleColumn.create(doubles.name(), doubles.size());
            for (int row = 0; row < doubles.size(); row++) {
                copy.set(row, doubles.at(row));
            }
            return copy;
        }
        return StringColumn.create(column.name(), ((Columns.Text) column).values());
    }

    static MimeBundle render(Columns columns) {
        List<Header> headers = new ArrayList<>();
        for (Columns.Column column : columns.columns()) {
            headers.add(new Header(column.name(), kind(column)));
        }
        List<List<String>> rows = new ArrayList<>();
        for (int row = 0; row < Math.min(columns.rows(), Grid.ROWS); row++) {
            List<String> cells = new ArrayList<>();
            for (Columns.Column column : columns.columns()) {
                cells.add(cell(column, row));
            }
            rows.add(cells);
        }
        return new Grid(columns.title(), headers, rows, columns.rows()).bundle();
    }

    static MimeBundle render(Table table) {
        List<Header> headers = new ArrayList<>();
        for (Column<?> column : table.columns()) {
            headers.add(new Header(column.name(), kind(column)));
        }
        List<List<String>> rows = new ArrayList<>();
        for (int row = 0; row < Math.min(table.rowCount(), Grid.ROWS); row++) {
            List<String> cells = new ArrayList<>();
            for (Column<?> column : table.columns()) {
                cells.add(cell(column, row));
            }
            rows.add(cells);
        }
        String name = table.name() == null ? "" : table.name();
        return new Grid(name, headers, rows, table.rowCount()).bundle();
    }

    private static Kind kind(Columns.Column column) {
        if (column instanceof Columns.Longs longs && longs.isAddresses()) {
            return Kind.ADDRESS;
        }
        return column instanceof Columns.Text ? Kind.TEXT : Kind.NUMBER;
    }

    /** One cell as it is shown. */
    static String cell(Columns.Column column, int row) {
        if (column instanceof Columns.Longs longs) {
            return longs.isAddresses() ? Addresses.hex(longs.at(row)) : Long.toString(longs.at(row));
        }
        if (column instanceof Columns.Doubles doubles) {
            return number(doubles.at(row));
        }
        return ((Columns.Text) column).values().get(row);
    }

    private static Kind kind(Column<?> column) {
        if (column instanceof LongColumn
                && !column.isEmpty()
                && column.getString(0).startsWith("0x")) {
            return Kind.ADDRESS;
        }
        return column instanceof NumericColumn ? Kind.NUMBER : Kind.TEXT;
    }

    private static String cell(Column<?> column, int row) {
        if (column instanceof DoubleColumn doubles) {
            return number(doubles.getDouble(row));
        }
        return column.getString(row);
    }

    /** A measured number in at most five significant digits; empty for the NaN of a missing cell. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        double size = Math.abs(value);
        if (size >= 1e-3 && size < 1e7) {
            int decimals = (int) Math.max(1, Math.min(7, 4 - Math.floor(Math.log10(size))));
            String digits = String.format(Locale.ROOT, "%." + decimals + "f", value);
            return digits.replaceAll("(\\.\\d*?)0+$", "$1").replaceAll("\\.$", "");
        }
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /** Prints a column's numbers as addresses. */
    private static final class HexFormatter extends NumberColumnFormatter {
        @Override
        public String format(long value) {
            return Addresses.hex(value);
        }
    }
}
