package org.dmalab.kernel.display;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.experiment.Columns.Column;
import org.dmalab.kernel.display.Canvas.Face;
import org.dmalab.kernel.display.LineChart.Series;
import org.dmalab.kernel.display.Scale.Form;

/**
 * Charts of column tables. The table's title is the finding, the columns' names are the axes' titles; an axis is
 * logarithmic if its values are positive and span more than three decades, and says so.
 */
public final class Charts {
    /** Series that one chart holds. */
    static final int MAX_SERIES = 6;

    private static final double MAX_UNIT = 120;
    private static final String KEY_HAS_UNITS = "each in the unit that the key names";

    private Charts() {}

    /**
     * A bar per row, named by {@code label}; with several columns of values, a group per row.
     *
     * @throws IllegalArgumentException if there is no such column, or one of the values is text
     */
    public static Picture bars(Columns columns, String label, String... values) {
        return picture(barsCard(columns), barsBody(columns, label, values), columns);
    }

    /** The painted bars. */
    static Canvas barsCanvas(Columns columns, String label, String... values) {
        return barsCard(columns).paint(barsBody(columns, label, values));
    }

    private static Card barsCard(Columns columns) {
        int more = columns.rows() - BarChart.MAX_ROWS;
        String context = more > 0 ? "the first " + BarChart.MAX_ROWS + " of " + columns.rows() + " rows" : "";
        return new Card(columns.title(), context, "");
    }

