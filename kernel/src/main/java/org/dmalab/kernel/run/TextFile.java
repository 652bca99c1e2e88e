package org.dmalab.kernel.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Text in a file: read whole if it is not too large, written all or nothing.
 *
 * <p>A link is followed: the file it names is read and replaced. What is no regular file (a device, a pipe) is written
 * through and stays what it is.
 */
final class TextFile {
    /** The largest notebook read. A notebook is held in memory several times over. */
    static final long LARGEST_BYTES = 256L << 20;

    private static final byte[] REPLACEMENT_CHARACTER = "\ufffd".getBytes(StandardCharsets.UTF_8);

    private TextFile() {}

    static String read(Path path) throws NotebookException {
        if (Files.isDirectory(path)) {
            throw new NotebookException(path + " is a folder, expected a notebook (.ipynb)");
        }
        try {
            checkSize(path, Files.size(path));
            byte[] bytes;
            try (InputStream in = Files.newInputStream(path)) {
                // A device or a pipe has no size to ask for.
                bytes = in.readNBytes(Math.toIntExact(LARGEST_BYTES + 1));
            }
            checkSize(path, bytes.length);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new NotebookException(path + " is not text in UTF-8; a notebook is a JSON document", e);
        } catch (NoSuchFileException e) {
            throw new NotebookException(path + " does not exist", e);
        } catch (IOException e) {
            throw new NotebookException(path + " cannot be read: " + describe(e), e);
        }
    }

    private static void checkSize(Path path, long bytes) throws NotebookException {
        if (bytes > LARGEST_BYTES) {
            throw new NotebookException(path + " is too large to be run [largest=" + LARGEST_BYTES + " bytes] [file="
                    + (bytes == LARGEST_BYTES + 1 ? "more" : bytes + " bytes") + "]");
        }
    }

    /** Says before the first cell runs what would be known only after the last. */
    static void checkWritable(Path target) throws NotebookException {
        if (Files.isDirectory(target)) {
            throw new NotebookException(target + " is a folder, expected the name of a file to write");
        }
        if (Files.exists(target) && !Files.isWritable(target)) {
            throw new NotebookException(target + " cannot be written: no permission to write it");
        }
        if (isSpecial(target)) {
            return;
        }
        Path folder = folderOf(target);
        if (!Files.isDirectory(folder)) {
            throw new NotebookException(target + " cannot be written: there is no folder " + folder);
        }
        if (!Files.isWritable(folder)) {
            throw new NotebookException(target + " cannot be written: no permission to write in " + folder);
        }
    }

    /** Puts {@code text} into {@code target}, by way of a temporary file beside it. */
    static void replace(Path target, String text) throws NotebookException {
        checkWritable(target);
        try {
            ByteBuffer encoded = encoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            if (isSpecial(target)) {
                try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
                    out.write(bytes);
                }
                return;
            }
            Path file = resolved(target);
            Path temporary = Files.createTempFile(folderOf(file), ".dmalab", ".tmp");
            try {
                Files.write(temporary, bytes);
                Permissions.copy(file, temporary);
                move(temporary, file);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new NotebookException(target + " cannot be written: " + describe(e), e);
        }
    }

    /** Half of a surrogate pair, which a Java string may hold and UTF-8 cannot, becomes U+FFFD. */
    private static CharsetEncoder encoder() {
        return StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .replaceWith(REPLACEMENT_CHARACTER);
    }

    private static boolean isSpecial(Path target) {
        return Files.exists(target) && !Files.isRegularFile(target);
    }

    /** The file {@code target} leads to, which may not be there yet. */
    private static Path resolved(Path target) throws IOException {
        if (Files.exists(target)) {
            return target.toRealPath();
        }
        // A link to a file that is not there yet: the file is made, the link stays.
        return Files.isSymbolicLink(target) ? target.resolveSibling(Files.readSymbolicLink(target)) : target;
    }

    private static Path folderOf(Path target) throws NotebookException {
        try {
            Path folder = resolved(target).toAbsolutePath().getParent();
            if (folder != null) {
                return folder;
            }
            throw new NotebookException(target + " is a folder, expected the name of a file to write");
        } catch (IOException e) {
            throw new NotebookException(target + " cannot be written: " + describe(e), e);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String describe(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
