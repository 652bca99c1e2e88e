package org.dmalab.kernel.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/**
 * A notebook as one page: text, code, pictures, and no reference to anything outside it.
 *
 * <p>Of an output's forms the page takes a picture first, then a table, then text. What comes from the notebook is escaped,
 * except the HTML a cell itself made, which the page's content security policy keeps from running scripts or loading
 * anything; where that is not {@linkplain PlainHtml plain} it stands in a sandboxed frame, so that an open comment or tag
 * of one cell cannot swallow the next.
 */
final class HtmlPage {
    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
            <title>{title}</title>
            <style>
            :root { color-scheme: light dark; --text: #1f2328; --back: #ffffff; --code: #f6f8fa; --line: #d0d7de;
              --faint: #59636e; --keyword: #a6116a; --string: #0a5c2b; --comment: #59636e; --number: #0550ae; --error: #b42318; }
            @media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --back: #0d1117; --code: #161b22; --line: #30363d;
              --faint: #9198a1; --keyword: #ff8fc8; --string: #7ee2a0; --comment: #9198a1; --number: #79c0ff; --error: #ff8a80; }
              .output img { background: #ffffff; border-radius: 4px; } }
            body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--text); background: var(--back);
              font: 16px/1.55 system-ui, sans-serif; }
            h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .75rem; }
            a { color: var(--number); }
            pre, code { font: 13.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
            .markdown code, pre.code { background: var(--code); border-radius: 6px; }
            .markdown code { padding: .1em .35em; }
            .markdown pre { background: var(--code); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; }
            .markdown pre code { padding: 0; }
            .cell { margin: 1.25rem 0; }
            .count { color: var(--faint); font-size: 12px; }
            pre.code { margin: .15rem 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid var(--line); }
            .output { margin: .75rem 0; overflow-x: auto; contain: content; }
            .output pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
            .output img { max-width: 100%; height: auto; }
            .output iframe { width: 100%; height: 24rem; resize: vertical; border: 1px solid var(--line); background: #ffffff;
              color-scheme: light; }
            .stderr, .error { border-left: 3px solid var(--error); padding-left: .75rem; }
            .markdown table { border-collapse: collapse; }
            .markdown th, .markdown td { border: 1px solid var(--line); padding: .3rem .6rem; }
            .k { color: var(--keyword); } .s { color: var(--string); } .n { color: var(--number); }
            .c { color: var(--comment); font-style: italic; }
            </style>
            </head>
            <body>
            """;

    private static final List<String> PICTURES = List.of(MimeBundle.PNG, "image/jpeg", "image/gif");

    private final StringBuilder html = new StringBuilder();
    private final MarkdownHtml markdown;

    private HtmlPage(NotebookFile notebook) {
        markdown = new MarkdownHtml(notebook.path().toAbsolutePath().getParent());
    }

    static String of(NotebookFile notebook) {
        HtmlPage page = new HtmlPage(notebook);
        page.html.append(HEAD.replace("{title}", escape(title(notebook))));
        notebook.cells().forEach(page::cell);
        return page.html.append("</body>\n</html>\n").toString();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String title(NotebookFile notebook) {
        return notebook.cells().stream()
                .filter(cell -> cell.type().equals("markdown"))
                .flatMap(cell -> cell.source().lines())
                .filter(line -> line.startsWith("# "))
                .map(line -> line.substring(2).strip())
                .findFirst()
                .orElse(String.valueOf(notebook.path().getFileName()));
    }

    private void cell(NotebookCell cell) {
        if (cell.isCode()) {
            code(cell);
        } else if (cell.type().equals("markdown")) {
            html.append("<section class=\"markdown\">\n")
                    .append(markdown.render(cell))
                    .append("</section>\n");
        } else {
            html.append("<pre class=\"cell\">").append(escape(cell.source())).append("</pre>\n");
        }
    }

    private void code(NotebookCell cell) {
        JsonElement count = cell.json().get("execution_count");
        String number = count != null && count.isJsonPrimitive() ? count.getAsString() : " ";
        html.append("<section class=\"cell\">\n<div class=\"count\">[")
                .append(escape(number))
                .append("]</div>\n<pre class=\"code\">")
                .append(JavaHighlight.html(cell.source()))
                .append("</pre>\n");
        for (JsonElement output : cell.outputs()) {
            if (output instanceof JsonObject sound) {
                output(sound);
            }
        }
        html.append("</section>\n");
    }

    private void output(JsonObject output) {
        String type = field(output, "output_type");
        if (type.equals("stream")) {
            String name = field(output, "name").equals("stderr") ? " stderr" : "";
            pre("output" + name, field(output, "text"));
        } else if (type.equals("error")) {
            StringBuilder text = new StringBuilder();
            if (output.get("traceback") instanceof JsonArray lines) {
                lines.forEach(line -> text.append(NotebookCell.text(line)).append('\n'));
            }
            pre("output error", text.toString());
        } else if (output.get("data") instanceof JsonObject data) {
            data(data, output.get("metadata") instanceof JsonObject metadata ? metadata : new JsonObject());
        }
    }

    /** A field that an output kept from elsewhere may lack. */
    private static String field(JsonObject output, String name) {
        JsonElement value = output.get(name);
        return value == null ? "" : NotebookCell.text(value);
    }

    private void data(JsonObject data, JsonObject metadata) {
        for (String type : PICTURES) {
            if (data.has(type)) {
                picture(type, NotebookCell.text(data.get(type)), metadata.get(type), alternative(data));
                return;
            }
        }
        if (data.has("image/svg+xml")) {
            // As an image, in which scripts do not run and nothing is loaded.
            byte[] svg = NotebookCell.text(data.get("image/svg+xml")).getBytes(StandardCharsets.UTF_8);
            picture("image/svg+xml", Base64.getEncoder().encodeToString(svg), null, alternative(data));
        } else if (data.has(MimeBundle.HTML)) {
            foreign(NotebookCell.text(data.get(MimeBundle.HTML)));
        } else if (data.has(MimeBundle.MARKDOWN)) {
            html.append("<div class=\"output markdown\">")
                    .append(markdown.render(NotebookCell.text(data.get(MimeBundle.MARKDOWN))))
                    .append("</div>\n");
        } else if (data.has(MimeBundle.TEXT)) {
            pre("output", NotebookCell.text(data.get(MimeBundle.TEXT)));
        }
    }

    /** The HTML a cell made: in the page where it keeps to itself, in a document of its own where it might not. */
    private void foreign(String made) {
        html.append("<div class=\"output\">");
        if (PlainHtml.matches(made)) {
            html.append(made);
        } else {
            html.append("<iframe sandbox title=\"HTML output\" srcdoc=\"")
                    .append(escape(made))
                    .append("\"></iframe>");
        }
        html.append("</div>\n");
    }

    private void picture(String type, String base64, @Nullable JsonElement metadata, String alternative) {
        html.append("<div class=\"output\"><img src=\"data:").append(type).append(";base64,");
        html.append(escape(base64.replaceAll("\\s", ""))).append('"');
        if (metadata instanceof JsonObject sizes) {
            for (String name : List.of("width", "height")) {
                JsonElement size = sizes.get(name);
                if (size != null
                        && size.isJsonPrimitive()
                        && size.getAsJsonPrimitive().isNumber()) {
                    html.append(' ')
                            .append(name)
                            .append("=\"")
                            .append(size.getAsInt())
                            .append('"');
                }
            }
        }
        html.append(" alt=\"").append(escape(alternative)).append("\"></div>\n");
    }

    private static String alternative(JsonObject data) {
        return data.has(MimeBundle.TEXT)
                ? NotebookCell.text(data.get(MimeBundle.TEXT)).strip()
                : "";
    }

    private void pre(String style, String text) {
        String plain = text.replaceAll("\u001b\\[[0-9;]*m", "");
        html.append("<div class=\"")
                .append(style)
                .append("\"><pre>")
                .append(escape(plain))
                .append("</pre></div>\n");
    }
}
