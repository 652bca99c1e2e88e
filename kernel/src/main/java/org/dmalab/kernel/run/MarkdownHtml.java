package org.dmalab.kernel.run;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.DefaultUrlSanitizer;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.UrlSanitizer;
import org.jspecify.annotations.Nullable;

/** Markdown as HTML: CommonMark with tables, images from the notebook or beside it, other HTML shown as text. */
final class MarkdownHtml {
    private static final Map<String, String> IMAGES = Map.of(
            "png", "image/png", "jpg", "image/jpeg", "jpeg", "image/jpeg", "gif", "image/gif", "svg", "image/svg+xml");

    private final @Nullable Path folder;
    private final Parser parser =
            Parser.builder().extensions(List.of(TablesExtension.create())).build();
    private final HtmlRenderer renderer = HtmlRenderer.builder()
            .extensions(List.of(TablesExtension.create()))
            .escapeHtml(true)
            .sanitizeUrls(true)
            .urlSanitizer(new PageUrls())
            .build();

    /** Images are taken from {@code folder} and the folders below it, from nowhere else. */
    MarkdownHtml(@Nullable Path folder) {
        this.folder = folder;
    }

    String render(NotebookCell cell) {
        JsonObject attachments = cell.json().get("attachments") instanceof JsonObject found ? found : new JsonObject();
        return render(cell.source(), attachments);
    }

    String render(String markdown) {
        return render(markdown, new JsonObject());
    }

    private String render(String markdown, JsonObject attachments) {
        Node document = parser.parse(markdown);
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Image image) {
                image.setDestination(inline(image.getDestination(), attachments).orElse("data:,"));
            }
        });
        return renderer.render(document);
    }

    private Optional<String> inline(String destination, JsonObject attachments) {
        if (destination.startsWith("attachment:")) {
            JsonElement bundle = attachments.get(destination.substring("attachment:".length()));
            return bundle instanceof JsonObject forms
                    ? forms.entrySet().stream()
                            .filter(form -> IMAGES.containsValue(form.getKey()))
                            .map(form -> dataUri(form.getKey(), NotebookCell.text(form.getValue())))
                            .findFirst()
                    : Optional.empty();
        }
        if (IMAGES.values().stream().anyMatch(type -> destination.startsWith("data:" + type + ";base64,"))) {
            return Optional.of(destination);
        }
        return fileBeside(destination);
    }

    private Optional<String> fileBeside(String destination) {
        String suffix = destination.substring(destination.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        String type = IMAGES.get(suffix);
        if (type == null || folder == null || destination.contains("://")) {
            return Optional.empty();
        }
        try {
            Path file = folder.resolve(decoded(destination)).toRealPath();
            return Files.isRegularFile(file) && file.startsWith(folder.toRealPath())
                    ? Optional.of(dataUri(type, Base64.getEncoder().encodeToString(Files.readAllBytes(file))))
                    : Optional.empty();
        } catch (InvalidPathException | IOException e) {
            // The page shows the image's description in its place, as a browser does.
            return Optional.empty();
        }
    }

    /** A URL's path as a file name: {@code %20} is a space. */
    private static String decoded(String destination) {
        try {
            return URLDecoder.decode(destination.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Not an escaped URL but a name with a percent sign, which browsers take as it is too.
            return destination;
        }
    }

    /** Links of the ordinary kinds, and images that are part of the page. */
    private static final class PageUrls implements UrlSanitizer {
        private final UrlSanitizer links = new DefaultUrlSanitizer();

        @Override
        public String sanitizeLinkUrl(String url) {
            return links.sanitizeLinkUrl(url);
        }

        @Override
        public String sanitizeImageUrl(String url) {
            return url.startsWith("data:") ? url : "";
        }
    }

    private static String dataUri(String type, String base64) {
        return "data:" + type + ";base64," + base64.replaceAll("\\s", "");
    }
}
