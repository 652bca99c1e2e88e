package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./lab} with no word and without a display: each of the four ways to a Jupyter, up to a page that answers. */
final class LabServesIT {
    private static final int START_SECONDS = 240;
    private static final int STOP_SECONDS = 20;
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/\\S*token=\\w+");

    private static final String INSTALLED = "lab: opening notebooks/ in the JupyterLab that is installed";
    private static final String PRIVATE = "lab: opening notebooks/ in the private JupyterLab";
    private static final String FROM_NPM = "lab: opening notebooks/ in the JupyterLab assembled from npm packages";
    private static final String CLASSIC = "lab: opening notebooks/ in the classic Jupyter Notebook";

    private static final String NO_PYPI = "lab: PyPI cannot be reached from here";
    private static final String PAGE_OF_JUPYTERLAB = "jupyter-config-data";
    private static final String PAGE_OF_CLASSIC = "00-hello-dma.ipynb";

    private final Path home;
    private final Path said;

    LabServesIT(@TempDir Path home) {
        this.home = home;
        said = home.resolve("said.txt");
    }

    @BeforeAll
    static void frontEndsAreHere() {
        FrontEnds.requirePosix();
        FrontEnds.onlyWhereAllAreRequired();
    }

    @Test
    void open_pypiAnswers_servesThePrivateJupyterLab_whichIsThenOneThatIsInstalled()
            throws IOException, InterruptedException {
        Path venv = home.resolve("share/dmalab/venv");
        Command.of(FrontEnds.PYTHON, "-m", "venv", home.resolve("asks")).run().succeeded();
        boolean pypiAnswers = Command.of(
                                home.resolve("asks/bin/pip"),
                                "download",
                                "--no-deps",
                                "--retries=0",
                                "--timeout=8",
                                "--dest=" + home.resolve("asked"),
                                "jupyterlab-pygments")
                        .with("HOME", home) // pip's configuration is there, and ./lab gets no other
                        .run()
                        .status()
                == 0;
        assumeTrue(pypiAnswers, "PyPI cannot be reached from here");

        String output = opens(PRIVATE, PAGE_OF_JUPYTERLAB, System.getenv("PATH"));
        assertFalse(output.contains(NO_PYPI), output);
        opens(INSTALLED, PAGE_OF_JUPYTERLAB, venv.resolve("bin") + ":" + System.getenv("PATH"));
    }

    @Test
    void open_pypiIsSilent_servesTheJupyterLabFromNpm() throws IOException, InterruptedException {
        Path programs = home.resolve("programs");
        PosixTools.writeScript(programs.resolve("python3"), pythonWhosePipFails());
        String output = opens(FROM_NPM, PAGE_OF_JUPYTERLAB, programs + ":" + System.getenv("PATH"));
        assertTrue(output.contains(NO_PYPI), output);
    }

    @Test
    void open_noPypiAndNoNpm_servesTheClassicNotebook() throws IOException, InterruptedException {
        PosixTools programs = PosixTools.in(home.resolve("programs"));
        programs.script("python3", pythonWhosePipFails());
        String output = opens(CLASSIC, PAGE_OF_CLASSIC, programs.folder().toString());
        assertTrue(output.contains(NO_PYPI), output);
        assertTrue(output.contains("lab: a JupyterLab from npm packages needs more programs: "), output);
    }

    private static String[] pythonWhosePipFails() {
        return new String[] {
            "[ \"$1 $2\" = '-m venv' ] || exit 1", "/bin/mkdir -p \"$4/bin\"", "/bin/ln -s /bin/false \"$4/bin/pip\"",
        };
    }

    /** Starts {@code ./lab}, asserts the way it takes and the page it serves, ends it as Ctrl-C would; what it said. */
    @CanIgnoreReturnValue
    private String opens(String way, String page, String path) throws IOException, InterruptedException {
        // A process in the background has SIGINT ignored; env gives it back, as a terminal would.
        Process lab = Command.of("/usr/bin/env", "--default-signal=INT", Checkout.LAB, "--yes")
                .in(home)
                .with("HOME", home)
                .with("PATH", path)
                .with("XDG_DATA_HOME", home.resolve("share"))
                .with("JUPYTER_DATA_DIR", home.resolve("data"))
                .with("JAVA_HOME", Command.javaHome())
                .without("DISPLAY", "WAYLAND_DISPLAY")
                .start(said);
        try {
            URI address = awaitAddress(lab, said);
            String output = Files.readString(said);
            assertTrue(output.contains(way), output);
            HttpResponse<String> answer = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .cookieHandler(new CookieManager())
                    .build()
                    .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode(), () -> address + "\n" + answer.body());
            assertTrue(answer.body().contains(page), answer::body);

            Command.of("kill", "-INT", lab.pid()).run().succeeded();
            assertTrue(lab.waitFor(STOP_SECONDS, TimeUnit.SECONDS), "Ctrl-C does not end ./lab");
            return output;
        } finally {
            Command.end(lab);
        }
    }

    private static URI awaitAddress(Process lab, Path said) throws IOException, InterruptedException {
        for (int second = 0; second < START_SECONDS; second++) {
            String output = Files.readString(said);
            Matcher address = ADDRESS.matcher(output);
            if (address.find()) {
                return URI.create(address.group());
            }
            if (lab.waitFor(1, TimeUnit.SECONDS)) {
                throw new AssertionError("./lab ended [status=" + lab.exitValue() + "]\n" + Files.readString(said));
            }
        }
        throw new AssertionError("no address after " + START_SECONDS + " s\n" + Files.readString(said));
    }
}
