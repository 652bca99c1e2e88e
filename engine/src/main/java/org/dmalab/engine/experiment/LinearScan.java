package org.dmalab.engine.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.Outcome;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.cost.CostModel;
import org.dmalab.engine.cost.Price;
import org.dmalab.engine.dma.DmaFailure;
import org.dmalab.engine.iova.IovaDomain;
import org.dmalab.engine.iova.IovaPolicy;

/**
 * The walk that makes mapping slower with uptime: pages are in use one below the other, now and then one of the first is
 * given back, and then four pages are asked for, which fit into no hole of one page.
 *
 * <p>The generic allocator begins at the page that was freed and passes every range below it (Malka, Amit and Tsafrir,
 * FAST 2015).
 */
public final class LinearScan {
    private static final AddrRange<DmaAddr> WINDOW =
            new AddrRange<>(new DmaAddr(Bytes.gib(4) - Bytes.mib(256)), Bytes.mib(256));
    private static final int MOST_RANGES = 60_000;
    /** Of the pages in use every so many is given back. */
    private static final int STRIDE = 4;

    /** What a {@code struct iova} takes in its slab: an assumption, its five words of 32 bits alone are 20. */
    private static final long NODE_BYTES = 64;

    private LinearScan() {}

    /**
     * Entries looked at for one request of four pages, on average of one for every eighth page. A column per policy, whose name
     * says what its entries are: ranges, words of a bitmap, holes, orders.
     *
     * @param ranges how many pages are in use, 8..60000, one row for each
     */
    public static Columns measure(List<IovaPolicy> policies, int... ranges) {
        for (int count : ranges) {
            if (count < 8 || count > MOST_RANGES) {
                throw new IllegalArgumentException("ranges must be 8.." + MOST_RANGES + ": " + count);
            }
        }
        List<Columns.Column> columns = new ArrayList<>();
        columns.add(Columns.Longs.of(
                "ranges in use", Arrays.stream(ranges).asLongStream().toArray()));
        for (IovaPolicy policy : policies) {
            columns.add(Columns.Doubles.of(
                    policy.name() + " (" + policy.open(WINDOW).searchedUnit() + ")",
                    Arrays.stream(ranges)
                            .mapToDouble(count -> perRequest(policy.open(WINDOW), count, count / (2 * STRIDE)))
                            .toArray()));
        }
        return new Columns("Four pages after one of many was freed: entries looked at per request", columns);
    }

    /** The average of {@code cycles}, each of which frees the fourth page below that of the one before. */
    static double perRequest(IovaDomain domain, int ranges, int cycles) {
        DmaAddr[] pages = new DmaAddr[ranges];
        for (int i = 0; i < ranges; i++) {
            pages[i] = alloc(domain, PageSize.PAGE_BYTES);
        }
        double looked = 0;
        for (int cycle = 0; cycle < cycles; cycle++) {
            domain.free(pages[cycle * STRIDE], PageSize.PAGE_BYTES);
            double before = searched(domain);
            DmaAddr four = alloc(domain, 4 * PageSize.PAGE_BYTES);
            looked += searched(domain) - before;
            domain.free(four, 4 * PageSize.PAGE_BYTES);
        }
        return looked / cycles;
    }

    private static DmaAddr alloc(IovaDomain domain, long bytes) {
        Outcome<DmaAddr> outcome = domain.alloc(bytes);
        return outcome.orElseThrow(DmaFailure::new);
    }

    private static double searched(IovaDomain domain) {
        return domain.searched().isPresent() ? domain.searched().getAsLong() : Double.NaN;
    }

    /**
     * How long a walk of {@code steps} through a tree of {@code ranges} takes on the board of {@code prices}, in ns: the fixed
     * part of a search, and for each step a load that waits for the one before. All ranges are as warm as their number lets
     * them be, if each takes 64 bytes: up to 32 KiB of them are in the inner cache, up to 1 MiB in the outer one.
     */
    public static double walkNanos(CostModel prices, long ranges, double steps) {
        if (ranges < 0 || !(steps >= 0)) {
            throw new IllegalArgumentException(
                    "ranges and steps must not be negative [ranges=" + ranges + "] [steps=" + steps + "]");
        }
        long bytes = ranges * NODE_BYTES;
        Price load = bytes <= Bytes.kib(32) ? Price.L1_HIT : bytes <= Bytes.mib(1) ? Price.L2_HIT : Price.RAM_RANDOM;
        return prices.of(Price.IOVA_SEARCH).nanos() + steps * prices.of(load).nanos();
    }
}
