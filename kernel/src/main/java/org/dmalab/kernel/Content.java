package org.dmalab.kernel;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.annotations.JsonAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.MessageType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmalab.kernel.display.MimeBundle;
import org.jspecify.annotations.Nullable;

/**
 * The content of a message, as named fields.
 *
 * <p>basekernel's own classes leave fields out that the protocol asks for, and its JSON drops the {@code null}s that mean
 * something in Vega-Lite.
 */
@JsonAdapter(Content.Adapter.class)
record Content(Map<String, Object> fields) {
    private static final Gson JSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** A display of {@code bundle}, under a name when it has one. */
    static Content display(MimeBundle bundle, @Nullable String displayId) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("data", bundle.data());
        fields.put("metadata", bundle.metadata());
        fields.put("transient", displayId == null ? Map.of() : Map.of("display_id", displayId));
        return new Content(fields);
    }

    /** What went wrong, as a reply and as an output. */
    static Content error(String name, String message, List<String> traceback) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("status", "error");
        fields.put("ename", name);
        fields.put("evalue", message);
        fields.put("traceback", traceback);
        return new Content(fields);
    }

    /** A reply that went well. */
    static Content ok(Map<String, Object> fields) {
        Map<String, Object> all = new LinkedHashMap<>(fields);
        all.put("status", "ok");
        return new Content(all);
    }

    /** This as a message of {@code type} in answer to {@code context}. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // The type parameter names basekernel's class of the content.
    Message<?> message(MessageContext context, MessageType<?> type) {
        return new Message(context, type, this);
    }

    /** Written as its fields; read never, because requests have classes of their own. */
    static final class Adapter extends TypeAdapter<Content> {
        @Override
        public void write(JsonWriter out, Content content) {
            JSON.toJson(content.fields(), Map.class, out);
        }

        @Override
        public Content read(JsonReader in) throws IOException {
            throw new IOException("content is written only");
        }
    }
}
