package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every notebook, through Jupyter's own client on a fresh kernelspec, and as the page that nbconvert makes of it. What a
 * shipped notebook says is what it says in its file: nothing there may depend on the machine, the clock or the JDK.
 */
final class NotebooksInJupyterIT {
    private static final Path EXECUTE = Checkout.KERNEL.resolve("src/test/jupyter/execute_notebook.py");
    private static final Path EXECUTED = Checkout.TARGET.resolve("executed");

    @BeforeAll
    static void jupyterIsHere() throws IOException, InterruptedException {
        FrontEnds.requirePython("nbclient", "python3-nbclient");
        FrontEnds.requirePython("nbconvert", "python3-nbconvert");
    }

    static Stream<Path> notebooks() throws IOException {
        return Stream.concat(Stream.of(Checkout.FIXTURES.resolve("pictures.ipynb")), Checkout.notebooks().stream());
    }

    @ParameterizedTest
    @MethodSource
    void notebooks(Path notebook, @TempDir Path home) throws IOException, InterruptedException {
        String name = notebook.getFileName().toString();
        execute(notebook, home).succeeded();
        if (notebook.startsWith(Checkout.NOTEBOOKS)) {
            List<String> differences = SavedOutputs.differences(notebook, EXECUTED.resolve(name));
            assertEquals(List.of(), differences, () -> String.join("\n", differences));
        }
    }

    @Test
    void notebooks_folder_holdsSome() throws IOException {
        List<Path> notebooks = Checkout.notebooks();
        FrontEnds.require(!notebooks.isEmpty(), "there is no notebook in " + Checkout.NOTEBOOKS);
    }

    @Test
    void execute_cellThatRaises_isNamed(@TempDir Path home) throws IOException, InterruptedException {
        Command.Result result =
                execute(Checkout.FIXTURES.resolve("raises.ipynb"), home).endedWith(1);
        assertTrue(result.output().contains("raises.ipynb: cell 2 of 3 raises"), result.output());
        assertTrue(result.output().contains("the camera is gone"), result.output());
    }

    private static Command.Result execute(Path notebook, Path home) throws IOException, InterruptedException {
        Files.createDirectories(EXECUTED);
        return JupyterHome.withKernel(home)
                .over(Command.of(FrontEnds.PYTHON, EXECUTE, notebook, EXECUTED))
                .run();
    }
}
