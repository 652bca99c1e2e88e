package org.dmalab.kernel.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutputQueueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ByteArrayOutputStream process = new ByteArrayOutputStream();
    private final OutputQueue queue = new OutputQueue(new PrintStream(process, true, UTF_8));
    private final TextSink sink = new TextSink();

    private static void fail(String kind) {
        if (kind.equals("memory")) {
            throw new OutOfMemoryError("heap");
        }
        throw new IllegalStateException("heap");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "state"})
    void post_actionThatThrows_isToldToTheCellAndLaterOutputArrives(String kind) {
        queue.post(sink, () -> fail(kind));
        queue.print(sink, OutputSink.Stream.STDOUT, "later");
        assertTimeoutPreemptively(PATIENCE, queue::flush);
        assertTrue(sink.all().startsWith("STDERR:an output of this cell is lost: java.lang."), sink::all);
        assertEquals("later", sink.out());
    }

    @Test
    void print_sinkThatThrows_isToldToTheProcessAndOtherSinksAreServed() {
        OutputSink broken = new OutputSink() {
            @Override
            public void print(Stream stream, String text) {
                throw new OutOfMemoryError("heap");
            }

            @Override
            public void display(MimeBundle bundle, @Nullable String displayId) {}

            @Override
            public void update(MimeBundle bundle, String displayId) {}

            @Override
            public void clearOutput(boolean wait) {}
        };
        queue.print(broken, OutputSink.Stream.STDOUT, "lost");
        queue.print(sink, OutputSink.Stream.STDOUT, "kept");
        assertTimeoutPreemptively(PATIENCE, queue::flush);
        assertEquals("kept", sink.out());
        assertEquals(
                "an output of a cell is lost: java.lang.OutOfMemoryError: heap",
                process.toString(UTF_8).strip());
    }

    @Test
    void flush_whileAThreadPrintsForEver_returns() throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        Thread printer = new Thread(() -> {
            while (!end.get()) {
                queue.print(sink, OutputSink.Stream.STDOUT, "x".repeat(1 << 16));
                queue.print(sink, OutputSink.Stream.STDERR, "y");
            }
        });
        printer.start();
        try {
            assertTimeoutPreemptively(PATIENCE, queue::flush);
        } finally {
            end.set(true);
            printer.join();
        }
    }
}
