package org.dmalab.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelSpecInstallerTest {
    private static final Path JAVA = Path.of("/opt/jdk/bin/java");
    private static final byte[] JAR_BYTES = {'P', 'K', 3, 4};

    @TempDir
    private Path folder;

    private Path jar;

    @BeforeEach
    void writeJar() throws Exception {
        jar = Files.write(folder.resolve("built.jar"), JAR_BYTES);
    }

    @Test
    void install_emptyFolder_writesSpecAndJar() throws Exception {
        Path spec = KernelSpecInstaller.install(folder.resolve("share/jupyter"), jar, JAVA);
        assertEquals(folder.resolve("share/jupyter/kernels/dmalab"), spec);
        assertArrayEquals(JAR_BYTES, Files.readAllBytes(spec.resolve("dmalab-kernel.jar")));
        JsonObject json = JsonParser.parseString(Files.readString(spec.resolve("kernel.json")))
                .getAsJsonObject();
        assertEquals("Java (DMA Lab)", json.get("display_name").getAsString());
        assertEquals("java", json.get("language").getAsString());
        assertEquals("message", json.get("interrupt_mode").getAsString());
        List<String> argv = json.getAsJsonArray("argv").asList().stream()
                .map(each -> each.getAsString())
                .toList();
        assertEquals(JAVA.toString(), argv.get(0));
        assertTrue(argv.containsAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-jar")), argv::toString);
        assertEquals(
                List.of("{resource_dir}/dmalab-kernel.jar", "{connection_file}"),
                argv.subList(argv.size() - 2, argv.size()));
        try (var files = Files.list(spec)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void install_twice_replacesAndLeavesOtherKernelsAlone() throws Exception {
        Path java = Files.createDirectories(folder.resolve("kernels/java")).resolve("kernel.json");
        Files.writeString(java, "somebody else's");
        assertTrue(Files.isDirectory(KernelSpecInstaller.install(folder, jar, JAVA)));
        Files.write(jar, new byte[] {1, 2, 3});
        Path spec = KernelSpecInstaller.install(folder, jar, JAVA);
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(spec.resolve("dmalab-kernel.jar")));
        assertEquals("somebody else's", Files.readString(java));
    }

    @Test
    void install_whereAFileIs_saysSo() throws Exception {
        Path file = Files.writeString(folder.resolve("kernels"), "");
        CommandException failure =
                assertThrows(CommandException.class, () -> KernelSpecInstaller.install(folder, jar, JAVA));
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.contains(file.toString()), message);
        assertEquals(1, message.lines().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--user --sys-prefix", "--prefix", "--everywhere", "--user /tmp", "--user --prefix /tmp"})
    void install_argumentsThatMeanNothing_areRefused(String line) {
        assertThrows(
                UsageException.class,
                () -> KernelSpecInstaller.install(
                        Options.parse(
                                List.of(line.split(" ", -1)), List.of("--user", "--sys-prefix"), List.of("--prefix")),
                        Map.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, JUPYTER_DATA_DIR, /data/j, /data/j",
        "Linux, XDG_DATA_HOME, /data, /data/jupyter",
        "Linux, OTHER, x, /home/ada/.local/share/jupyter",
        "Linux, XDG_DATA_HOME, '', /home/ada/.local/share/jupyter",
        "Mac OS X, OTHER, x, /home/ada/Library/Jupyter",
        "Mac OS X, XDG_DATA_HOME, /data, /home/ada/Library/Jupyter",
        "Windows 11, APPDATA, /roaming, /roaming/jupyter",
        "Windows 11, OTHER, x, /home/ada/.jupyter/data",
    })
    void userData_environment_isWhereJupyterLooks(String os, String variable, String value, String expected) {
        JupyterPaths paths = new JupyterPaths(Map.of(variable, value), os, Path.of("/home/ada"));
        assertEquals(Path.of(expected), paths.userData());
    }

    @ParameterizedTest
    @ValueSource(strings = {"VIRTUAL_ENV", "CONDA_PREFIX"})
    void systemPrefix_activeEnvironment_isIt(String variable) throws Exception {
        JupyterPaths paths = new JupyterPaths(Map.of(variable, "/opt/env"), "Linux", Path.of("/home/ada"));
        assertEquals(Path.of("/opt/env"), paths.systemPrefix());
    }

    @Test
    void userData_followsHomeAsPythonDoes() {
        assertEquals(
                Path.of("/home/ada/.local/share/jupyter"),
                new JupyterPaths(
                                Map.of(),
                                "Linux",
                                JupyterPaths.ofThisMachine(Map.of("HOME", "/home/ada"))
                                        .home())
                        .userData());
        assertEquals(
                Path.of(System.getProperty("user.home")),
                JupyterPaths.ofThisMachine(Map.of()).home());
    }
}
