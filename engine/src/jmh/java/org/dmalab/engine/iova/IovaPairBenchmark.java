package org.dmalab.engine.iova;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.DmaAddr;
import org.dmalab.engine.base.PageSize;
import org.dmalab.engine.trace.TraceSink;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Freeing a random range of 1 to 32 pages and allocating another beside many live ones, in nanoseconds for both.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=IovaPair
 * }</pre>
 *
 * <p>{@code treeMapWalk} is the peer: the same ranges in a {@link TreeMap}, walked one by one from the last placed down, and
 * from the top again if that fails, as the kernel does.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class IovaPairBenchmark {
    private static final long LIMIT = 0xfffff;
    private static final long TOP = LIMIT + 1;
    private static final int DRAWN = 1 << 14;

    /** How many ranges are live. */
    @Param({"64", "16000"})
    public int live;

    private final int[] sizes = new int[DRAWN];
    private final int[] slots = new int[DRAWN];
    private int at;
    private Optional<RbTreeIovaDomain> domain = Optional.empty();
    private long[] pfns = new long[0];
    private final TreeMap<Long, Long> ranges = new TreeMap<>();
    private long cached = TOP;
    private long[] peerPfns = new long[0];

    /** Draws the requests and makes the live ranges. */
    @Setup
    public void fill() {
        int random = 1;
        for (int i = 0; i < DRAWN; i++) {
            random = random * 1664525 + 1013904223;
            sizes[i] = 1 + (random >>> 27);
            random = random * 1664525 + 1013904223;
            slots[i] = (random >>> 8) % live;
        }
        AddrRange<DmaAddr> window = new AddrRange<>(new DmaAddr(0x1000), 0xfffff000L);
        RbTreeIovaDomain made = new RbTreeIovaDomain(IovaWalk.V6_1, window, PageSize.SMALL_4K, TraceSink.NONE);
        pfns = new long[live];
        peerPfns = new long[live];
        for (int i = 0; i < live; i++) {
            pfns[i] = made.allocPfn(sizes[i % DRAWN], LIMIT, true);
            peerPfns[i] = walk(sizes[i % DRAWN]);
            if (pfns[i] != peerPfns[i]) {
                throw new AssertionError("the peer places a range elsewhere: " + pfns[i] + ", " + peerPfns[i]);
            }
        }
        domain = Optional.of(made);
    }

    private int next() {
        at = (at + 1) & (DRAWN - 1);
        return at;
    }

    /** One free and one allocation. */
    @Benchmark
    public long pair() {
        int drawn = next();
        RbTreeIovaDomain tree = domain.orElseThrow();
        int slot = slots[drawn];
        tree.freePfn(pfns[slot]);
        pfns[slot] = tree.allocPfn(sizes[drawn], LIMIT, true);
        return pfns[slot];
    }

    /** The same in the map. */
    @Benchmark
    public long treeMapWalk() {
        int drawn = next();
        int slot = slots[drawn];
        long freed = peerPfns[slot];
        ranges.remove(freed);
        if (freed >= cached) {
            Long above = ranges.higherKey(freed);
            cached = above == null ? TOP : above;
        }
        peerPfns[slot] = walk(sizes[drawn]);
        return peerPfns[slot];
    }

    private long walk(int size) {
        long alignment = Integer.highestOneBit(size * 2 - 1);
        long pfn = walkFrom(cached, size, alignment);
        if (pfn < 1) {
            pfn = walkFrom(TOP, size, alignment);
        }
        if (pfn < 1) {
            throw new AssertionError("the window is full");
        }
        ranges.put(pfn, pfn + size);
        cached = pfn;
        return pfn;
    }

    private long walkFrom(long from, int size, long alignment) {
        long high = from;
        for (Map.Entry<Long, Long> range :
                ranges.headMap(from, false).descendingMap().entrySet()) {
            long pfn = (high - size) & -alignment;
            if (pfn >= range.getValue()) {
                return pfn;
            }
            high = range.getKey();
        }
        return (high - size) & -alignment;
    }
}
