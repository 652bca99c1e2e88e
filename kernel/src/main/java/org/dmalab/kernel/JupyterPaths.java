package org.dmalab.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where Jupyter looks for kernels (jupyter_core, {@code paths.py}). */
record JupyterPaths(Map<String, String> environment, String osName, Path home) {
    private static final long PYTHON_SECONDS = 20;

    /** The home folder is {@code $HOME}, as for Python; the JVM's own {@code user.home} is that of the password file. */
    static JupyterPaths ofThisMachine(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return new JupyterPaths(
                environment,
                System.getProperty("os.name"),
                Path.of(home.isEmpty() ? System.getProperty("user.home") : home));
    }

    /** {@code jupyter --data-dir}. */
    Path userData() {
        Optional<Path> named = variable("JUPYTER_DATA_DIR").map(Path::of);
        if (named.isPresent()) {
            return named.get();
        }
        String os = osName.toLowerCase(Locale.ROOT);
        if (os.contains("mac")) {
            return home.resolve("Library").resolve("Jupyter");
        }
        if (os.contains("windows")) {
            return variable("APPDATA")
                    .map(roaming -> Path.of(roaming, "jupyter"))
                    .orElseGet(() -> home.resolve(".jupyter").resolve("data"));
        }
        return variable("XDG_DATA_HOME")
                .map(Path::of)
                .orElseGet(() -> home.resolve(".local").resolve("share"))
                .resolve("jupyter");
    }

    /** The data folder below a prefix such as {@code /usr/local}. */
    static Path dataOf(Path prefix) {
        return prefix.resolve("share").resolve("jupyter");
    }

    /** Python's {@code sys.prefix}: that of the active environment, or of the {@code python3} on the path. */
    Path systemPrefix() throws CommandException {
        Optional<String> active = variable("VIRTUAL_ENV").or(() -> variable("CONDA_PREFIX"));
        if (active.isPresent()) {
            return Path.of(active.get());
        }
        ProcessBuilder python = new ProcessBuilder("python3", "-c", "import sys; print(sys.prefix)");
        python.redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = python.start();
            if (!process.waitFor(PYTHON_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new CommandException("--sys-prefix: python3 does not answer [waited=" + PYTHON_SECONDS + " s]");
            }
            String prefix = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0 || prefix.isEmpty()) {
                throw new CommandException("--sys-prefix: python3 cannot say what its sys.prefix is; use --prefix DIR");
            }
            return Path.of(prefix);
        } catch (IOException e) {
            throw new CommandException(
                    "--sys-prefix: no environment is active and there is no python3 to ask; use --prefix DIR", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("--sys-prefix: interrupted while asking python3", e);
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
