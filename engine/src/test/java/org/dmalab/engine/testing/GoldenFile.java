package org.dmalab.engine.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.dmalab.engine.replay.GoldenReplay;
import org.dmalab.engine.replay.ReplayReport;

/**
 * Operations and the answers that unmodified kernel code gave to them.
 *
 * @param path where the file is
 */
public record GoldenFile(Path path) {

    /** One file below {@code golden/}. */
    public static GoldenFile of(String name) {
        return new GoldenFile(directory("").resolve(name));
    }

    /** Every file of one folder below {@code golden/}, so that a file put there is replayed. */
    public static Stream<GoldenFile> in(String folder) {
        try (Stream<Path> files = Files.list(directory(folder))) {
            List<Path> sorted = files.sorted().toList();
            if (sorted.isEmpty()) {
                throw new AssertionError("no golden files in " + folder);
            }
            return sorted.stream().map(GoldenFile::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory(String folder) {
        URL url = GoldenFile.class.getResource("/golden/" + folder);
        if (url == null) {
            throw new AssertionError("no golden folder: " + folder);
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The text. */
    public List<String> lines() {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(path)), StandardCharsets.US_ASCII))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replays the file; there must be no difference, and everything must have been compared. */
    public void assertSame(long operations) {
        ReplayReport report = GoldenReplay.check(path);
        assertEquals(Optional.empty(), report.first(), report::toString);
        assertEquals(
                path + ": " + GoldenReplay.formatOf(path) + ", " + operations + " operations, 0 differences",
                report.toString());
    }

    /** Replays other lines under this file's name and format. */
    public ReplayReport replay(List<String> lines) {
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        return GoldenReplay.check(toString(), new ByteArrayInputStream(text), GoldenReplay.formatOf(path));
    }

    /** Folder and file. */
    @Override
    public String toString() {
        return directory("").relativize(path).toString();
    }
}
