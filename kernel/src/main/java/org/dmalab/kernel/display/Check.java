package org.dmalab.kernel.display;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Whether an exercise is solved. It never throws, so that the cells after it run.
 *
 * @param what is asked for, a sentence
 * @param passed whether it is so
 * @param hint what to try if it is not; may be empty
 */
public record Check(String what, boolean passed, String hint) implements Renderable {
    private static final int GREEN = 0x009E73;
    private static final int WORDS = 400;

    public Check {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(hint, "hint");
    }

    @Override
    public MimeBundle render() {
        return bundle("<div" + Html.NO_MATH + " style=\"margin:4px 0\">" + html() + "</div>", toString());
    }

    /** Several checks below one another, with a count. */
    public static Picture all(List<Check> checks) {
        long passed = checks.stream().filter(Check::passed).count();
        String head = passed + " of " + checks.size() + " passed";
        StringBuilder html = new StringBuilder("<div" + Html.NO_MATH + " style=\"margin:4px 0\">");
        StringBuilder text = new StringBuilder(head);
        html.append(Html.block("font-weight:bold;font-size:13px", head));
        for (Check check : checks) {
            html.append(check.html());
            text.append('\n').append(check);
        }
        return new Picture(bundle(html.append("</div>").toString(), text.toString()));
    }

    private String html() {
        int colour = passed ? GREEN : Palette.DIRTY;
        String verdict = passed ? "✓ passed" : "○ not yet";
        return "<div style=\"border-left:4px solid " + Palette.hex(colour) + ";padding:2px 12px;margin:2px 0\">"
                + "<span style=\"background:" + Palette.hex(colour) + ";color:" + Palette.hex(Palette.textOn(colour))
                + ";font-weight:bold;padding:0 6px;white-space:nowrap\">" + verdict + "</span> "
                + Html.escape(SafeText.line(what, WORDS))
                + (tells() ? Html.block("font-style:italic", "Hint: " + SafeText.line(hint, WORDS)) : "") + "</div>";
    }

    private boolean tells() {
        return !passed && !hint.isBlank();
    }

    private static MimeBundle bundle(String html, String text) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(MimeBundle.HTML, html);
        data.put(MimeBundle.TEXT, text);
        return new MimeBundle(data, Map.of());
    }

    /** {@code passed: the frame is contiguous}, {@code not yet: the frame is contiguous (hint: ask CMA for it)}. */
    @Override
    public String toString() {
        return (passed ? "passed: " : "not yet: ")
                + SafeText.line(what, WORDS)
                + (tells() ? " (hint: " + SafeText.line(hint, WORDS) + ")" : "");
    }
}
