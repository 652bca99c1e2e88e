package org.dmalab.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replay of recordings as a process: what it prints, and its status. */
final class CheckProcessTest {
    private static final long WAIT_SECONDS = 60;
    private static final String WINDOW = "M 80000000 8000000 0 8  # bits=32768\n";

    @TempDir
    private Path folder;

    private record Ended(int status, String out, String err) {}

    private Ended check(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.dmalab.kernel.Main",
                "--check"));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertTrue(process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private void recording(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void check_asRecorded_endsWith0() throws Exception {
        recording("arm-bitmap-v3.14/good.txt", WINDOW + "a 0 4096 = 80000000\n# end ops=1 allocs=1 fails=0\n");
        recording("dma/arm-iova-v3.14.txt", "create base=0 size=20000 order=0 bits=32\nalloc 1000 -> 0\n");
        Ended ended = check("arm-bitmap-v3.14/good.txt", "dma/arm-iova-v3.14.txt");
        assertEquals("""
                arm-bitmap-v3.14/good.txt: arm-bitmap-v3.14, 1 operation, 0 differences
                dma/arm-iova-v3.14.txt: arm-iova-v3.14, 1 operation, 0 differences
                """, ended.out);
        assertEquals("", ended.err);
        assertEquals(0, ended.status);
    }

    @Test
    void check_differenceAmongFilesThatCannotBeChecked_endsWith1_andAllAreTold() throws Exception {
        recording("mine/other.txt", WINDOW + "a 0 4096 = 80001000\n# end ops=1\n");
        recording("dmapool-v3.14/w01.txt", "I 4096 1 1\n");
        recording("buddy-v3.14/garbled.txt", "I 0 16\nwhat?\n");
        recording("buddy-v3.14/binary.txt", "\u0000\u0001\u0002");
        Ended unknown = check("mine/other.txt");
        assertEquals(2, unknown.status);
        assertTrue(
                unknown.err.startsWith("mine/other.txt: no format is named mine; known are buddy-v3.14, "),
                unknown.err);
        Ended ended = check("--format", "arm-bitmap-v3.14", "missing.txt", ".", "mine/other.txt");
        assertEquals(1, ended.status);
        assertEquals("""
                mine/other.txt: arm-bitmap-v3.14, 1 operation, 1 difference
                first difference, line 2: a 0 4096 = 80001000
                  expected 80001000
                  found    80000000
                  before it:
                    1: M 80000000 8000000 0 8  # bits=32768
                """, ended.out);
        assertEquals(
                "no such file: missing.txt [looked in " + folder.toRealPath()
                        + "]\na folder, not a recording: .; name the files in it, as in ./lab check ./*\n",
                ended.err);
        Ended without = check("missing.txt", "buddy-v3.14");
        assertEquals(2, without.status);
        assertEquals(
                "no such file: missing.txt [looked in " + folder.toRealPath()
                        + "]\na folder, not a recording: buddy-v3.14; name the files in it, as in ./lab check"
                        + " buddy-v3.14/*\n",
                without.err);
        Ended bad = check("dmapool-v3.14/w01.txt", "buddy-v3.14/garbled.txt", "buddy-v3.14/binary.txt");
        assertEquals(2, bad.status);
        assertEquals("", bad.out);
        assertEquals("""
                dmapool-v3.14/w01.txt: recordings of the format dmapool-v3.14 are not modelled yet
                buddy-v3.14/garbled.txt: line 2: not a line of a buddy-v3.14 recording: what?
                buddy-v3.14/binary.txt: line 1: not a line of a buddy-v3.14 recording: \\x00\\x01\\x02
                """, bad.err);
    }

    @Test
    void check_misused_saysHow() throws Exception {
        assertEquals(new Ended(2, "", "expected a recording, found no name\n--help shows what there is\n"), check());
        assertEquals(new Ended(2, "", "--format needs a value\n--help shows what there is\n"), check("x", "--format"));
    }
}
