package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The notebooks in a real JupyterLab 4, in a browser: every picture is looked at, and kept in {@code target/screenshots}. */
final class JupyterLabIT {
    private static final Path SCREENSHOTS = Checkout.TARGET.resolve("screenshots");

    @BeforeAll
    static void assembleJupyterLab() throws IOException, InterruptedException {
        Path node = FrontEnds.requireNode();
        FrontEnds.requireNodeModules();
        FrontEnds.requirePython("jupyterlab_server", "python3-jupyterlab-server");
        Command.of(node, "build.mjs").in(Checkout.HARNESS).run().succeeded();
    }

    @Test
    void runAll_everyNotebook_showsItsPictures(@TempDir Path home) throws IOException, InterruptedException {
        List<Path> notebooks = Checkout.notebooks();
        FrontEnds.require(!notebooks.isEmpty(), "there is no notebook in " + Checkout.NOTEBOOKS);
        for (Path notebook : notebooks) {
            open(notebook, home).succeeded();
            String name = notebook.getFileName().toString().replace(".ipynb", "");
            assertTrue(Files.size(SCREENSHOTS.resolve(name + "-light.png")) > 0);
            assertTrue(Files.size(SCREENSHOTS.resolve(name + "-dark.png")) > 0);
        }
    }

    @Test
    void runAll_pictures_areSeen(@TempDir Path home) throws IOException, InterruptedException {
        open(Checkout.FIXTURES.resolve("pictures.ipynb"), home).succeeded();
    }

    @Test
    void runAll_cellThatRaises_isFound(@TempDir Path home) throws IOException, InterruptedException {
        Command.Result result =
                open(Checkout.FIXTURES.resolve("raises.ipynb"), home).endedWith(1);
        assertTrue(result.output().contains("raises: cell 2 (throw new"), result.output());
        assertTrue(result.output().contains("raises: no cell shows a picture"), result.output());
    }

    private static Command.Result open(Path notebook, Path home) throws IOException, InterruptedException {
        return JupyterHome.withKernel(home)
                .over(Command.of(
                        FrontEnds.requireNode(),
                        Checkout.HARNESS.resolve("open-notebook.mjs"),
                        notebook,
                        "--shots",
                        SCREENSHOTS))
                .with("CHROMIUM", FrontEnds.requireChromium())
                .run();
    }
}
