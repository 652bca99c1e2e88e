package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./lab} as typed: its words, its exit statuses, the JDK it finds, the Jupyter it chooses. */
final class LabScriptIT {
    private static final int LINES_OF_A_SCREEN = 24;
    private static final int COLUMNS_OF_A_SCREEN = 80;

    @BeforeAll
    static void posixIsHere() {
        FrontEnds.requirePosix();
    }

    @Test
    void help_fitsOneScreen() throws IOException, InterruptedException {
        List<String> lines = lab("--help").run().succeeded().output().lines().toList();
        assertTrue(lines.size() <= LINES_OF_A_SCREEN, () -> lines.size() + " lines");
        for (String line : lines) {
            assertTrue(line.length() <= COLUMNS_OF_A_SCREEN, line);
        }
        assertTrue(lines.get(0).startsWith("usage: ./lab"), lines.get(0));
    }

    @Test
    void verb_unknown_isNamedInOneLine() throws IOException, InterruptedException {
        String output = lab("frobnicate").run().endedWith(2).output();
        assertEquals("lab: \"frobnicate\" is neither a verb nor an option of lab; ./lab --help lists them\n", output);
    }

    @Test
    void run_withoutNotebook_saysWhatIsMissing() throws IOException, InterruptedException {
        String output = lab("run").run().endedWith(2).output();
        assertTrue(output.startsWith("lab: run needs a notebook"), output);
    }

    @Test
    void run_missingNotebook_isNamedInOneLine(@TempDir Path folder) throws IOException, InterruptedException {
        String output =
                lab("run", "no such.ipynb").in(folder).run().endedWith(2).output();
        assertEquals("lab: there is no notebook no such.ipynb [looked in " + folder.toRealPath() + "]\n", output);
    }

    @Test
    void run_unknownOption_isNamed() throws IOException, InterruptedException {
        String output = lab("run", "--frobnicate", "x.ipynb").run().endedWith(2).output();
        assertTrue(output.contains("--frobnicate"), output);
    }

    @Test
    void check_misused_saysHow() throws IOException, InterruptedException {
        assertEquals(
                "lab: check needs a file: ./lab check FILE... [--format NAME]\n",
                lab("check", "--format", "buddy-v3.14").run().endedWith(2).output());
        assertEquals(
                "lab: --format needs the name of a format\n",
                lab("check", "x", "--format").run().endedWith(2).output());
        String output = lab("check", "--frobnicate").run().endedWith(2).output();
        assertTrue(output.contains("--frobnicate"), output);
    }

    @Test
    void check_recordings_saysHowTheyCompare(@TempDir Path folder) throws IOException, InterruptedException {
        Path recordings = Files.createDirectory(folder.resolve("buddy-v3.14"));
        Files.writeString(recordings.resolve("as recorded.txt"), "I 0 1\na 0 0 2 = 0\n# end ops=1\n");
        Files.writeString(recordings.resolve("other.txt"), "I 0 1\na 0 0 2 = -\n# end ops=1\n");
        String same = lab("check", "buddy-v3.14/as recorded.txt")
                .in(folder)
                .run()
                .succeeded()
                .output();
        assertTrue(same.endsWith("buddy-v3.14/as recorded.txt: buddy-v3.14, 1 operation, 0 differences\n"), same);
        String different = lab("check", recordings.resolve("other.txt"), "--format", "buddy-v3.14")
                .run()
                .endedWith(1)
                .output();
        assertTrue(different.contains("first difference, line 2: a 0 0 2 = -"), different);
        Files.writeString(folder.resolve("other.txt"), "I 0 1\n");
        assertTrue(
                lab("check", "other.txt").in(folder).run().endedWith(2).output().contains("no format is named"));
        String missing =
                lab("check", "missing.txt").in(folder).run().endedWith(2).output();
        assertTrue(missing.contains("no such file: missing.txt"), missing);
    }

    @Test
    void run_noJdk_saysHowToGetOne(@TempDir Path folder) throws IOException, InterruptedException {
        PosixTools tools = PosixTools.in(folder.resolve("tools"));
        String output = tools.over(lab("run", Checkout.FIXTURES.resolve("pictures.ipynb")))
                .run()
                .endedWith(3)
                .output();
        assertTrue(output.contains("lab: a JDK 17 or later is needed and none was found"), output);
        assertTrue(output.contains("to get one: "), output);
    }

