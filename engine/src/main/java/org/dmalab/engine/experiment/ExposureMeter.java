package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.dmalab.engine.base.BusMaster;
import org.dmalab.engine.base.Durations;
import org.dmalab.engine.trace.TraceSink;

/**
 * Measures how long devices could use what was already unmapped: from the moment a range leaves the table to the moment all
 * of it is invalidated in the IO-TLBs, however many pieces that takes. Strict unmapping keeps it at the length of one invalidation; with a flush queue it lasts
 * until the queue flushes.
 */
public final class ExposureMeter implements TraceSink {
    private final LongSupplier nanos;
    private final List<Open> open = new ArrayList<>();
    private double[] windows = new double[64];
    private int closed;

    /** Invalidated since the last map or unmap of its domain: an unmap may invalidate pieces before it is told. */
    private final List<Piece> early = new ArrayList<>();

    /** Addresses {@code first..last}, both inside. */
    private record Piece(int domain, long first, long last) {
        /** What {@code other} leaves of it. */
        Stream<Piece> without(Piece other) {
            boolean apart = domain != other.domain
                    || Long.compareUnsigned(other.last, first) < 0
                    || Long.compareUnsigned(other.first, last) > 0;
            if (apart) {
                return Stream.of(this);
            }
            Stream.Builder<Piece> rest = Stream.builder();
            if (Long.compareUnsigned(first, other.first) < 0) {
                rest.add(new Piece(domain, first, other.first - 1));
            }
            if (Long.compareUnsigned(other.last, last) < 0) {
                rest.add(new Piece(domain, other.last + 1, last));
            }
            return rest.build();
        }
    }

    /** A range that is unmapped, and the pieces of it that an IO-TLB may know. */
    private static final class Open {
        private final long since;
        private List<Piece> left;

        Open(Piece range, long since) {
            this.since = since;
            left = List.of(range);
        }

        void forget(Piece invalidated) {
            left = left.stream().flatMap(piece -> piece.without(invalidated)).toList();
        }
    }

    /** Hears nothing yet; {@code soc.listen(meter)} lets it, and the time is {@code soc.clock()::nanos}. */
    public ExposureMeter(LongSupplier nanos) {
        this.nanos = Objects.requireNonNull(nanos, "nanos");
    }

    @Override
    public void iommuUnmapped(int domain, long iova, long bytes) {
        if (bytes > 0) {
            Piece range = new Piece(domain, iova, iova + bytes - 1);
            Open opened = new Open(range, nanos.getAsLong());
            early.forEach(opened::forget);
            // All of it is no unmap's own: an unmap invalidates its last piece when it is synced.
            open.add(opened.left.isEmpty() ? new Open(range, opened.since) : opened);
        }
        forgetEarly(domain);
    }

    @Override
    public void iommuMapped(int domain, long iova, long phys, long bytes) {
        forgetEarly(domain);
    }

    @Override
    public void iotlbMissed(BusMaster master, long iova) {
        early.clear();
    }

    private void forgetEarly(int domain) {
        early.removeIf(piece -> piece.domain() == domain);
    }

    @Override
    public void iotlbInvalidated(int domain, long iova, long bytes, int commands) {
        Piece all = new Piece(domain, 0, -1);
        Piece invalidated = bytes == 0 ? all : new Piece(domain, iova, iova + bytes - 1);
        if (bytes != 0) {
            early.add(invalidated);
        }
        Iterator<Open> each = open.iterator();
        while (each.hasNext()) {
            Open range = each.next();
            range.forget(invalidated);
            if (range.left.isEmpty()) {
                each.remove();
                if (closed == windows.length) {
                    windows = Arrays.copyOf(windows, 2 * closed);
                }
                windows[closed++] = nanos.getAsLong() - range.since;
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
