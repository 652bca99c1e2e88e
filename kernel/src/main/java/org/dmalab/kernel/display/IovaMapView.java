package org.dmalab.kernel.display;

import java.util.Map;
import org.dmalab.engine.dma.IovaMap;

/** An IOVA map in its three forms: interactive, painted, and as text. */
final class IovaMapView {
    private IovaMapView() {}

    static MimeBundle render(IovaMap map) {
        IovaSummary summary = new IovaSummary(map);
        IovaFold fold = new IovaFold(summary, IovaMapPainter.PIXELS);
        Map<String, Object> interactive = Map.of(MimeBundle.VEGA_LITE, IovaMapSpec.of(summary, fold));
        return Png.chart(() -> IovaMapPainter.paint(summary, fold), interactive, IovaMapText.of(summary));
    }
}