    @Test
    void run_oldJdk_isNotTaken(@TempDir Path folder) throws IOException, InterruptedException {
        PosixTools tools = PosixTools.in(folder.resolve("tools"));
        Path home = folder.resolve("jdk 11");
        PosixTools.writeScript(home.resolve("bin/javac"), "exit 0");
        PosixTools.writeScript(
                home.resolve("bin/java"),
                "echo '    java.home = " + home + "'",
                "echo '    java.specification.version = 11'");
        String output = tools.over(lab("run", Checkout.FIXTURES.resolve("pictures.ipynb")))
                .with("JAVA_HOME", home)
                .run()
                .endedWith(3)
                .output();
        assertTrue(output.contains("too old: [Java 11 in " + home + "]"), output);
    }

    @Test
    void run_jdkBesideOthers_isFoundAmongThem(@TempDir Path folder) throws IOException, InterruptedException {
        PosixTools tools = PosixTools.in(folder.resolve("tools"));
        Path jdks = Files.createDirectory(folder.resolve("jdks here"));
        Files.createSymbolicLink(jdks.resolve("jdk"), Command.javaHome());
        tools.over(lab("run", Checkout.FIXTURES.resolve("pictures.ipynb"), "--output", folder.resolve("out.ipynb")))
                .with("DMALAB_JDKS", folder.resolve("none") + ":" + jdks)
                .run()
                .succeeded();
        assertTrue(Files.size(folder.resolve("out.ipynb")) > 0);
    }

    @Test
    void run_throughALinkFromAnotherFolder_executesTheNotebook(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(folder.resolve("the lab"), Checkout.LAB);
        Path again = Files.createSymbolicLink(folder.resolve("again"), folder.relativize(link));
        Path notebook = Files.copy(Checkout.FIXTURES.resolve("pictures.ipynb"), folder.resolve("my notebook.ipynb"));
        Command.of(again, "run", notebook.getFileName(), "--html", "my page.html")
                .in(folder)
                .with("JAVA_HOME", Command.javaHome())
                .run()
                .succeeded();
        assertTrue(Files.readString(notebook).contains("the answer is 42"), "outputs are written back");
        assertTrue(Files.readString(folder.resolve("my page.html")).contains("data:image/png;base64,"));
    }

    @Test
    void run_notebookElsewhere_readsWhatIsBesideIt_andWritesWhereTyped(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path typedIn = Files.createDirectory(folder.resolve("typed in"));
        Path kept = Files.createDirectory(folder.resolve("kept"));
        Files.writeString(kept.resolve("beside.txt"), "read from beside");
        Path notebook = Files.writeString(kept.resolve("reads.ipynb"), """
                {"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [],
                  "source": ["java.nio.file.Files.readString(java.nio.file.Path.of(\\"beside.txt\\")).toUpperCase()"]}],
                 "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
                """);
        lab("run", "../kept/reads.ipynb", "--html", "page.html", "--output", "out.ipynb")
                .in(typedIn)
                .run()
                .succeeded();
        assertTrue(Files.readString(typedIn.resolve("page.html")).contains("READ FROM BESIDE"));
        assertTrue(Files.readString(typedIn.resolve("out.ipynb")).contains("READ FROM BESIDE"));
        assertFalse(Files.readString(notebook).contains("READ FROM BESIDE"), "--output leaves the notebook as it is");
    }

    @Test
    void run_folderOfTheSameNameOnCdpath_isNotTaken(@TempDir Path folder) throws IOException, InterruptedException {
        Path repository = Files.createSymbolicLink(folder.resolve("repository"), Checkout.ROOT);
        Path decoys = Files.createDirectories(folder.resolve("decoys"));
        Files.createDirectory(decoys.resolve("repository"));
        Command.of(
                        "sh",
                        repository.getFileName().resolve("lab"),
                        "run",
                        Checkout.FIXTURES.resolve("pictures.ipynb"),
                        "--output",
                        "out.ipynb")
                .in(folder)
                .with("CDPATH", decoys)
                .with("JAVA_HOME", Command.javaHome())
                .run()
                .succeeded();
        assertTrue(Files.size(folder.resolve("out.ipynb")) > 0);
    }

