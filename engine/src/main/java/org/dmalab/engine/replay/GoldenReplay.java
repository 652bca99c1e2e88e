package org.dmalab.engine.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dmalab.engine.base.Era;

/**
 * Recorded decisions, done again by the model: the recording says what an unmodified kernel was asked and what it answered,
 * the model is asked the same, and the report counts where it answers otherwise.
 *
 * <p>A recording is text, plain or gzipped, one operation per line; {@code #} starts a comment. Every answer is compared, and
 * so are the sums at the end. After a difference the replay goes on from the model's own state.
 */
public final class GoldenReplay {
    /** A folder of recordings of several formats: there the file's name is the format. */
    private static final String MIXED_FOLDER = "dma";

    private static final List<RecordedFormat> FORMATS = List.of(
            new BuddyRecording(),
            new BuddyCasesRecording(),
            new ArmBitmapRecording("arm-bitmap-v3.14", Era.V3_14),
            new ArmBitmapRecording("arm-bitmap-v6.1", Era.V6_1),
            new IovaRecording("iova-v3.14", Era.V3_14),
            new IovaRecording("iova-v6.1", Era.V6_1),
            new IovaRecording("iova-v6.12", Era.V6_12),
            new ArmIovaRecording("arm-iova-v3.14", Era.V3_14),
            new ArmIovaRecording("arm-iova-v6.12", Era.V6_12),
            new MapSgRecording(),
            new SgFromPagesRecording(),
            new DriverRecording(RecordedDriver.EXYNOS),
            new DriverRecording(RecordedDriver.OMAP),
            new DriverRecording(RecordedDriver.MSM),
            new DriverRecording(RecordedDriver.TEGRA_SMMU),
            new IoPgtableRecording(),
            new ShortWalkRecording(),
            new LongWalkRecording(),
            new SmmuV3Recording(),
            new ZeroAreaRecording(),
            new VmregionRecording());

    private static final List<String> NOT_MODELLED = List.of("dmapool-v3.14");

    private GoldenReplay() {}

    /** The names of the formats that can be replayed. */
    public static List<String> formats() {
        return FORMATS.stream().map(RecordedFormat::name).toList();
    }

    /** The format that the place of {@code path} says: its folder's name; in a folder {@code dma}, the file's own. */
    public static String formatOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        Path name = folder == null ? null : folder.getFileName();
        if (name == null) {
            return PackedText.name(absolute);
        }
        return name.toString().equals(MIXED_FOLDER) ? withoutSuffixes(PackedText.name(absolute)) : name.toString();
    }

    private static String withoutSuffixes(String file) {
        String name = file;
        for (String suffix : List.of(".gz", ".txt")) {
            name = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
        }
        return name;
    }

    /** {@link #check(Path, String)} with the format that the file's place says. */
    public static ReplayReport check(Path path) {
        return check(path, formatOf(path));
    }

    /**
     * Replays the recording at {@code path}.
     *
     * @param format one of {@link #formats}, or its name without the version where only one version is known
     * @throws RecordingException if the format is not known or not modelled, or the text is not of it
     * @throws IllegalArgumentException if there is no such file, or it is a directory, a device or a pipe
     */
    public static ReplayReport check(Path path, String format) {
        RecordedFormat known = format(path.toString(), format);
        try (InputStream in = PackedText.open(path)) {
            return check(path.toString(), in, known);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /** Replays a recording of which {@code in} gives the bytes; {@code source} names it in the report. */
    public static ReplayReport check(String source, InputStream in, String format) {
        try {
            return check(source, in, format(source, format));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + source + ": " + e.getMessage(), e);
        }
    }

    private static ReplayReport check(String source, InputStream in, RecordedFormat format) throws IOException {
        ReplayRun run = new ReplayRun(source, format.name(), TextLines.of(source, in));
        format.replay(run);
        return run.report();
    }

    private static RecordedFormat format(String source, String name) {
        List<RecordedFormat> named =
                FORMATS.stream().filter(each -> each.name().equals(name)).toList();
        if (named.isEmpty()) {
            named = FORMATS.stream()
                    .filter(each -> withoutVersion(each.name()).equals(name))
                    .toList();
        }
        if (named.size() == 1) {
            return named.get(0);
        }
        Optional<String> notYet = Stream.concat(
                        NOT_MODELLED.stream(), NOT_MODELLED.stream().map(GoldenReplay::withoutVersion))
                .filter(name::equals)
                .findFirst();
        String shown = Printable.text(name, 80);
        if (notYet.isPresent()) {
            throw new RecordingException(source + ": recordings of the format " + shown + " are not modelled yet");
        }
        String problem = named.isEmpty() ? "no format is named " + shown : "the format " + shown + " needs a version";
        throw new RecordingException(source + ": " + problem + "; known are " + String.join(", ", formats())
                + "; not modelled yet: " + String.join(", ", NOT_MODELLED));
    }

    private static String withoutVersion(String name) {
        return name.replaceFirst("-v\\d+\\.\\d+$", "");
    }
}
