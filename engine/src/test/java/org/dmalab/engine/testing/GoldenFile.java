package org.dmalab.engine.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Operations and the answers that unmodified kernel code gave to them.
 *
 * @param name folder and file
 * @param lines the text
 */
public record GoldenFile(String name, List<String> lines) {

    /** One file below {@code golden/}. */
    public static GoldenFile of(String name) {
        return read(directory("").resolve(name));
    }

    /** Every file of one folder below {@code golden/}, so that a file put there is replayed. */
    public static Stream<GoldenFile> in(String folder) {
        try (Stream<Path> files = Files.list(directory(folder))) {
            List<Path> sorted = files.sorted().toList();
            if (sorted.isEmpty()) {
                throw new AssertionError("no golden files in " + folder);
            }
            return sorted.stream().map(GoldenFile::read);
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

    private static GoldenFile read(Path file) {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.US_ASCII))) {
            return new GoldenFile(
                    directory("").relativize(file).toString(), reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value of {@code key=} in a line that holds it, searched from the end. */
    public String value(String key) {
        Pattern pattern = Pattern.compile("\\b" + Pattern.quote(key) + "=(\\S+)");
        for (int i = lines.size() - 1; i >= 0; i--) {
            Matcher matcher = pattern.matcher(lines.get(i));
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new AssertionError(name + " has no " + key + "=");
    }

    @Override
    public String toString() {
        return name;
    }
}
