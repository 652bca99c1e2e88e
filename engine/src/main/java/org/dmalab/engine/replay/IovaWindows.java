package org.dmalab.engine.replay;

import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Era;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.iova.BitmapIovaDomain;
import org.dmalab.engine.iova.BitmapIovaDomain.Granularity;
import org.dmalab.engine.trace.TraceSink;

/** The windows of DMA addresses that recordings are made in. */
final class IovaWindows {
    private static final long PAGE_OF_BITS = PageSize.PAGE_BYTES * Byte.SIZE;

    private IovaWindows() {}

    /** The window that the current line of {@code run} describes. */
    static BitmapIovaDomain create(ReplayRun run, Era era, long base, long bytes, int order, int alignmentCap) {
        try {
            Granularity granularity = new Granularity(order, alignmentCap);
            return BitmapIovaDomain.create(era, new DmaAddr(base), bytes, granularity, TraceSink.NONE)
                    .<BitmapIovaDomain>fold(window -> window, reason -> {
                        throw run.garbled("the model makes no such window, " + reason.message());
                    });
        } catch (RecordingException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw run.garbled(e);
        }
    }

    /** The bits of one bitmap; from Linux 3.15 on at most a page of them. */
    static long bitsPerBitmap(Era era, BitmapIovaDomain window) {
        long granules = window.window().bytes() / window.granuleBytes();
        return era.atLeast(Era.V6_1) ? Math.min(granules, PAGE_OF_BITS) : granules;
    }

    /** How many bitmaps there can be ({@code extensions}). */
    static long mostBitmaps(Era era, BitmapIovaDomain window) {
        return window.window().bytes() / window.granuleBytes() / bitsPerBitmap(era, window);
    }
}
