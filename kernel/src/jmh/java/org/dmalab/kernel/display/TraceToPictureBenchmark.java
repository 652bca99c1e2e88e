package org.dmalab.kernel.display;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.dmalab.engine.dma.IovaMap;
import org.dmalab.engine.replay.FtraceReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From a log of 100,000 mapping events on disk to the picture in the notebook, PNG and Vega-Lite: the recorded log of
 * notebook 14, repeated with later times.
 *
 * <pre>{@code
 * ./mvnw -q -Pjmh -pl kernel -am test-compile exec:exec@kernel -Djmh.args=TraceToPicture
 * }</pre>
 *
 * <p>{@code cold} is the first picture of a JVM that has just started; {@code warm} is one of many.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TraceToPictureBenchmark {
    private static final int EVENTS = 100_000;
    private static final Path RECORDED = Path.of("..", "notebooks", "traces", "arm64-612-strict-smp1.txt.gz");
    private static final Pattern TIME = Pattern.compile(" (\\d+\\.\\d{6}): (?=dma_|(un)?map: )");

    private Path log = Path.of("");
    private double middle;

    @Setup
    public void write() throws IOException {
        List<String> recorded = mappingEvents();
        log = Files.createTempFile("dmalab", ".log");
        double offset = 0;
        try (BufferedWriter out = Files.newBufferedWriter(log)) {
            for (int written = 0; written < EVENTS; written++) {
                String line = recorded.get(written % recorded.size());
                Matcher time = TIME.matcher(line);
                if (!time.find()) {
                    throw new IllegalStateException("kept for its time: " + line);
                }
                double shifted = offset + Double.parseDouble(time.group(1));
                out.write(line, 0, time.start(1));
                out.write(String.format(Locale.ROOT, "%.6f", shifted));
                out.write(line.substring(time.end(1)));
                out.newLine();
                if ((written + 1) % recorded.size() == 0) {
                    offset = shifted;
                }
                if (written == EVENTS / 2) {
                    middle = shifted;
                }
            }
        }
    }

    private static List<String> mappingEvents() throws IOException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(RECORDED)), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (TIME.matcher(line).find()) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }

    @TearDown
    public void delete() throws IOException {
        Files.delete(log);
    }

    private MimeBundle readAndDraw() {
        IovaMap map = FtraceReader.read(log).iovaMap(middle);
        return Renderers.render(map);
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Fork(5)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public MimeBundle cold() {
        return readAndDraw();
    }

    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @Fork(1)
    @Warmup(iterations = 5, time = 1)
    @Measurement(iterations = 5, time = 1)
    public MimeBundle warm() {
        return readAndDraw();
    }
}
