package org.dmalab.engine.pagetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dmalab.engine.base.PhysAddr;

/**
 * One start of a machine, from the guest's sources to its answers; everything it consists of stays in one folder below
 * {@code target}.
 *
 * <p>Where QEMU or the compiler is missing, the test is skipped with a sentence; where {@code DMALAB_REQUIRE_QEMU=1} says that
 * both are installed, as in {@code .ci/run}, it fails.
 */
final class QemuRun {
    private static final boolean REQUIRED = "1".equals(System.getenv("DMALAB_REQUIRE_QEMU"));
    /** Surefire and Failsafe name the module's folder. */
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    private static final Path SOURCES = MODULE.resolve("src/test/qemu");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final QemuMachine machine;
    private final Path folder;
    private final List<String> command;
    private int images;

    /**
     * @param name of its folder
     */
    QemuRun(QemuMachine machine, String name) throws IOException {
        this.machine = machine;
        requireProgram(machine.program(), "qemu-system-arm");
        requireProgram(machine.compiler(), machine.compiler().replaceFirst("(.*)-gcc", "gcc-$1"));
        folder = Files.createDirectories(MODULE.resolve("target/qemu").resolve(name));
        command = machine.command("guest.elf");
    }

    private static void requireProgram(String program, String debianPackage) {
        boolean present = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
        String missing = "there is no " + program + " on the PATH (Debian: " + debianPackage + ")";
        if (REQUIRED) {
            assertTrue(present, missing);
        } else {
            assumeTrue(present, missing);
        }
    }

    /** Puts bytes into RAM. */
    void load(PhysAddr start, byte[] bytes) throws IOException {
        command.add("-device");
        command.add("loader,force-raw=on,addr=" + start + ",file=" + image(bytes));
    }

    /** Puts a table where the engine has it. */
    void load(TableDump dump) throws IOException {
        command.add("-device");
        command.add("loader,file=" + image(dump.image()));
    }

    private String image(byte[] bytes) throws IOException {
        String name = "image-" + images++ + ".bin";
        Files.write(folder.resolve(name), bytes);
        return name;
    }

    /** Runs the machine until the guest has answered; doublewords, in the order of the questions. */
    long[] answers() throws IOException, InterruptedException {
        execute(SOURCES, machine.compilation(folder.resolve("guest.elf").toString()), "compiler.txt");
        Path answers = folder.resolve("answers.bin");
        Files.deleteIfExists(answers);
        execute(folder, command, "qemu.txt");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(answers)).order(ByteOrder.LITTLE_ENDIAN);
        long[] words = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(words);
        return words;
    }

    /** As QEMU names itself. */
    String version() throws IOException, InterruptedException {
        execute(folder, List.of(machine.program(), "--version"), "version.txt");
        return Files.readAllLines(folder.resolve("version.txt")).get(0);
    }

    Path folder() {
        return folder;
    }

    private void execute(Path where, List<String> words, String log) throws IOException, InterruptedException {
        Path output = folder.resolve(log);
        Process process = new ProcessBuilder(new ArrayList<>(words))
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended;
        try {
            ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        String what = String.join(" ", words) + "\nin " + where + "\n" + printed;
        assertTrue(ended, () -> "still running after " + PATIENCE.toSeconds() + " s: " + what);
        assertEquals(0, process.exitValue(), what);
    }
}
