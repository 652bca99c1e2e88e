package org.dmalab.engine.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Files of {@code /proc} from real machines, whole and damaged. */
final class ProcSamples {
    private static final int ROUNDS = 300;

    /** One of the readers under test. */
    interface Reader {
        ProcFile<?> read(String source, InputStream in);
    }

    private ProcSamples() {}

    /** A file as stored. */
    static InputStream open(String name) {
        return Objects.requireNonNull(ProcSamples.class.getResourceAsStream("proc/" + name), name);
    }

    /** Damages the file in many ways: nothing is thrown, and every line is still counted once. */
    static void survivesDamage(String name, Reader reader) {
        byte[] stored = bytes(name);
        byte[] text = unpacked(name, stored);
        Random random = new Random(0x5eed);
        long noticed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = text.clone();
            for (int i = 0; i <= round % 8; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            ProcFile<?> file = whole(reader, damaged);
            noticed += file.malformed();
        }
        assertTrue(noticed > ROUNDS / 2, name + ": noticed " + noticed);
        long read = 0;
        for (int cut = 0; cut < 20; cut++) {
            read += whole(reader, Arrays.copyOf(text, random.nextInt(text.length)))
                    .read();
        }
        assertTrue(read > 0, name + ": nothing read of any beginning");
        if (stored.length != text.length) {
            ProcFile<?> cut = reader.read(name, new ByteArrayInputStream(Arrays.copyOf(stored, stored.length / 2)));
            assertEquals("the compressed file breaks off", cut.damage().orElse(""));
        }
    }

    private static ProcFile<?> whole(Reader reader, byte[] text) {
        // Bytes that begin like another tool's file are another matter.
        if (text.length == 0) {
            return reader.read("empty", new ByteArrayInputStream(text));
        }
        text[0] = (byte) 'N';
        ProcFile<?> file = reader.read("damaged", new ByteArrayInputStream(text));
        long newlines = 0;
        for (byte each : text) {
            newlines += each == '\n' ? 1 : 0;
        }
        assertEquals(newlines + (text[text.length - 1] == '\n' ? 0 : 1), file.lines());
        assertEquals(file.lines(), file.read() + file.headers() + file.blank() + file.malformed(), file::toString);
        assertEquals(
                Math.min(file.malformed(), TraceReport.KEPT),
                file.firstMalformed().size());
        return file;
    }

    private static byte[] bytes(String name) {
        try (InputStream in = open(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] unpacked(String name, byte[] stored) {
        if (!name.endsWith(".gz")) {
            return stored;
        }
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(stored))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
