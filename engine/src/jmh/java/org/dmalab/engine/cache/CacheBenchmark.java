package org.dmalab.engine.cache;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.DmaDirection;
import org.dmalab.engine.base.MemoryType;
import org.dmalab.engine.base.PhysAddr;
import org.dmalab.engine.cost.ClockDriver;
import org.dmalab.engine.cost.CortexA9;
import org.dmalab.engine.memory.PhysicalMemory;
import org.dmalab.engine.trace.TraceSink;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Accesses a second through the caches, on the stream of two million accesses that the recorded counts are of.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args="CacheBenchmark -prof gc"
 * gcc -O3 -o cache_levels engine/src/jmh/c/cache_levels.c && ./cache_levels
 * }</pre>
 *
 * <p>The second line is the peer of {@code tagsOnly}: the same stream through the same three levels in plain C. {@code
 * cleanNothing} is one {@code sync_single_for_device} of 64 MiB of which no line is cached, in microseconds.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CacheBenchmark {
    private static final long[] WORDS = GoldenStream.words(GoldenStream.ACCESSES);
    private static final PhysAddr ARENA = new PhysAddr(GoldenStream.ARENA);

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(ARENA, Bytes.mib(64))));
    private final TagCaches tags = new TagCaches(List.of(
            CacheConfig.of(Bytes.kib(32), 8, 64),
            CacheConfig.of(Bytes.kib(256), 8, 64),
            CacheConfig.of(Bytes.mib(8), 16, 64)));
    private final CacheHierarchy caches = hierarchy();
    private final CacheMaintenance empty = new CacheMaintenance(hierarchy());
    private final CacheMaintenance priced = new CacheMaintenance(hierarchy(new ClockDriver(CortexA9.at(1400), 32, 2)));
    private final byte[] word = new byte[Long.BYTES];

    private CacheHierarchy hierarchy() {
        return hierarchy(TraceSink.NONE);
    }

    private CacheHierarchy hierarchy(TraceSink trace) {
        return new CacheHierarchy(
                CacheConfig.of(Bytes.kib(32), 4, 32), CacheConfig.of(Bytes.mib(1), 16, 32), ram, trace);
    }

    @Benchmark
    @OperationsPerInvocation(GoldenStream.ACCESSES)
    public TagCaches tagsOnly() {
        tags.access(WORDS, 0, WORDS.length);
        return tags;
    }

    @Benchmark
    @OperationsPerInvocation(GoldenStream.ACCESSES)
    public byte[] withData() {
        for (long access : WORDS) {
            PhysAddr address = new PhysAddr(GoldenStream.address(access));
            if (access < 0) {
                caches.write(address, word, 0, word.length, MemoryType.WRITE_BACK);
            } else {
                caches.read(address, word, 0, word.length, MemoryType.WRITE_BACK);
            }
        }
        return word;
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public void cleanNothing() {
        empty.toDevice(ARENA, Bytes.mib(64), DmaDirection.TO_DEVICE);
    }

    /** {@link #cleanNothing} with a clock that charges every line of the range. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public void cleanNothingPriced() {
        priced.toDevice(ARENA, Bytes.mib(64), DmaDirection.TO_DEVICE);
    }
}
