package org.dmalab.kernel.display;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One output in several forms, of which a front end shows the richest it knows (Jupyter messaging, {@code display_data}).
 *
 * @param data MIME type to content: text, base64 for binary types, maps and lists for {@code +json} types; always has
 *     {@code text/plain}
 * @param metadata MIME type to hints such as {@code width} and {@code height} in CSS pixels
 */
public record MimeBundle(Map<String, Object> data, Map<String, Object> metadata) {
    public static final String TEXT = "text/plain";
    public static final String HTML = "text/html";
    public static final String MARKDOWN = "text/markdown";
    public static final String PNG = "image/png";
    public static final String VEGA_LITE = "application/vnd.vegalite.v5+json";

    public MimeBundle {
        if (!(data.get(TEXT) instanceof String)) {
            throw new IllegalArgumentException("bundle must have text/plain: " + data.keySet());
        }
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** Text and nothing else. */
    public static MimeBundle text(String text) {
        return new MimeBundle(Map.of(TEXT, text), Map.of());
    }

    /** The {@code text/plain} form. */
    public String plainText() {
        return (String) data.getOrDefault(TEXT, "");
    }
}
