package org.dmalab.engine.replay;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.dmalab.engine.dma.IovaMap;
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
 * From a log on disk to the map of addresses: the mapping events of a recorded log, repeated with later times until there are
 * 100,000.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl engine -am test-compile exec:exec@engine -Djmh.args=FtraceReader
 * }</pre>
 *
 * <p>{@code coldMap} is one reading in a JVM that has just started, as in the first cell of a notebook, in milliseconds. The
 * other rows are events a second. {@code regexMap} is the peer: the same lines, decoded with {@link Pattern} into the same
 * columns' worth of numbers.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FtraceReaderBenchmark {
    private static final int EVENTS = 100_000;
    private static final String LOG = "arm64-612-strict-smp1.txt.gz";
    private static final Pattern LINE =
            Pattern.compile("^ *(.*)-(\\d+) +\\[(\\d+)] \\S+ +(\\d+)\\.(\\d{6}): (\\w+): (.*)$");
    private static final Pattern FIELD = Pattern.compile("(\\w+)=(\\S*)");

    private Path log = Path.of("");
    private Path packed = Path.of("");
    private double middle;

    @Setup
    public void write() throws IOException {
        List<String> recorded = mappingEvents();
        log = Files.createTempFile("dmalab", ".log");
        double span = 0;
        double last = 0;
        int written = 0;
        try (BufferedWriter out = Files.newBufferedWriter(log)) {
            while (written < EVENTS) {
                span = last;
                for (String line : recorded) {
                    Matcher event = LINE.matcher(line);
                    if (!event.matches() || written == EVENTS) {
                        break;
                    }
                    last = span + Double.parseDouble(event.group(4) + "." + event.group(5));
                    out.write(line, 0, event.start(4));
                    out.write(String.format(Locale.ROOT, "%.6f", last));
                    out.write(line.substring(event.end(5)));
                    out.newLine();
                    written++;
                }
            }
        }
        middle = last / 2;
        packed = Files.createTempFile("dmalab", ".log.gz");
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(Files.readAllBytes(log));
        }
    }

    @TearDown
    public void delete() throws IOException {
        Files.delete(log);
        Files.delete(packed);
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Fork(5)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public IovaMap coldMap() {
        return FtraceReader.read(log).iovaMap(middle);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public IovaMap map() {
        return FtraceReader.read(log).iovaMap(middle);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public IovaMap gzipMap() {
        return FtraceReader.read(packed).iovaMap(middle);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public TraceReport stream() {
        return FtraceReader.stream(log, event -> {});
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long[] regexMap() throws IOException {
        long[] numbers = new long[EVENTS * 4];
        int used = 0;
        try (BufferedReader reader = Files.newBufferedReader(log)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Matcher event = LINE.matcher(line);
                if (event.matches()) {
                    numbers[used++] = Long.parseLong(event.group(4)) * 1_000_000 + Long.parseLong(event.group(5));
                    Matcher field = FIELD.matcher(event.group(7));
                    while (field.find()) {
                        switch (field.group(1)) {
                            case "dma_addr", "phys_addr" ->
                                numbers[used++] = Long.parseUnsignedLong(field.group(2), 16);
                            case "iova", "paddr" -> numbers[used++] = Long.decode(field.group(2));
                            case "size" -> numbers[used++] = Long.parseLong(field.group(2));
                            default -> {
                                // The others are not needed for a map.
                            }
                        }
                    }
                }
            }
        }
        return numbers;
    }

    private static List<String> mappingEvents() throws IOException {
        List<String> lines = new ArrayList<>();
        InputStream resource = Objects.requireNonNull(FtraceReaderBenchmark.class.getResourceAsStream(LOG), LOG);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.contains(": dma_") || line.contains(": IOMMU: iova=")) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }
}
