package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When {@code ./lab} builds: a copy of the sources, a Maven that only hands out the kernel, a network that is silent. */
final class LabBuildIT {
    /** Half of what a person was seen to wait for a silent server, several times what the probe may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String MAVEN_IN_A_REPOSITORY =
            "/org/apache/maven/apache-maven/3.9.9/apache-maven-3.9.9-bin.zip";

    private final Path home;
    private final Path repository;
    private final Path builds;

    LabBuildIT(@TempDir Path folder) {
        home = folder.resolve("home");
        repository = folder.resolve("repository");
        builds = folder.resolve("builds.txt");
    }

    @BeforeAll
    static void posixIsHere() {
        FrontEnds.requirePosix();
        FrontEnds.require(FrontEnds.onPath("curl").isPresent(), "there is no curl on the PATH (Debian: curl)");
    }

    @BeforeEach
    void copySources() throws IOException {
        Files.createDirectory(home);
        Files.createDirectory(repository);
        Checkout.copyTo(repository);
    }

    @Test
    void run_serverIsSilent_saysSoSoon_thoughAnotherMavenIsThere() throws IOException, InterruptedException {
        Files.createDirectories(home.resolve(".m2/wrapper/dists/apache-maven-3.0.0/1a2b3c4d"));
        try (ServerSocket silent = silentServer()) {
            long start = System.nanoTime();
            String output = run(silent).endedWith(4).output();
            Duration taken = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(taken.compareTo(PATIENCE) < 0, () -> taken + "\n" + output);
            assertTrue(
                    output.endsWith("lab: Maven cannot be downloaded, and without it nothing is built [asked="
                            + addressOf(silent) + MAVEN_IN_A_REPOSITORY + "]\n"),
                    output);
        }
    }

    @Test
    void run_mavenIsThere_asksNoNetwork_andBuildsOnce() throws IOException, InterruptedException {
        try (ServerSocket silent = silentServer()) {
            installMavenFor(silent);
            run(silent).succeeded();
            run(silent).succeeded();
        }
        assertEquals(1, Files.readAllLines(builds).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kernel/src/main/java/org/dmalab/kernel/Main.java",
                "engine/src/main/java/org/dmalab/engine/Soc.java",
            })
    void run_sourceWasDeleted_buildsAgain(String source) throws IOException, InterruptedException {
        try (ServerSocket silent = silentServer()) {
            installMavenFor(silent);
            run(silent).succeeded();
            Path stale = Files.createFile(Files.createDirectories(repository.resolve("kernel/target/classes"))
                    .resolve("resource-of-a-former-build.txt"));
            Files.delete(repository.resolve(source));
            String output = run(silent).succeeded().output();
            Path folder = Path.of(source).getParent();
            assertTrue(output.contains("lab: building the kernel again, " + folder + " is newer"), output);
            assertTrue(Files.notExists(stale), "what a former build copied stays in the kernel");
        }
        assertEquals(2, Files.readAllLines(builds).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", ".mvn/jvm.config", "kernel/src/main/java/org/dmalab/kernel/Main.java"})
    void run_fileWasChanged_buildsAgain(String file) throws IOException, InterruptedException {
        try (ServerSocket silent = silentServer()) {
            installMavenFor(silent);
            run(silent).succeeded();
            Files.writeString(repository.resolve(file), "\n", StandardOpenOption.APPEND);
            String output = run(silent).succeeded().output();
            assertTrue(output.contains("lab: building the kernel again, " + file + " is newer"), output);
        }
        assertEquals(2, Files.readAllLines(builds).size());
    }

    private Command.Result run(ServerSocket server) throws IOException, InterruptedException {
        return Command.of(
                        repository.resolve("lab"),
                        "run",
                        Checkout.FIXTURES.resolve("pictures.ipynb"),
                        "--output",
                        home.resolve("out.ipynb"))
                .with("HOME", home)
                .with("JAVA_HOME", Command.javaHome())
                .with("MVNW_REPOURL", addressOf(server))
                .with("no_proxy", "127.0.0.1")
                .without("MAVEN_USER_HOME")
                .run();
    }

    /** Connections are accepted by the system; nobody ever answers. */
    private static ServerSocket silentServer() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static String addressOf(ServerSocket server) {
        return "http://" + server.getInetAddress().getHostAddress() + ":" + server.getLocalPort();
    }

    /** Where the wrapper looks for what it would have downloaded from that server. */
    private void installMavenFor(ServerSocket server) throws IOException {
        String code = Integer.toHexString((addressOf(server) + MAVEN_IN_A_REPOSITORY).hashCode());
        PosixTools.writeScript(
                home.resolve(".m2/wrapper/dists/apache-maven-3.9.9/" + code + "/bin/mvn"),
                "mkdir -p kernel/target",
                "cp '" + Checkout.JAR + "' kernel/target/dmalab-kernel.jar",
                "echo \"$*\" >>'" + builds + "'");
    }
}
