package org.dmalab.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The headless runner as a process: how it ends, and its last word. */
final class RunProcessTest {
    private static final long WAIT_SECONDS = 60;

    @TempDir
    private Path folder;

    private record Ended(int status, String out, String err) {}

    private Path notebook(String... sources) throws Exception {
        List<Map<String, Object>> cells = Stream.of(sources)
                .map(source -> Map.<String, Object>of(
                        "cell_type", "code", "metadata", Map.of(), "outputs", List.of(), "source", source))
                .toList();
        return Files.writeString(
                folder.resolve("n.ipynb"),
                new Gson().toJson(Map.of("cells", cells, "metadata", Map.of(), "nbformat", 4, "nbformat_minor", 4)));
    }

    private Ended launch(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.dmalab.kernel.Main"));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void run_threadLeftOver_endsAndIsNotHeard() throws Exception {
        Path notebook = notebook(
                "var pool = java.util.concurrent.Executors.newFixedThreadPool(2); pool.submit(() -> 1).get()",
                "Runtime.getRuntime().addShutdownHook(new Thread(() -> { while (true) { } }));",
                "new Thread(() -> { while (true) System.out.println(\"noise\"); }).start();");
        Ended ended = launch(
                "--run",
                notebook.toString(),
                "--output",
                folder.resolve("o.ipynb").toString());
        assertEquals(0, ended.status, ended::err);
        assertEquals("", ended.err);
        assertFalse(ended.out.contains("noise"));
    }

    @Test
    void run_exitByMethodReference_isAFailureThatNamesTheCell() throws Exception {
        Path notebook = notebook("1 + 1", "java.util.function.IntConsumer e = System::exit;\ne.accept(0);");
        String before = Files.readString(notebook);
        Ended ended = launch("--run", notebook.toString());
        assertEquals(1, ended.status);
        assertTrue(ended.err.startsWith(notebook + ": the JVM was ended in cell 2, by System.exit"), ended.err);
        assertEquals(1, ended.err.lines().count());
        assertEquals(before, Files.readString(notebook));
    }

    @Test
    void run_cellFailsAndDeviceIsFull_saysBoth() throws Exception {
        Path notebook = notebook("int zero = 0;", "1 / zero");
        Ended ended = launch("--run", notebook.toString(), "--output", "/dev/full");
        assertEquals(1, ended.status);
        List<String> said = ended.err.lines().toList();
        assertEquals(
                List.of(
                        notebook + ": cell 2, line 1: java.lang.ArithmeticException: / by zero",
                        "/dev/full cannot be written: No space left on device"),
                said);
    }

    @Test
    void names_beyondTheLocale_areNamedWithTheWayOut() throws Exception {
        for (String[] line : new String[][] {
            {"--run", notebook("1").toString(), "--html", "\u00fc.html"},
            {"--run", "\u00fc.ipynb"},
            {"--install", "--prefix", "\u00fc"},
        }) {
            Ended ended = throughShell(line);
            assertEquals(2, ended.status, ended::err);
            assertTrue(ended.err.contains("this locale cannot express the file name"), ended.err);
            assertTrue(ended.err.contains("LC_ALL=C.UTF-8"), ended.err);
        }
    }

    /** The name's bytes come from printf: this test's own locale may be as small as the one it tries. */
    private Ended throughShell(String[] line) throws Exception {
        List<String> quoted = Stream.of(line)
                .map(each -> each.replace("\u00fc", "$(printf '\\303\\274')"))
                .toList();
        Path script = Files.writeString(
                folder.resolve("run.sh"),
                "exec \"" + Path.of(System.getProperty("java.home"), "bin", "java") + "\" -cp \""
                        + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        + "\" org.dmalab.kernel.Main " + String.join(" ", quoted) + "\n");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder("sh", script.toString());
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), "", Files.readString(err));
    }
}
