package org.dmalab.engine.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The recorded logs among the test resources, and a slow reader of them that shares no code with the one under test. */
final class Recordings {
    static final String STRICT = "arm64-612-strict-smp1";
    static final String API_STRICT = "arm64-612-api-strict-smp1";
    static final String V6_1 = "arm64-61-strict-smp1";
    static final String DEBUG = "custom-debug-strict";

    /** Task, CPU, state, time, event, text. */
    static final Pattern EVENT = Pattern.compile("^ *(.*)-(\\d+) +\\[(\\d+)] \\S+ +(\\d+)\\.(\\d{6}): (\\w+): (.*)$");

    private Recordings() {}

    static InputStream open(String file) {
        return Objects.requireNonNull(Recordings.class.getResourceAsStream(file), file);
    }

    static Trace trace(String run) {
        try (InputStream in = open(run + ".txt.gz")) {
            return FtraceReader.read(run, in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> lines(String file) {
        try (InputStream in = open(file);
                BufferedReader reader = new BufferedReader(new InputStreamReader(
                        file.endsWith(".gz") ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value of {@code key=} in the text of an event. */
    static String value(String text, String key) {
        int from = text.indexOf(key + "=") + key.length() + 1;
        int to = text.indexOf(' ', from);
        return to < 0 ? text.substring(from) : text.substring(from, to);
    }
}
