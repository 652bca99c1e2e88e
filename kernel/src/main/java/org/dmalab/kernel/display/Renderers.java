package org.dmalab.kernel.display;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dmalab.engine.base.Addr;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.Reason;
import org.dmalab.engine.dma.AddressMap;
import org.dmalab.engine.dma.AliasAudit;
import org.dmalab.engine.dma.CopyTimeline;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.dma.IovaSpace;
import org.dmalab.engine.dma.ScatterMap;
import org.dmalab.engine.experiment.Columns;
import org.dmalab.engine.experiment.FragmentationHistory;
import org.dmalab.engine.experiment.LatencyTable;
import org.dmalab.engine.iommu.IoTlbView;
import org.dmalab.engine.memory.FragmentationSnapshot;
import org.dmalab.engine.memory.PageMap;
import org.dmalab.engine.memory.PageTypeInfo;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** Chooses the form of a value by its type. */
public final class Renderers {
    private static final RendererRegistry REGISTRY = builtIn();

    private Renderers() {}

    /** {@code value} as a front end may show it; never fails, never empty. */
    public static MimeBundle render(@Nullable Object value) {
        if (value == null) {
            return MimeBundle.text("null");
        }
        try {
            Optional<Function<Object, MimeBundle>> renderer = REGISTRY.find(value.getClass());
            if (renderer.isPresent()) {
                MimeBundle bundle = renderer.get().apply(value);
                return bundle == null ? failed(value, "its renderer returned null") : bundle;
            }
            if (value.getClass().isArray()) {
                return array(value);
            }
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError thrown) {
            return failed(value, thrown.getClass().getName() + ": " + SafeText.message(thrown));
        }
        return MimeBundle.text(SafeText.of(value));
    }

    /** From now on {@code renderer} shows values of {@code type} and of its subtypes that have none of their own. */
    public static <T> void register(Class<T> type, Function<? super T, MimeBundle> renderer) {
        REGISTRY.register(type, renderer);
    }

    /**
     * Maps of the same addresses one below the other, titled by their largest holes.
     *
     * @throws IllegalArgumentException if there are not 1..8 maps, or they are of different windows
     */
    public static MimeBundle compare(List<IovaMap> maps) {
        IovaComparisonView.check(maps);
        return IovaComparisonView.render(IovaComparisonView.finding(maps), maps);
    }

    /** Like {@link #compare(List)}, with a title of one's own. */
    public static MimeBundle compare(String finding, List<IovaMap> maps) {
        return IovaComparisonView.render(finding, maps);
    }

    /** Whether the value, though a record, is shown as its one line everywhere. */
    static boolean isOneLine(Object value) {
        return value instanceof Addr || value instanceof AddrRange || value instanceof BusMaster;
    }

    private static MimeBundle failed(Object value, String why) {
        return MimeBundle.text(SafeText.of(value) + "\n(no rich form: " + why + ")");
    }

    private static RendererRegistry builtIn() {
        RendererRegistry registry = new RendererRegistry();
        registry.register(Renderable.class, Renderable::render);
        registry.register(IovaMap.class, IovaMapView::render);
        registry.register(IovaSpace.class, space -> IovaMapView.render(space.map()));
        registry.register(FragmentationHistory.class, FragmentationHistoryView::render);
        registry.register(FragmentationSnapshot.class, snapshot -> FragmentationView.render(List.of(snapshot)));
        registry.register(PageTypeInfo.class, PageTypesView::render);
        registry.register(PageMap.class, PageMapView::render);
        registry.register(AddressMap.class, AddressMapView::render);
        registry.register(CopyTimeline.class, CopyTimelineView::render);
        registry.register(ScatterMap.class, ScatterView::render);
        registry.register(AliasAudit.class, AliasAuditView::render);
        registry.register(IoTlbView.class, IoTlbTable::render);
        registry.register(LatencyTable.class, LatencyView::render);
        registry.register(Columns.class, Tables::render);
        registry.register(Table.class, Tables::render);
        registry.register(Reason.class, Reasons::render);
        registry.register(Outcome.Failed.class, failed -> Reasons.render((Outcome.Failed<?>) failed));
        registry.register(Outcome.Done.class, done -> render(((Outcome.Done<?>) done).value()));
        registry.register(Addr.class, Renderers::line);
        registry.register(AddrRange.class, Renderers::line);
        registry.register(BusMaster.class, Renderers::line);
        registry.register(Record.class, Values::render);
        registry.register(Map.class, Values::render);
        registry.register(Collection.class, Renderers::collection);
        registry.register(Chart.class, Renderers::chart);
        registry.register(BufferedImage.class, Renderers::image);
        return registry;
    }

    private static MimeBundle line(Object value) {
        return MimeBundle.text(SafeText.of(value));
    }

    private static MimeBundle collection(Collection<?> values) {
        if (values.size() == 2 && values.stream().allMatch(FragmentationSnapshot.class::isInstance)) {
            return FragmentationView.render(
                    values.stream().map(FragmentationSnapshot.class::cast).toList());
        }
        return Values.render(values);
    }

    private static MimeBundle array(Object array) {
        return array instanceof FragmentationSnapshot[] snapshots
                ? collection(Arrays.asList(snapshots))
                : Values.renderArray(array);
    }

    private static MimeBundle chart(Chart<?, ?> chart) {
        String title = chart.getTitle() == null ? "" : chart.getTitle();
        String text = title.isEmpty() ? chart.getClass().getSimpleName() : title;
        return Png.bundle(
                () -> {
                    BufferedImage image = new BufferedImage(
                            chart.getWidth() * Palette.SCALE,
                            chart.getHeight() * Palette.SCALE,
                            BufferedImage.TYPE_INT_RGB);
                    Graphics2D graphics = image.createGraphics();
                    graphics.scale(Palette.SCALE, Palette.SCALE);
                    chart.paint(graphics, chart.getWidth(), chart.getHeight());
                    graphics.dispose();
                    return image;
                },
                Palette.SCALE,
                Map.of(),
                text + " (" + chart.getWidth() + " x " + chart.getHeight() + " chart)");
    }

    private static MimeBundle image(BufferedImage image) {
        return Png.bundle(() -> image, 1, Map.of(), image.getWidth() + " x " + image.getHeight() + " image");
    }
}
