package org.dmalab.kernel.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.engine.Soc;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cost.Price;
import org.dmalab.engine.dma.DmaDevice;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaSpace;
import org.dmalab.engine.dma.ScatterMap;
import org.dmalab.engine.dma.SgMapping;
import org.dmalab.engine.experiment.AttributeLatency;
import org.dmalab.engine.experiment.Churn;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.experiment.ScatteredPages;
import org.dmalab.engine.iova.IovaPolicy;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.SgTable;
import org.dmalab.kernel.display.BreakdownView;
import org.dmalab.kernel.display.Charts;
import org.dmalab.kernel.display.Check;
import org.dmalab.kernel.display.Frontend;
import org.dmalab.kernel.display.MimeBundle;
import org.dmalab.kernel.display.Picture;
import org.dmalab.kernel.display.Renderers;
import org.dmalab.kernel.display.Tables;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/** The helpers imported into every notebook. */
public final class Lab {
    private Lab() {}

    /**
     * Shows {@code value} below the running cell, in the form it would have as the cell's result.
     *
     * @throws IllegalStateException if no notebook is attached
     */
    public static void display(@Nullable Object value) {
        frontend("display").display(Renderers.render(value), null);
    }

    /**
     * Like {@link #display(Object)}, under a name by which {@link #updateDisplay} finds it again.
     *
     * @throws IllegalStateException if no notebook is attached
     */
    public static void display(@Nullable Object value, String id) {
        frontend("display").display(Renderers.render(value), checked(id));
    }

    /**
     * Replaces what was displayed under {@code id}, in whichever cell that was.
     *
     * @throws IllegalStateException if no notebook is attached
     */
    public static void updateDisplay(@Nullable Object value, String id) {
        frontend("updateDisplay").update(Renderers.render(value), checked(id));
    }

    /**
     * Clears the running cell's outputs; with {@code wait} only when the next one arrives, which does not flicker.
     *
     * @throws IllegalStateException if no notebook is attached
     */
    public static void clearOutput(boolean wait) {
        frontend("clearOutput").clearOutput(wait);
    }

    /** The DMA addresses of {@code device} now: what is mapped, by whom, and the holes between. */
    public static IovaMap iovaMap(DmaDevice device) {
        return device.iovaMap();
    }

    /**
     * A list of {@code pages} single pages of {@code soc}, no two of them neighbours in memory, as a program's buffer is after
     * some uptime.
     *
     * @param seed decides which pages, and their order
     */
    public static SgTable scatter(Soc soc, int pages, long seed) {
        return ScatteredPages.of(soc, pages, seed);
    }

    /** The entries of {@code mapping}, made on {@code soc}, beside the segments that the device is given. */
    public static ScatterMap scatterMap(Soc soc, SgMapping mapping) {
        return new ScatterMap(mapping, soc.clock().toString(), soc.source());
    }

    /** Who holds what in {@code space} now, and the holes between. */
    public static IovaMap iovaMap(IovaSpace space) {
        return space.map();
    }

    /** The last {@code bytes} of DMA addresses below 4 GiB, where Linux 3.14 remembers the range placed last. */
    public static AddrRange<DmaAddr> iovaWindow(long bytes) {
        if (bytes <= 0 || bytes > Bytes.gib(4)) {
            throw new IllegalArgumentException("bytes must be 1..4 GiB: " + bytes);
        }
        return new AddrRange<>(new DmaAddr(Bytes.gib(4) - bytes), bytes);
    }

    /** {@code bytes} of DMA addresses without a board, handed out as {@code policy} does. */
    public static IovaSpace iova(long bytes, IovaPolicy policy) {
        return new IovaSpace(iovaWindow(bytes), policy);
    }

    /** Buffers that come and go in {@code bytes} of DMA addresses; {@code over} runs it. */
    public static Churn churn(long bytes) {
        return Churn.of(iovaWindow(bytes));
    }

    /** Maps of the same addresses one below the other, at most eight. */
    public static Picture compare(IovaMap... maps) {
        return new Picture(Renderers.compare(List.of(maps)));
    }

