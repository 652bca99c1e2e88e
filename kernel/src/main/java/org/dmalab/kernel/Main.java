package org.dmalab.kernel;

import com.google.gson.JsonParseException;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.dmalab.kernel.run.NotebookException;
import org.dmalab.kernel.run.RunCommand;
import org.jspecify.annotations.Nullable;
import org.zeromq.ZMQException;

/** The command line: a kernel for a connection file, the installer, the headless runner, the replay of recordings. */
public final class Main {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    /** What shutdown hooks may take: those that cells added may never end. */
    private static final long HOOKS_SECONDS = 5;

    private static final String HELP = """
            DMA Lab: a Jupyter kernel for Java with a model of the ARM DMA-mapping framework inside

            java -jar dmalab-kernel.jar CONNECTION_FILE
                  runs the kernel; Jupyter does this
            java -jar dmalab-kernel.jar --install [--user | --sys-prefix | --prefix DIR]
                  writes the kernelspec "dmalab", to be started with the java that runs this command
                    --user        for the current user (the default)
                    --sys-prefix  into the active virtual or Conda environment, or python3's own prefix
                    --prefix DIR  below DIR/share/jupyter
            java -jar dmalab-kernel.jar --run NOTEBOOK [--html PAGE] [--output NOTEBOOK]
                  executes a notebook without Jupyter and writes its outputs into it
                    --html PAGE    also writes a page that needs nothing but itself
                    --output FILE  writes the executed notebook there and leaves the original alone
            java -jar dmalab-kernel.jar --check FILE... [--format NAME]
                  replays decisions that kernels made, plain or gzipped, and counts where the model differs;
                  status 1 if it does anywhere, else 2 if a file cannot be checked
                    --format NAME  instead of the name of the file's folder (in a folder dma, of the file)
            java -jar dmalab-kernel.jar --help | --version
            """;

    private Main() {}

    @ProcessStreams
    public static void main(String[] arguments) {
        // Cells get streams of their own; the last word goes to the process's.
        PrintStream problems = System.err;
        int status = FAILED;
        try {
            OptionalInt ended = run(List.of(arguments), problems);
            if (ended.isEmpty()) {
                return;
            }
            status = ended.getAsInt();
        } catch (CommandException | NotebookException e) {
            problems.println(e.getMessage());
        } catch (UsageException e) {
            problems.println(e.getMessage());
            problems.println("--help shows what there is");
            status = MISUSED;
        } catch (OutOfMemoryError e) {
            problems.println("not enough memory: " + e.getMessage() + "; give java more with -Xmx");
        } catch (RuntimeException | Error e) {
            StackTraceElement[] trace = e.getStackTrace();
            problems.println("dmalab-kernel fails, which it should not: " + e
                    + (trace.length == 0 ? "" : " [at=" + trace[0] + "]"));
        }
        // Also when threads are left that a cell started.
        end(status);
    }

    /** Does what is asked; returns the status to end with, or nothing where the process is to live on. */
    @ProcessStreams
    private static OptionalInt run(List<String> arguments, PrintStream problems)
            throws CommandException, NotebookException, UsageException {
        String first = arguments.isEmpty() ? "--help" : arguments.get(0);
        List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
        switch (first) {
            case "--help", "-h" -> System.out.print(HELP);
            case "--version" -> System.out.println("dmalab-kernel " + Version.OF_THIS);
            case "--install" -> {
                Options options = Options.parse(rest, List.of("--user", "--sys-prefix"), List.of("--prefix"));
                System.out.println(KernelSpecInstaller.install(options, System.getenv()));
            }
            case "--run" -> {
                Options options = Options.parse(rest, List.of(), List.of("--html", "--output"));
                boolean good = RunCommand.run(
                        FileNames.path(options.operand("a notebook")),
                        path(options, "--html"),
                        path(options, "--output"),
                        System.out,
                        problems);
                return OptionalInt.of(good ? 0 : FAILED);
            }
            case "--check" -> {
                Options options = Options.parse(rest, List.of(), List.of("--format"));
                return OptionalInt.of(
                        switch (CheckCommand.run(
                                options.operands("a recording"), options.value("--format"), System.out, problems)) {
                            case SAME -> 0;
                            case DIFFERENT -> FAILED;
                            case NOT_CHECKED -> MISUSED;
                        });
            }
            default -> {
                if (first.startsWith("-") || !rest.isEmpty()) {
                    throw new UsageException("not a command of dmalab-kernel: " + String.join(" ", arguments));
                }
                startKernel(FileNames.path(first), System.getenv());
                return OptionalInt.empty();
            }
        }
        return OptionalInt.of(0);
    }

    /** Ends the process with {@code status}, also when a shutdown hook that a cell added hangs. */
    private static void end(int status) {
        Thread halt = new Thread(
                () -> {
                    try {
                        TimeUnit.SECONDS.sleep(HOOKS_SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(status);
                },
                "end, at last");
        halt.setDaemon(true);
        halt.start();
        System.exit(status);
    }

    private static Optional<Path> path(Options options, String option) throws UsageException {
        Optional<String> name = options.value(option);
        return name.isPresent() ? Optional.of(FileNames.path(name.get())) : Optional.empty();
    }

    private static void startKernel(Path connectionFile, Map<String, String> environment) throws CommandException {
        // basekernel logs each message at INFO.
        Logger.getLogger("").setLevel(Level.WARNING);
        try {
            KernelConnectionProperties properties = KernelConnectionProperties.parse(Files.readString(connectionFile));
            if (properties == null || properties.getIp() == null || properties.getTransport() == null) {
                throw new CommandException("not a Jupyter connection file: " + connectionFile);
            }
            DmaLabKernel.start(properties);
            endWithParent(environment.get("JPY_PARENT_PID"));
        } catch (IOException e) {
            throw new CommandException("the connection file cannot be read: " + connectionFile, e);
        } catch (JsonParseException e) {
            throw new CommandException("not a Jupyter connection file: " + connectionFile, e);
        } catch (GeneralSecurityException e) {
            throw new CommandException("the connection file asks for a signature this Java does not have: " + e, e);
        } catch (ZMQException e) {
            throw new CommandException("a port of the connection file cannot be bound: " + e.getMessage(), e);
        }
    }

    /** Ends the kernel when the process is gone that Jupyter names as its owner. */
    private static void endWithParent(@Nullable String pid) {
        if (pid != null && pid.matches("\\d{1,18}")) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(Shutdown::after);
        }
    }
}
