package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs that only some machines have. A test that needs a missing one is skipped with a sentence; where
 * {@code DMALAB_REQUIRE_FRONTENDS=1} says that all are installed, as in {@code .ci/run}, it fails.
 */
final class FrontEnds {
    private static final boolean REQUIRED = "1".equals(System.getenv("DMALAB_REQUIRE_FRONTENDS"));

    /** The distribution's Python, which has the distribution's Jupyter packages. */
    static final Path PYTHON = Path.of("/usr/bin/python3");

    private FrontEnds() {}

    static void require(boolean present, String whatIsMissing) {
        if (REQUIRED) {
            assertTrue(present, whatIsMissing);
        } else {
            assumeTrue(present, whatIsMissing);
        }
    }

    /** For tests that install programs: only where every front end is asked for. */
    static void onlyWhereAllAreRequired() {
        assumeTrue(REQUIRED, "installs programs, so it runs only with DMALAB_REQUIRE_FRONTENDS=1");
    }

    static void requirePosix() {
        require(
                File.separatorChar == '/',
                "./lab and binder/postBuild are shell scripts, and this machine is not POSIX");
    }

    static void requirePython(String module, String debianPackage) throws IOException, InterruptedException {
        boolean present = Files.isExecutable(PYTHON)
                && Command.of(PYTHON, "-c", "import " + module).run().status() == 0;
        require(present, PYTHON + " has no " + module + " (Debian: " + debianPackage + ")");
    }

    static Path requireNode() {
        Optional<Path> node = onPath("node");
        require(node.isPresent(), "there is no node on the PATH (Debian: nodejs, npm)");
        return node.orElseThrow();
    }

    static Path requireChromium() {
        Optional<Path> chromium = Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
                .flatMap(name -> onPath(name).stream())
                .findFirst();
        require(chromium.isPresent(), "there is no Chromium on the PATH (Debian: chromium)");
        return chromium.orElseThrow();
    }

    static void requireNodeModules() {
        require(
                Files.isDirectory(Checkout.HARNESS.resolve("node_modules")),
                "JupyterLab's npm packages are not installed (npm ci --ignore-scripts in " + Checkout.HARNESS + ")");
    }

    static Optional<Path> onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
