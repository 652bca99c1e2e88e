package org.dmalab.engine.iova;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.dmalab.engine.base.Era;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The recorded workloads done again, in nanoseconds per operation, allocations and frees counted alike: what
 * {@code golden/iova-timings.csv} has of the C code.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=IovaWorkload
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class IovaWorkloadBenchmark {
    private static final int OPERATIONS = 10_000;

    /** The Linux that was recorded. */
    @Param({"v3.14", "v6.12"})
    public String linux = "";

    /** The recording. */
    @Param({
        "w01_uniform1_fast",
        "w03_mixed512_fast",
        "w04_mixed512_slow",
        "w05_mixed512_unaligned_slow",
        "w06_rings_fast",
        "w08_exhaust32_fast",
        "w10_reserve",
        "w12_netperf_fast",
        "w13_multicpu",
        "w14_lazy_fq",
        "w17_mixed_limits",
        "w19_depot"
    })
    public String workload = "";

    private Optional<IovaWorkload> recording = Optional.empty();

    /** Reads the workload from the module's test resources. */
    @Setup
    public void read() throws IOException {
        Path folder = Path.of("src", "test", "resources", "golden", "iova-" + linux);
        Era era = linux.equals("v3.14") ? Era.V3_14 : Era.V6_12;
        recording = Optional.of(new IovaWorkload(folder.resolve(workload + ".txt.gz"), era));
    }

    /** The next operations of the workload; behind the last it begins again in an empty domain. */
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public long replay() {
        return recording.orElseThrow().run(OPERATIONS);
    }
}
