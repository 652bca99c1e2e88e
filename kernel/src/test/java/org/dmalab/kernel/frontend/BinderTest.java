package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of repo2docker and mybinder.org that decide whether the Binder link works. */
final class BinderTest {
    private static final Path BINDER = Checkout.ROOT.resolve("binder");

    /** One of these tells mybinder.org which build pack to take; it has no default. */
    private static final Set<String> DECIDES_THE_BUILD_PACK =
            Set.of("runtime.txt", "requirements.txt", "environment.yml", "Pipfile");

    @Test
    void folder_holdsWhatTheBuildNeeds_andNothingThatHidesIt() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(BINDER)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        assertTrue(names.containsAll(Set.of("apt.txt", "postBuild")), names::toString);
        assertTrue(
                names.stream().anyMatch(DECIDES_THE_BUILD_PACK::contains), () -> "no build pack is chosen: " + names);
        assertFalse(names.contains("Dockerfile"), "a Dockerfile makes repo2docker ignore all other files");
        assertFalse(Files.exists(Checkout.ROOT.resolve(".binder")), "binder/ and .binder/ together are an error");
    }

    @Test
    void runtime_namesAPython_thatRepo2dockerReads() throws IOException {
        assertEquals(
                "python-3.12", Files.readString(BINDER.resolve("runtime.txt")).strip());
    }

    @Test
    void apt_takesAHeadlessJdk_ofTheBaseImage() throws IOException {
        List<String> packages = Files.readAllLines(BINDER.resolve("apt.txt")).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        assertTrue(packages.contains("openjdk-21-jdk-headless"), packages::toString);
        Pattern debianName = Pattern.compile("[a-z0-9][a-z0-9.+-]+");
        assertTrue(packages.stream().allMatch(name -> debianName.matcher(name).matches()), packages::toString);
    }

    @Test
    void scripts_canBeExecuted_andEndAtTheFirstFailure() throws IOException {
        for (String name : List.of("postBuild", "start")) {
            Path script = BINDER.resolve(name);
            if (name.equals("postBuild") || Files.exists(script)) {
                assertTrue(Files.isExecutable(script), name + " is not executable");
                List<String> lines = Files.readAllLines(script);
                assertTrue(lines.get(0).startsWith("#!/"), name + " has no shebang");
                List<String> commands = lines.stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .toList();
                assertEquals("set -e", commands.get(0), name + " goes on after a failing command");
                assertTrue(
                        commands.stream().noneMatch(command -> command.contains("&&") || command.contains("||")),
                        () -> "set -e does not see the failure of a command in a chain: " + commands);
                if (name.equals("start")) {
                    assertEquals("exec \"$@\"", commands.get(commands.size() - 1));
                }
            }
        }
    }
}
