package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./lab} with no word, on a machine without JupyterLab and without a display, as a user there meets it. */
final class LabServesIT {
    private static final int START_SECONDS = 240;
    private static final int STOP_SECONDS = 20;
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/\\S*token=\\w+");

    @Test
    void open_withoutADisplay_printsAnAddressThatAnswers(@TempDir Path home) throws IOException, InterruptedException {
        FrontEnds.requirePosix();
        FrontEnds.onlyWhereAllAreRequired();
        Path said = home.resolve("said.txt");
        // A process in the background has SIGINT ignored; env gives it back, as a terminal would.
        Process lab = Command.of("env", "--default-signal=INT", Checkout.LAB, "--yes")
                .in(home)
                .with("HOME", home)
                .with("XDG_DATA_HOME", home.resolve("share"))
                .with("JUPYTER_DATA_DIR", home.resolve("data"))
                .with("JAVA_HOME", Command.javaHome())
                .without("DISPLAY", "WAYLAND_DISPLAY")
                .start(said);
        try {
            URI address = awaitAddress(lab, said);
            HttpResponse<String> answer = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build()
                    .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode(), () -> address + "\n" + answer.body());
            assertTrue(answer.body().contains("jupyter-config-data"), answer::body);

            Command.of("kill", "-INT", lab.pid()).run().succeeded();
            assertTrue(lab.waitFor(STOP_SECONDS, TimeUnit.SECONDS), () -> "Ctrl-C does not end ./lab");
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
