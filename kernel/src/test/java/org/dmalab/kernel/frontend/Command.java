package org.dmalab.kernel.frontend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program to run: words, folder and environment; what it prints goes to one file. */
final class Command {
    /** Beyond this a program hangs; a whole notebook in a browser takes less. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ProcessBuilder builder;

    private Command(List<String> words) {
        builder = new ProcessBuilder(words).redirectErrorStream(true);
    }

    static Command of(Object... words) {
        List<String> list = new ArrayList<>();
        for (Object word : words) {
            list.add(word.toString());
        }
        return new Command(list);
    }

    /** {@code java -jar} on the kernel, with the JDK that runs the test. */
    static Command kernel(Object... arguments) {
        Command command = of(java(), "-jar", Checkout.JAR);
        for (Object argument : arguments) {
            command.builder.command().add(argument.toString());
        }
        return command;
    }

    static Path java() {
        return javaHome().resolve("bin/java");
    }

    static Path javaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    Command in(Path folder) {
        builder.directory(folder.toFile());
        return this;
    }

    Command with(String variable, Object value) {
        builder.environment().put(variable, value.toString());
        return this;
    }

    Command without(String... variables) {
        for (String variable : variables) {
            builder.environment().remove(variable);
        }
        return this;
    }

    /** Runs the program to its end. */
    Result run() throws IOException, InterruptedException {
        Path output = Files.createTempFile("dmalab-command", ".txt");
        try {
            Process process = start(output);
            boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                end(process);
            }
            String printed = Files.readString(output, UTF_8);
            if (!ended) {
                throw new AssertionError(
                        "still running after " + PATIENCE.toSeconds() + " s: " + this + "\n" + printed);
            }
            return new Result(toString(), process.exitValue(), printed);
        } finally {
            Files.delete(output);
        }
    }

    /** Starts the program; the caller ends it. */
    Process start(Path output) throws IOException {
        return builder.redirectInput(
                        ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .start();
    }

    /** Ends a program and all that it started. */
    static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public String toString() {
        return String.join(" ", builder.command());
    }

    /** How a program ended and what it printed. */
    record Result(String command, int status, String output) {
        @CanIgnoreReturnValue
        Result succeeded() {
            return endedWith(0);
        }

        @CanIgnoreReturnValue
        Result endedWith(int expected) {
            assertEquals(expected, status, () -> command + "\n" + output);
            return this;
        }
    }
}