    private static BarChart barsBody(Columns columns, String label, String... values) {
        Column names = column(columns, label);
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < Math.min(columns.rows(), BarChart.MAX_ROWS); row++) {
            boolean bytes = names instanceof Columns.Longs longs
                    && !longs.isAddresses()
                    && Scale.isBytes(label)
                    && longs.at(row) >= 0;
            String text = Tables.cell(names, row);
            texts.add(bytes ? Bytes.text(Long.parseLong(text)) : SafeText.line(text, 80));
        }
        List<BarChart.Bars> bars = new ArrayList<>();
        for (String value : checked(values)) {
            double[] all = numbers(columns, value);
            bars.add(new BarChart.Bars(SafeText.line(value, 80), Arrays.copyOf(all, texts.size())));
        }
        return new BarChart(SafeText.line(label, 80), title(values), texts, bars);
    }

    /**
     * A line per column of {@code ys} over {@code x}, in the order of the rows. A missing value breaks the line.
     *
     * @throws IllegalArgumentException if there is no such column, or one of them is text
     */
    public static Picture lines(Columns columns, String x, String... ys) {
        return picture(linesCard(columns), linesBody(columns, x, ys), columns);
    }

    /** The painted lines. */
    static Canvas linesCanvas(Columns columns, String x, String... ys) {
        return linesCard(columns).paint(linesBody(columns, x, ys));
    }

    private static Card linesCard(Columns columns) {
        return new Card(columns.title(), "", "");
    }

    private static LineChart linesBody(Columns columns, String x, String... ys) {
        double[] places = numbers(columns, x);
        List<Series> series = new ArrayList<>();
        for (String y : checked(ys)) {
            series.add(new Series(SafeText.line(y, 80), places, numbers(columns, y)));
        }
        boolean addresses = column(columns, x) instanceof Columns.Longs longs && longs.isAddresses();
        Form form = addresses ? Form.ADDRESSES : Scale.isBytes(x) ? Form.BYTES : Form.NUMBERS;
        return new LineChart(SafeText.line(x, 80), form, title(ys), series);
    }

    /**
     * The share of samples that are at most so large, with the median, the 95th and the 99th percentile marked.
     *
     * @param unit of the samples, the title of the axis
     */
    public static Picture cdf(String title, String unit, double... samples) {
        double[] sorted = sorted(samples);
        Columns numbers = new Columns(
                title,
                List.of(
                        new Columns.Text("share of samples", List.of("50 %", "95 %", "99 %", "100 %")),
                        Columns.Doubles.of(
                                "at most (" + unit + ")",
                                percentile(sorted, 0.5),
                                percentile(sorted, 0.95),
                                percentile(sorted, 0.99),
                                percentile(sorted, 1))));
        return picture(cdfCard(title, samples.length, sorted), cdfBody(unit, sorted), numbers);
    }

    /** The painted distribution. */
    static Canvas cdfCanvas(String title, String unit, double... samples) {
        double[] sorted = sorted(samples);
        return cdfCard(title, samples.length, sorted).paint(cdfBody(unit, sorted));
    }

    private static Card cdfCard(String title, int samples, double[] sorted) {
        int missing = samples - sorted.length;
        String context = (sorted.length == 1 ? "1 sample" : sorted.length + " samples")
                + (missing > 0 ? ", " + missing + " missing" : "");
        return new Card(title, context + " · how many are at most so large", "");
    }

    private static LineChart cdfBody(String unit, double[] sorted) {
        double[] x = new double[2 * sorted.length];
        double[] y = new double[2 * sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            x[2 * i] = sorted[i];
            x[2 * i + 1] = sorted[i];
            y[2 * i] = 100.0 * i / sorted.length;
            y[2 * i + 1] = 100.0 * (i + 1) / sorted.length;
        }
        List<LineChart.Point> points = new ArrayList<>();
        if (sorted.length > 0) {
            for (int percent : new int[] {50, 95, 99}) {
                double at = percentile(sorted, percent / 100.0);
                points.add(new LineChart.Point(percent + " %: " + measured(at, unit), at, percent));
            }
        }
        return new LineChart(
                SafeText.line(unit, 80),
                Scale.isBytes(unit) ? Form.BYTES : Form.NUMBERS,
                "share of samples, %",
                List.of(new Series("", x, y)),
                points,
                new Scale(0, 100, false, Form.NUMBERS));
    }

    /** A sample with its unit. */
    private static String measured(double value, String unit) {
        return Scale.isBytes(unit)
                ? Bytes.text(Math.round(value))
                : (Tables.number(value) + " " + Canvas.fit(unit(unit), Face.STRONG, MAX_UNIT)).strip();
    }

    private static double[] sorted(double[] samples) {
        return DoubleStream.of(samples).filter(Scale::isShown).sorted().toArray();
    }

    /** The smallest sample that at least {@code share} of them do not exceed; NaN if there is none. */
    static double percentile(double[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length - 1e-9);
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, rank - 1)];
    }

    private static Picture picture(Card card, Card.Body body, Columns columns) {
        String table = Tables.render(columns).plainText();
        String title = SafeText.line(columns.title(), Grid.TITLE);
        String rows = table.startsWith(title) ? table.substring(title.length()).strip() : table;
        String text = card.title() + "\n" + (card.subtitle().isEmpty() ? "" : card.subtitle() + "\n") + rows;
        return new Picture(Png.chart(() -> card.paint(body), Map.of(), text));
    }

    /**
     * The one column's name; of several their unit if it is the same, else all units. Sizes beside something else cannot be
     * written in binary units: then the key has the units, in the columns' names.
     */
    private static String title(String... names) {
        if (names.length == 1) {
            return SafeText.line(names[0], 80);
        }
        List<String> units = Arrays.stream(names).map(Charts::unit).distinct().toList();
        boolean some = Arrays.stream(names).anyMatch(Scale::isBytes);
        boolean all = Arrays.stream(names).allMatch(Scale::isBytes);
        return units.size() > 1 && some && !all ? KEY_HAS_UNITS : String.join(" · ", units);
    }

    /** {@code µs} of {@code map, µs}, {@code map (µs)} and {@code µs}. */
    private static String unit(String name) {
        String clean = SafeText.line(name, 80);
        int comma = clean.lastIndexOf(", ");
        int bracket = clean.lastIndexOf('(');
        if (bracket >= 0 && clean.endsWith(")")) {
            return clean.substring(bracket + 1, clean.length() - 1);
        }
        return comma >= 0 ? clean.substring(comma + 2) : clean;
    }

    private static String[] checked(String... values) {
        if (values.length == 0 || values.length > MAX_SERIES) {
            throw new IllegalArgumentException(
                    "a chart must have 1.." + MAX_SERIES + " columns of values: " + values.length);
        }
        return values;
    }

    private static Column column(Columns columns, String name) {
        return columns.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("column must be one of "
                        + SafeText.line(
                                columns.columns().stream()
                                        .map(Column::name)
                                        .toList()
                                        .toString(),
                                200)
                        + ": " + SafeText.line(name, 60)));
    }

    private static double[] numbers(Columns columns, String name) {
        Column column = column(columns, name);
        double[] numbers = new double[column.size()];
        for (int row = 0; row < numbers.length; row++) {
            if (column instanceof Columns.Longs longs) {
                long value = longs.at(row);
                numbers[row] = longs.isAddresses() && value < 0 ? (value >>> 1) * 2.0 : value;
            } else if (column instanceof Columns.Doubles doubles) {
                numbers[row] = doubles.at(row);
            } else {
                throw new IllegalArgumentException("column must hold numbers: " + SafeText.line(name, 60));
            }
        }
        return numbers;
    }
}
