package org.dmalab.kernel.run;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Java as HTML with its keywords, literals and comments marked. */
final class JavaHighlight {
    /* Quantified groups are possessive: the others take a stack frame for each repetition, and a literal may be long. */
    private static final Pattern TOKENS = Pattern.compile("(?<comment>//[^\\n]*|/\\*(?s:.*?)(?:\\*/|\\z))"
            + "|(?<string>\"\"\"(?s:.*?)(?:\"\"\"|\\z)"
            + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"?|'[^'\\\\\\n]*+(?:\\\\.[^'\\\\\\n]*+)*+'?)"
            + "|(?<number>\\b(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|\\d[\\d_]*(?:\\.\\d[\\d_]*)?(?:[eE][+-]?\\d+)?)[lLfFdD]?\\b)"
            + "|(?<keyword>\\b(?:abstract|assert|boolean|break|byte|case|catch|char|class|const|continue|default|do"
            + "|double|else|enum|extends|final|finally|float|for|goto|if|implements|import|instanceof|int"
            + "|interface|long|native|new|package|private|protected|public|record|return|sealed|short|static"
            + "|strictfp|super|switch|synchronized|this|throw|throws|transient|try|var|void|volatile|while"
            + "|yield|true|false|null)\\b)");

    private JavaHighlight() {}

    static String html(String code) {
        StringBuilder html = new StringBuilder();
        Matcher matcher = TOKENS.matcher(code);
        int at = 0;
        while (matcher.find()) {
            html.append(HtmlPage.escape(code.substring(at, matcher.start())));
            html.append("<span class=\"").append(style(matcher)).append("\">");
            html.append(HtmlPage.escape(matcher.group())).append("</span>");
            at = matcher.end();
        }
        return html.append(HtmlPage.escape(code.substring(at))).toString();
    }

    private static String style(Matcher matcher) {
        if (matcher.group("comment") != null) {
            return "c";
        }
        if (matcher.group("string") != null) {
            return "s";
        }
        return matcher.group("number") != null ? "n" : "k";
    }
}
