package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code binder/postBuild} as mybinder.org runs it: in a copy of the repository, as an ordinary user with a home of
 * its own. What it would download is taken from this machine's Maven repository where that has it.
 */
final class BinderIT {
    /** Debian's and Ubuntu's user "nobody". */
    private static final String NOBODY = "65534";

    @Test
    void postBuild_asAnOrdinaryUser_installsAKernelThatStarts(@TempDir Path folder)
            throws IOException, InterruptedException {
        FrontEnds.requirePosix();
        Path repository = Files.createDirectory(folder.resolve("repository"));
        Path home = Files.createDirectory(folder.resolve("home"));
        Checkout.copyTo(repository);
        MavenCache.ofThisMachine().offerTo(home.resolve(".m2"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

        asOrdinaryUser(home, "binder/postBuild").in(repository).run().succeeded();

        Path resources = home.resolve(".local/share/jupyter/kernels/dmalab");
        Path kernelspec = resources.resolve("kernel.json");
        assertTrue(Files.isRegularFile(kernelspec), "postBuild installs no kernelspec for the user");
        JsonObject spec = JsonParser.parseString(Files.readString(kernelspec)).getAsJsonObject();
        List<String> argv = StreamSupport.stream(spec.getAsJsonArray("argv").spliterator(), false)
                .map(JsonElement::getAsString)
                .map(word -> word.replace("{resource_dir}", resources.toString()))
                .toList();
        assertTrue(argv.contains("-Xmx1g"), () -> "a Binder has 2 GB: " + argv);
        assertTrue(argv.contains("-XX:+UseSerialGC"), () -> "a Binder has one CPU: " + argv);
        assertFalse(Files.exists(home.resolve(".m2")), "postBuild leaves Maven's downloads in the image");
        for (String module : List.of("engine", "kernel")) {
            Path built = repository.resolve(module).resolve("target");
            assertFalse(
                    Files.exists(built), () -> "postBuild leaves a second copy of the build in the image: " + built);
        }

        List<String> start = new ArrayList<>(argv.subList(0, argv.indexOf("-jar") + 2));
        start.add("--help");
        asOrdinaryUser(home, start.toArray()).in(home).run().succeeded();
    }

    private static Command asOrdinaryUser(Path home, Object... words) throws IOException, InterruptedException {
        List<Object> command = new ArrayList<>();
        if (Command.of("id", "-u").run().succeeded().output().strip().equals("0")) {
            // Of Maven's cache only the folders: its files are links to this machine's own.
            Path repository = home.resolveSibling("repository");
            Command.of("chown", "-R", "-h", NOBODY, repository).run().succeeded();
            Command.of("find", home, "-type", "d", "-exec", "chown", NOBODY, "{}", "+")
                    .run()
                    .succeeded();
            command.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
        }
        command.addAll(List.of(words));
        return Command.of(command.toArray())
                .with("HOME", home)
                // Java takes the home from the user database, where mybinder.org's user has this one.
                .with("JAVA_TOOL_OPTIONS", "-Duser.home=" + home)
                .with("JAVA_HOME", Command.javaHome())
                .with("PATH", Command.javaHome().resolve("bin") + ":" + System.getenv("PATH"))
                .without("MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_CONFIG", "MAVEN_USER_HOME", "XDG_DATA_HOME")
                .without("JUPYTER_DATA_DIR", "JUPYTER_PATH");
    }
}
