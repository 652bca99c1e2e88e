package org.dmalab.kernel.shell;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dmalab.kernel.display.MimeBundle;

/** A bundle whose contents are text and JSON already: what its cell changes later, or cannot be JSON, stays behind. */
final class JsonBundle {
    private static final Gson JSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private JsonBundle() {}

    /**
     * The same bundle as JSON.
     *
     * @throws IllegalArgumentException if a content has no form in JSON
     */
    static MimeBundle of(MimeBundle bundle) {
        return new MimeBundle(json(bundle.data()), json(bundle.metadata()));
    }

    private static Map<String, Object> json(Map<String, Object> contents) {
        Map<String, Object> all = new LinkedHashMap<>();
        contents.forEach((type, content) -> all.put(type, content instanceof String ? content : json(type, content)));
        return all;
    }

    private static Object json(String type, Object content) {
        try {
            return JSON.toJsonTree(content);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("content must be JSON [type=" + type + "]: " + e.getMessage(), e);
        }
    }
}
