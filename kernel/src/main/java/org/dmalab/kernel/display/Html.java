package org.dmalab.kernel.display;

/**
 * Pieces of HTML with inline styles only, since notebooks that are not trusted lose everything else.
 *
 * <p>Everything is wrapped in an element whose classes tell MathJax 2 and 3 to keep out: a {@code $} in a device's
 * name is not mathematics.
 */
final class Html {
    /** Attributes of every outermost element. */
    static final String NO_MATH = " class=\"mathjax_ignore tex2jax_ignore\"";
    /** Families as the front end has them; a notebook may not bring its own. */
    static final String MONOSPACE = "font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;";

    private Html() {}

    /** {@code text} cleaned of control characters, with the five characters that mean something to HTML escaped. */
    static String escape(String text) {
        String clean = SafeText.clean(text);
        StringBuilder escaped = new StringBuilder(clean.length() + 16);
        for (int i = 0; i < clean.length(); i++) {
            char character = clean.charAt(i);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(character);
            }
        }
        return escaped.toString();
    }

    /** {@code text} escaped inside a {@code div} of the given style. */
    static String block(String style, String text) {
        return "<div style=\"" + style + "\">" + escape(text) + "</div>";
    }
}