    /** Like {@link #compare(IovaMap...)}, with the conclusion as its title. */
    public static Picture compare(String finding, IovaMap... maps) {
        return new Picture(Renderers.compare(finding, List.of(maps)));
    }

    /** The free memory of {@code soc} now, by zone and order. */
    public static FragmentationSnapshot fragmentation(Soc soc) {
        return soc.fragmentation();
    }

    /**
     * What each attribute costs for a buffer of {@code bytes} that {@code device} allocates and {@code importer} maps, on
     * fresh machines like {@code soc}.
     */
    public static LatencyTable latencyTable(Soc soc, DmaDevice device, DmaDevice importer, long bytes) {
        return AttributeLatency.measure(soc, device, importer, bytes);
    }

    /** What each thing costs on the board of {@code soc}, and where the figure is from. */
    public static Columns prices(Soc soc) {
        CostModel model = soc.board().prices();
        List<Price> prices = List.of(Price.values());
        return new Columns(
                "prices of " + model,
                List.of(
                        new Columns.Text(
                                "what", prices.stream().map(Price::text).toList()),
                        Columns.Doubles.of(
                                "ns",
                                prices.stream()
                                        .mapToDouble(price -> model.of(price).nanos())
                                        .toArray()),
                        new Columns.Text(
                                "source",
                                prices.stream()
                                        .map(price -> model.of(price).source())
                                        .toList())));
    }

    /** {@code columns} as a Tablesaw table: filter, sort and join it as the Tablesaw manual says. */
    public static Table table(Columns columns) {
        return Tables.tablesaw(columns);
    }

    /** Where the time of {@code operation} goes, for each attribute set of {@code table}. */
    public static Picture breakdown(LatencyTable table, String operation) {
        return BreakdownView.of(table, operation);
    }

    /** Two moments of the same memory side by side. */
    public static Picture compare(FragmentationSnapshot before, FragmentationSnapshot after) {
        return new Picture(Renderers.render(List.of(before, after)));
    }

    /**
     * A bar for each row of {@code columns}, named by the column {@code label}; with several columns of values, a group
     * of bars. The table's title is the picture's.
     *
     * @throws IllegalArgumentException if there is no such column, or one of the values is text
     */
    public static Picture bars(Columns columns, String label, String... values) {
        return Charts.bars(columns, label, values);
    }

    /**
     * A line for each of the columns {@code ys} over the column {@code x}, joined in the order of the rows. The table's
     * title is the picture's.
     *
     * @throws IllegalArgumentException if there is no such column, or one of them is text
     */
    public static Picture lines(Columns columns, String x, String... ys) {
        return Charts.lines(columns, x, ys);
    }

    /** The share of {@code samples} that are at most so large; {@code unit} is what they are measured in. */
    public static Picture cdf(String title, String unit, double... samples) {
        return Charts.cdf(title, unit, samples);
    }

    /** An exercise: {@code what} is asked for, and whether it is so. Never throws, so that the next cells run. */
    public static Check check(String what, boolean passed) {
        return new Check(what, passed, "");
    }

    /** Like {@link #check(String, boolean)}, with what to try while it is not so. */
    public static Check check(String what, boolean passed, String hint) {
        return new Check(what, passed, hint);
    }

    /** Several exercises below one another, and how many are solved. */
    public static Picture checkAll(Check... checks) {
        return Check.all(List.of(checks));
    }

    /** {@code source} as HTML; the caller answers for what is in it. */
    public static Picture html(String source) {
        return text(MimeBundle.HTML, source);
    }

    /** {@code source} as Markdown. */
    public static Picture markdown(String source) {
        return text(MimeBundle.MARKDOWN, source);
    }

    private static Picture text(String type, String source) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(type, source);
        data.put(MimeBundle.TEXT, source);
        return new Picture(new MimeBundle(data, Map.of()));
    }

    private static String checked(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("display id must not be empty");
        }
        return id;
    }

    private static Frontend frontend(String asked) {
        Frontend frontend = Frontend.CURRENT.get();
        if (frontend == null) {
            throw new IllegalStateException(asked
                    + " needs a notebook and none is attached: run the cell in the DMA Lab kernel or with ./lab run,"
                    + " or call Frontend.CURRENT.set(...) first");
        }
        return frontend;
    }
}