    @Test
    void run_cellThatRaises_endsWithAnError(@TempDir Path folder) throws IOException, InterruptedException {
        Command.Result result = lab(
                        "run", Checkout.FIXTURES.resolve("raises.ipynb"), "--output", folder.resolve("out.ipynb"))
                .run();
        assertEquals(1, result.status(), result.output());
        assertTrue(result.output().contains("the camera is gone"), result.output());
    }

    @Test
    void open_jupyterLabInstalled_opensTheNotebooksInIt(@TempDir Path folder) throws IOException, InterruptedException {
        PosixTools tools = PosixTools.in(folder.resolve("tools"));
        Path asked = folder.resolve("asked.txt");
        tools.script(
                "jupyter", "[ \"$2\" = --version ] && { echo 4.9.9; exit; }", "printf '%s\\n' \"$@\" >'" + asked + "'");
        String output = tools.over(lab())
                .with("JAVA_HOME", Command.javaHome())
                .with("JUPYTER_DATA_DIR", folder.resolve("data"))
                .with("HOME", folder)
                .without("DISPLAY", "WAYLAND_DISPLAY")
                .run()
                .succeeded()
                .output();
        assertTrue(output.contains("[version=4.9.9]"), output);
        List<String> words = Files.readAllLines(asked);
        assertEquals("lab", words.get(0));
        assertTrue(words.contains("--ServerApp.root_dir=" + Checkout.NOTEBOOKS.toRealPath()), words::toString);
        assertTrue(words.contains("--LabApp.default_url=/lab/tree/00-hello-dma.ipynb"), words::toString);
        assertTrue(words.contains("--ip=127.0.0.1"), words::toString);
        assertTrue(words.contains("--no-browser"), words::toString);
        assertEquals(isRoot(), words.contains("--allow-root"), words::toString);
        assertFalse(words.stream().anyMatch(word -> word.contains("token")), words::toString);
        assertTrue(Files.isRegularFile(folder.resolve("data/kernels/dmalab/kernel.json")), output);
    }

    @Test
    void open_pypiAnswers_installsJupyterLabPrivately_once(@TempDir Path folder)
            throws IOException, InterruptedException {
        PosixTools tools = PosixTools.in(folder.resolve("tools"));
        // A virtual environment whose pip gets whatever it is asked for.
        Path pip = folder.resolve("pip");
        Path installed = folder.resolve("installed.txt");
        PosixTools.writeScript(folder.resolve("jupyter"), "echo \"opened with $*\"");
        PosixTools.writeScript(
                pip,
                "case \"$*\" in *install*)",
                "    printf '%s\\n' \"$*\" >>'" + installed + "'",
                "    bin=$(dirname \"$0\")",
                "    ln -s '" + folder.resolve("jupyter") + "' \"$bin/jupyter\"",
                "    ln -s jupyter \"$bin/jupyter-lab\"",
                "esac");
        tools.script(
                "python3",
                "[ \"$1 $2\" = '-m venv' ] || exit 1",
                "mkdir -p \"$4/bin\"",
                "ln -s '" + pip + "' \"$4/bin/pip\"");
        for (int time = 0; time < 2; time++) {
            String output = tools.over(lab())
                    .with("JAVA_HOME", Command.javaHome())
                    .with("JUPYTER_DATA_DIR", folder.resolve("data"))
                    .with("XDG_DATA_HOME", folder.resolve("share"))
                    .run()
                    .succeeded()
                    .output();
            assertTrue(output.contains("opened with lab --ip=127.0.0.1"), output);
        }
        List<String> installations = Files.readAllLines(installed);
        assertEquals(1, installations.size(), installations::toString);
        assertTrue(installations.get(0).endsWith("--timeout 8 --retries 1 jupyterlab>=4,<5"), installations::toString);
        assertTrue(Files.isExecutable(folder.resolve("share/dmalab/venv/bin/jupyter-lab")));
    }

    private static Command lab(Object... arguments) {
        Object[] words = new Object[arguments.length + 1];
        words[0] = Checkout.LAB;
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        return Command.of(words).with("JAVA_HOME", Command.javaHome());
    }

    private static boolean isRoot() throws IOException, InterruptedException {
        return Command.of("id", "-u").run().succeeded().output().strip().equals("0");
    }
}
