package org.dmalab.kernel.frontend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A folder to be a command's whole PATH: what {@code ./lab} calls of a POSIX system, and programs that a test makes. */
record PosixTools(Path folder) {
    private static final List<String> CALLED_BY_LAB = List.of(
            "sh",
            "dirname",
            "readlink",
            "sed",
            "uname",
            "find",
            "head",
            "cat",
            "cp",
            "cksum",
            "id",
            "mkdir",
            "rm",
            "sleep",
            "ln");

    static PosixTools in(Path folder) throws IOException {
        PosixTools tools = new PosixTools(Files.createDirectory(folder));
        for (String tool : CALLED_BY_LAB) {
            tools.link(tool);
        }
        return tools;
    }

    /** Adds a program of this machine. */
    void link(String tool) throws IOException {
        Path program = FrontEnds.onPath(tool).orElseThrow(() -> new IOException("no " + tool + " on the PATH"));
        Path link = Files.createSymbolicLink(folder.resolve(tool), program.toRealPath());
        assertTrue(Files.isExecutable(link), tool);
    }

    void script(String tool, String... lines) throws IOException {
        writeScript(folder.resolve(tool), lines);
    }

    static void writeScript(Path file, String... lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The command with these programs and no JDK. */
    Command over(Command command) {
        return command.with("PATH", folder).with("DMALAB_JDKS", "").without("JAVA_HOME");
    }
}
