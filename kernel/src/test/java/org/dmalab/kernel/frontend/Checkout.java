package org.dmalab.kernel.frontend;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The files of this repository, as a test finds them. */
final class Checkout {
    /** The kernel's own folder: surefire and failsafe start in it. */
    static final Path KERNEL = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    static final Path ROOT = KERNEL.resolveSibling("");
    static final Path TARGET = KERNEL.resolve("target");
    static final Path JAR = TARGET.resolve("dmalab-kernel.jar");
    static final Path LAB = ROOT.resolve("lab");
    static final Path NOTEBOOKS = ROOT.resolve("notebooks");
    static final Path FIXTURES = KERNEL.resolve("src/test/resources/notebooks");
    static final Path HARNESS = KERNEL.resolve("src/test/jupyterlab");

    private static final Set<String> MADE_HERE = Set.of("target", "node_modules", ".git", ".ipynb_checkpoints");

    private Checkout() {}

    /** Every notebook that the project ships, in the order of the curriculum. */
    static List<Path> notebooks() throws IOException {
        return Files.isDirectory(NOTEBOOKS) ? notebooksIn(NOTEBOOKS) : List.of();
    }

    static List<Path> notebooksIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".ipynb"))
                    .sorted()
                    .toList();
        }
    }

    /** Copies the sources to {@code copy}, modes included, without what a build or git made. */
    static void copyTo(Path copy) throws IOException {
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                if (MADE_HERE.contains(folder.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(copy.resolve(ROOT.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!MADE_HERE.contains(file.getFileName().toString())) {
                    Files.copy(
                            file, copy.resolve(ROOT.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
