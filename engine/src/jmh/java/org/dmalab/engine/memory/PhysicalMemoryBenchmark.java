package org.dmalab.engine.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Random reads of 64-bit words of simulated RAM, in nanoseconds each. All read by the same random numbers, drawn before.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=PhysicalMemory
 * }</pre>
 *
 * <p>{@code resident} reads 1 MiB of a board of 64 GiB that was written before, {@code flat} a {@code long[]} of the same
 * size, {@code flatByAddress} the same by address; of {@code residentChain} and {@code flatChain} every word says which is read
 * next, as in a table walk. {@code sparse} reads 4096 written frames spread over
 * 64 GiB, {@code hashMap} the same frames kept in a map by frame number. {@code untouched} reads anywhere in 64 GiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PhysicalMemoryBenchmark {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] UNTOUCHED = new byte[4096];
    private static final int READS = 1 << 16;
    private static final long BASE = 0x40000000L;
    private static final long BYTES = Bytes.gib(64);
    private static final int WORDS = 1 << 17;
    private static final int FRAMES = 1 << 12;
    /** Between the frames that {@link #sparse} reads. */
    private static final long STRIDE = BYTES / FRAMES;

    private final PhysicalMemory ram = new PhysicalMemory(List.of(new AddrRange<>(new PhysAddr(BASE), BYTES)));
    private final long[] flat = new long[WORDS];
    private long flatBase = BASE;
    private final Map<Long, byte[]> map = new HashMap<>();
    private final long[] random = new SplittableRandom(7).longs(READS).toArray();

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
            WORD.set(frame, 0, (long) i);
            map.put(address >>> 12, frame);
        }
    }

    /** Both read the same; afterwards, so that no benchmark is compiled for what another does. */
    @TearDown
    public void check() {
        long inRam = resident() + 31 * residentChain() + 961 * sparse();
        long inPeers = flat() + 31 * flatChain() + 961 * hashMap();
        if (inRam != inPeers) {
            throw new AssertionError(
                    "RAM and its peers hold different words [RAM=" + inRam + "] [peers=" + inPeers + "]");
        }
    }

    /** 1 MiB of simulated RAM. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long resident() {
        long sum = 0;
        for (long bits : random) {
            sum += ram.readLong(new PhysAddr(BASE + ((bits & (WORDS - 1)) << 3)));
        }
        return sum;
    }

    /** 1 MiB of an array. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long flat() {
        long sum = 0;
        for (long bits : random) {
            sum += flat[(int) bits & (WORDS - 1)];
        }
        return sum;
    }

    /** 1 MiB of an array that begins at an address. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long flatByAddress() {
        long sum = 0;
        for (long bits : random) {
            sum += flat[(int) ((BASE + ((bits & (WORDS - 1)) << 3) - flatBase) >>> 3)];
        }
        return sum;
    }

    /** 1 MiB of simulated RAM, each read waiting for the one before. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long residentChain() {
        long last = 0;
        for (long bits : random) {
            last = ram.readLong(new PhysAddr(BASE + (((bits + last) & (WORDS - 1)) << 3)));
        }
        return last;
    }

    /** 1 MiB of an array, each read waiting for the one before. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long flatChain() {
        long last = 0;
        for (long bits : random) {
            last = flat[(int) (bits + last) & (WORDS - 1)];
        }
        return last;
    }

    /** 16 MiB in 4096 places of simulated RAM. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long sparse() {
        long sum = 0;
        for (long bits : random) {
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
        for (long bits : random) {
            long address = BASE + (bits & (FRAMES - 1)) * STRIDE + 0x80_0000;
            sum += (long) WORD.get(map.getOrDefault(address >>> 12, UNTOUCHED), (int) (bits >>> 55 << 3));
        }
        return sum;
    }

    /** Anywhere in 64 GiB. */
    @Benchmark
    @OperationsPerInvocation(READS)
    public long untouched() {
        long sum = 0;
        for (long bits : random) {
            sum += ram.readLong(new PhysAddr(BASE + (bits & (BYTES - 1) & -8L)));
        }
        return sum;
    }
}
