package org.dmalab.engine.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Text in a file or stream, plain or gzipped; what is neither is refused with the tool that makes text of it. */
final class PackedText {
    private PackedText() {}

    /**
     * The bytes of the file at {@code path}, as they are stored.
     *
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device or a pipe
     */
    static InputStream open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("no such file: " + path + " [looked in "
                    + path.toAbsolutePath().getParent() + "]");
        }
        if (Files.isDirectory(path)) {
            throw new IllegalArgumentException("a directory, not a log: " + path);
        }
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("a device or a pipe, which may never end, not a file: " + path
                    + "; save its output in a file, or open it and pass its InputStream");
        }
        return Files.newInputStream(path);
    }

    /** The name to show for the file at {@code path}. */
    static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? path.toString() : name.toString();
    }

    /**
     * The text of {@code in}, by its first bytes, whatever the name of the source says.
     *
     * @throws TraceFormatException if it is another tool's binary format
     */
    static InputStream unpacked(String source, InputStream in) throws IOException {
        PushbackInputStream start = new PushbackInputStream(in, 8);
        byte[] magic = start.readNBytes(8);
        start.unread(magic);
        if (begins(magic, 0x1f, 0x8b)) {
            return new GZIPInputStream(start, 1 << 16);
        }
        refuse(source, begins(magic, 0x17, 0x08, 0x44), "trace-cmd's binary trace.dat", "trace-cmd report");
        refuse(source, begins(magic, 'P', 'E', 'R', 'F', 'I', 'L', 'E', '2'), "perf's binary perf.data", "perf script");
        refuse(source, begins(magic, 0x28, 0xb5, 0x2f, 0xfd), "compressed with zstd", "zstd -dc");
        refuse(source, begins(magic, 0xfd, '7', 'z', 'X', 'Z'), "compressed with xz", "xz -dc");
        refuse(source, begins(magic, 'B', 'Z', 'h'), "compressed with bzip2", "bzip2 -dc");
        refuse(source, begins(magic, 'P', 'K', 3, 4), "a zip archive", "unzip -p");
        return start;
    }

    private static void refuse(String source, boolean is, String what, String tool) {
        if (is) {
            throw new TraceFormatException(source + " is " + what + ", not text: save the output of " + tool);
        }
    }

    private static boolean begins(byte[] bytes, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
