package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.trace.TraceSink;

/**
 * Measures how long devices could use what was already unmapped: from the moment a range leaves the table to the moment its last
 * byte is invalidated in the IO-TLBs. Strict unmapping keeps it at the length of one invalidation; with a flush queue it lasts
 * until the queue flushes.
 */
public final class ExposureMeter implements TraceSink {
    private final LongSupplier nanos;
    private final List<Open> open = new ArrayList<>();
    private double[] windows = new double[64];
    private int closed;

    /** A range that is unmapped, and that an IO-TLB may know. */
    private record Open(int domain, long start, long last, long since) {}

    /** Hears nothing yet; {@code soc.listen(meter)} lets it, and the time is {@code soc.clock()::nanos}. */
    public ExposureMeter(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public void iommuUnmapped(int domain, long iova, long bytes) {
        if (bytes > 0) {
            open.add(new Open(domain, iova, iova + bytes - 1, nanos.getAsLong()));
        }
    }

    @Override
    public void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
        Iterator<Open> each = open.iterator();
        while (each.hasNext()) {
            Open range = each.next();
            // Pieces of a range are invalidated upwards, so that its last byte is the last of it.
            boolean ends = bytes == 0 || Long.compareUnsigned(range.last() - iova, bytes) < 0;
            if (range.domain() == domain && ends) {
                each.remove();
                if (closed == windows.length) {
                    windows = Arrays.copyOf(windows, 2 * closed);
                }
                windows[closed++] = nanos.getAsLong() - range.since();
            }
        }
    }

    /** The windows that are over, in nanoseconds, in the order in which they ended. */
    public double[] nanos() {
        return Arrays.copyOf(windows, closed);
    }

    /** The longest window that is over, in nanoseconds; 0 if none is. */
    public double longestNanos() {
        double longest = 0;
        for (int i = 0; i < closed; i++) {
            longest = Math.max(longest, windows[i]);
        }
        return longest;
    }

    /** How many ranges can still be used though they are unmapped. */
    public int stillOpen() {
        return open.size();
    }

    /** {@code 1000 windows, the longest 9.98 ms, 12 still open}. */
    @Override
    public String toString() {
        return closed + " windows, the longest " + Durations.text(longestNanos()) + ", " + stillOpen() + " still open";
    }
}
