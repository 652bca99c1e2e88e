package org.dmalab.engine.memory;

import java.util.concurrent.TimeUnit;
import org.dmalab.engine.trace.TraceSink;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The buddy allocator of a zone of 1 GiB, in nanoseconds.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=Buddy
 * }</pre>
 *
 * <p>{@code pair} allocates a page and frees it, which splits and merges when the lists below are empty: the worst case.
 * {@code pairBesideOthers} does it in a zone in use. {@code mixed} replaces blocks of random orders 0..4 and types, one
 * allocation and one free each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BuddyBenchmark {
    private static final long START = 0x40000;
    private static final int PAGES = 1 << 18;
    private static final int LIVE = 1 << 12;
    private static final int MIXED = 1 << 12;

    private BuddyAllocator fresh = new BuddyAllocator(START, PAGES, TraceSink.NONE);
    private BuddyAllocator used = new BuddyAllocator(START, PAGES, TraceSink.NONE);
    private final long[] pfns = new long[LIVE];
    private final int[] orders = new int[LIVE];
    private int random = 1;

    /** Fills the zone in use with blocks. */
    @Setup(Level.Trial)
    public void fill() {
        fresh = new BuddyAllocator(START, PAGES, TraceSink.NONE);
        used = new BuddyAllocator(START, PAGES, TraceSink.NONE);
        for (int i = 0; i < LIVE; i++) {
            allocAt(i);
        }
    }

    private int next() {
        random = random * 1664525 + 1013904223;
        return random >>> 8;
    }

    private void allocAt(int slot) {
        int bits = next();
        orders[slot] = Math.min(bits & 7, 4);
        MigrateType type = MigrateType.of((bits >>> 4) % 3);
        pfns[slot] = used.allocPfn(orders[slot], type);
    }

    /** A page from a zone that is wholly free. */
    @Benchmark
    public long pair() {
        long pfn = fresh.allocPfn(0, MigrateType.MOVABLE);
        fresh.free(pfn, 0);
        return pfn;
    }

    /** A page from a zone in use. */
    @Benchmark
    public long pairBesideOthers() {
        long pfn = used.allocPfn(0, MigrateType.UNMOVABLE);
        used.free(pfn, 0);
        return pfn;
    }

    /** One free and one allocation of random blocks. */
    @Benchmark
    @OperationsPerInvocation(MIXED)
    public long mixed() {
        for (int i = 0; i < MIXED; i++) {
            int slot = next() & (LIVE - 1);
            used.free(pfns[slot], orders[slot]);
            allocAt(slot);
        }
        return used.freePages();
    }
}
