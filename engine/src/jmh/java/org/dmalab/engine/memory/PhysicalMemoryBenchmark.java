package org.dmalab.engine.memory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.AddrRange;
import org.dmalab.engine.base.Bytes;
import org.dmalab.engine.base.PhysAddr;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Random reads of 64-bit words of simulated RAM, in nanoseconds each.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=PhysicalMemory
 * }</pre>
 *
 * <p>{@code resident} reads 1 MiB of a board of 64 GiB that was written before, {@code flat} a {@code long[]} of the same
 * size with the same random numbers. {@code sparse} reads 4096 written frames spread over 64 GiB, {@code hashMap} the same
 * frames kept in a map by frame number. {@code untouched} reads anywhere in 64 GiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PhysicalMemoryBenchmark {
    private static final int READS = 1 << 16;
    private static final long BASE = 0x40000000L;
    private static final long BYTES = Bytes.gib(64);
    private static final int WORDS = 1 << 17;
    private static final int FRAMES = 1 << 12;
    /** Between the frames that {@link #sparse} reads. */
    private static final long STRIDE = BYTES / FRAMES;

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(BASE), BYTES)));
    private final long[] flat = new long[WORDS];
    private final Map<Long, byte[]> map = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(7);

    /** Writes 1 MiB and one frame in 16 MiB. */
    @Setup
    public void write() {
        for (int i = 0; i < WORDS; i++) {
            flat[i] = i;
            ram.writeLong(new PhysAddr(BASE + 8L * i), i);
        }
        for (int i = 0; i < FRAMES; i++) {
            long address = BASE + i * STRIDE + 0x80_0000;
            ram.writeLong(new PhysAddr(address), i);
            byte[] frame = new byte[4096];
            frame[0] = (byte) i;
            map.put(address >>> 12, frame);
        }
    }

    /** 1 MiB of simulated RAM. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long resident() {
        long sum = 0;
        for (int i = 0; i < READS; i++) {
            long word = random.nextLong() & (WORDS - 1);
            sum += ram.readLong(new PhysAddr(BASE + (word << 3)));
        }
        return sum;
    }

    /** 1 MiB of an array. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long flat() {
        long sum = 0;
        for (int i = 0; i < READS; i++) {
            long word = random.nextLong() & (WORDS - 1);
            sum += flat[(int) word];
        }
        return sum;
    }

    /** 16 MiB in 4096 places of simulated RAM. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long sparse() {
        long sum = 0;
        for (int i = 0; i < READS; i++) {
            long bits = random.nextLong();
            long frame = bits & (FRAMES - 1);
            sum += ram.readLong(new PhysAddr(BASE + frame * STRIDE + 0x80_0000 + (bits >>> 55 << 3)));
        }
        return sum;
    }

    /** The same in a map from frame number to bytes. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long hashMap() {
        long sum = 0;
        for (int i = 0; i < READS; i++) {
            long bits = random.nextLong();
            long address = BASE + (bits & (FRAMES - 1)) * STRIDE + 0x80_0000;
            sum += map.getOrDefault(address >>> 12, RamChunk.ZEROS)[(int) (bits >>> 55 << 3)];
        }
        return sum;
    }

    /** Anywhere in 64 GiB. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long untouched() {
        long sum = 0;
        for (int i = 0; i < READS; i++) {
            sum += ram.readLong(new PhysAddr(BASE + (random.nextLong() & (BYTES - 1) & -8L)));
        }
        return sum;
    }
}
