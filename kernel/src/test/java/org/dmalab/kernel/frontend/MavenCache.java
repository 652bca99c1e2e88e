package org.dmalab.kernel.frontend;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What Maven and its wrapper keep under {@code ~/.m2}. A test that builds as another user is given it, so that it
 * waits for no download; what is missing is downloaded as ever.
 */
record MavenCache(Path folder, Path localRepository) {
    static MavenCache ofThisMachine() {
        Path folder = Optional.ofNullable(System.getenv("MAVEN_USER_HOME"))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".m2"));
        // Surefire and failsafe tell their JVM which repository the build uses.
        Path repository = Optional.ofNullable(System.getProperty("localRepository"))
                .map(Path::of)
                .orElseGet(() -> folder.resolve("repository"));
        return new MavenCache(folder, repository);
    }

    /** Hard links where the file system and the modes allow it, copies elsewhere. Maven never writes into these files. */
    void offerTo(Path copy) throws IOException {
        Files.createDirectories(copy);
        if (Files.isDirectory(localRepository)) {
            offer(localRepository, copy.resolve("repository"), MavenCache::isArtifact);
        }
        if (Files.isDirectory(folder.resolve("wrapper"))) {
            offer(folder.resolve("wrapper"), copy.resolve("wrapper"), file -> true);
        }
    }

    /** Not Maven's own notes: they name the repository that a file came from, and are written to. */
    private static boolean isArtifact(Path file) {
        String path = file.toString();
        return (path.endsWith(".jar") || path.endsWith(".pom")) && !path.contains("/org/dmalab/");
    }

    private static void offer(Path from, Path to, Predicate<Path> wanted) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(visited).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (wanted.test(file)) {
                    linkOrCopy(file, to.resolve(from.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void linkOrCopy(Path file, Path copy) throws IOException {
        boolean readableByAll = Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        if (readableByAll && Files.getFileStore(file).equals(Files.getFileStore(copy.getParent()))) {
            Files.createLink(copy, file);
            return;
        }
        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        Files.setPosixFilePermissions(
                copy, PosixFilePermissions.fromString(Files.isExecutable(file) ? "rwxr-xr-x" : "rw-r--r--"));
    }
}
