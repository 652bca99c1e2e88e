package org.dmalab.kernel;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes the kernelspec {@code dmalab}: a copy of this jar beside the {@code kernel.json} that starts it.
 *
 * <p>The command names the {@code java} that runs the installer by its absolute path: a front end's own {@code PATH} may
 * find an older one, or none.
 */
final class KernelSpecInstaller {
    static final String NAME = "dmalab";
    static final String JAR = "dmalab-kernel.jar";

    private KernelSpecInstaller() {}

    /** Installs where {@code options} say; returns the sentence that says what was written. */
    static String install(Options options, Map<String, String> environment) throws CommandException, UsageException {
        if (options.given().size() > 1) {
            throw new UsageException("--user, --sys-prefix and --prefix exclude each other");
        }
        if (!options.operands().isEmpty()) {
            throw new UsageException("--install takes no names: " + String.join(" ", options.operands()));
        }
        try {
            JupyterPaths paths = JupyterPaths.ofThisMachine(environment);
            Path data = paths.userData();
            if (options.has("--prefix")) {
                data = JupyterPaths.dataOf(
                        FileNames.path(options.value("--prefix").orElseThrow()));
            } else if (options.has("--sys-prefix")) {
                data = JupyterPaths.dataOf(paths.systemPrefix());
            }
            Path spec = install(data.toAbsolutePath(), thisJar(), thisJava());
            return "installed the kernelspec \"" + NAME + "\" [folder=" + spec + "] [java=" + thisJava() + "]";
        } catch (InvalidPathException e) {
            throw FileNames.refused(e);
        }
    }

    /** Installs below the Jupyter data folder {@code data}; returns the folder written. */
    static Path install(Path data, Path jar, Path java) throws CommandException {
        Path spec = data.resolve("kernels").resolve(NAME);
        try {
            Files.createDirectories(spec);
            // By way of a temporary name: a kernel that runs from the old jar keeps it.
            Path copy = Files.createTempFile(spec, "kernel", ".tmp");
            try {
                Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING);
                Files.move(copy, spec.resolve(JAR), StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(copy);
            }
            Files.writeString(spec.resolve("kernel.json"), kernelJson(java), StandardCharsets.UTF_8);
            return spec;
        } catch (AccessDeniedException e) {
            throw new CommandException("no permission to write the kernelspec [folder=" + spec + "]", e);
        } catch (IOException e) {
            throw new CommandException("the kernelspec cannot be written [folder=" + spec + "]: " + describe(e), e);
        }
    }

    private static String kernelJson(Path java) {
        Map<String, Object> spec = new LinkedHashMap<>();
        List<String> options = List.of(
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-jar",
                "{resource_dir}/" + JAR,
                "{connection_file}");
        spec.put(
                "argv",
                Stream.concat(Stream.of(java.toString()), options.stream()).toList());
        spec.put("display_name", "Java (DMA Lab)");
        spec.put("language", "java");
        spec.put("interrupt_mode", "message");
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(spec) + "\n";
    }

    private static Path thisJar() throws CommandException {
        try {
            Path code = Path.of(KernelSpecInstaller.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (!Files.isRegularFile(code)) {
                throw new CommandException("--install copies the jar it runs from and runs from a folder: " + code);
            }
            return code;
        } catch (URISyntaxException e) {
            throw new CommandException("the jar this runs from cannot be found: " + e.getInput(), e);
        }
    }

    private static Path thisJava() {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
        return Path.of(System.getProperty("java.home"), "bin", windows ? "java.exe" : "java");
    }

    private static String describe(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
