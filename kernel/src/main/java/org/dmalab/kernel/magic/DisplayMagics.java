package org.dmalab.kernel.magic;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmalab.kernel.display.MimeBundle;

/** The cell magics that show the rest of the cell as it stands: {@code %%html %%markdown %%svg %%latex %%javascript}. */
public final class DisplayMagics {
    private static final Map<String, String> TYPES = Map.of(
            "html", MimeBundle.HTML,
            "markdown", MimeBundle.MARKDOWN,
            "svg", "image/svg+xml",
            "latex", "text/latex",
            "javascript", "application/javascript",
            "js", "application/javascript");

    private static final Pattern CELL = Pattern.compile("\\s*%%(\\w+)[ \\t]*\\R(.*)", Pattern.DOTALL);

    private DisplayMagics() {}

    /** What {@code cell} shows, when it is one of these magics. */
    public static Optional<MimeBundle> show(String cell) {
        Matcher matcher = CELL.matcher(cell);
        if (!matcher.matches() || !TYPES.containsKey(matcher.group(1))) {
            return Optional.empty();
        }
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(TYPES.getOrDefault(matcher.group(1), MimeBundle.TEXT), matcher.group(2));
        data.put(MimeBundle.TEXT, matcher.group(2));
        return Optional.of(new MimeBundle(data, Map.of()));
    }
}
