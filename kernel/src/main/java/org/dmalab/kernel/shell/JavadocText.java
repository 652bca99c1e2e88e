package org.dmalab.kernel.shell;

/** A Javadoc comment as plain text: tags in words, markup gone. */
final class JavadocText {
    private JavadocText() {}

    static String plain(String javadoc) {
        return javadoc.replaceAll("\\{@(?:code|link|linkplain|literal|value)\\s+([^}]*)}", "$1")
                .replaceAll("(?i)</?(?:p|ul|ol|dl|blockquote|pre|table|tr|div|h[1-6])\\b[^>]*>", "\n")
                .replaceAll("(?i)<li\\b[^>]*>", "\n- ")
                .replaceAll("<[^>]*>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&nbsp;", " ")
                .replace("&amp;", "&")
                .replaceAll("[ \\t]+\\n", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .strip();
    }
}
